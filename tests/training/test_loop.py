from pathlib import Path

import numpy as np
import pytest
import torch

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import SettingError, TrainingError
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Checkpointing, Task, saturated, train
from xdc_lab.training.settings import TrainSettings

QUIET = Execution(device="cpu", progress=False)
SETTINGS = TrainSettings(
    epochs=3,
    batch_size=8,
    optimiser="adamw",
    learning_rate=3e-3,
    schedule="cosine",
    warmup_epochs=0.5,
    patience=None,
)


@pytest.fixture(scope="module")
def task(tiny_set: Path) -> Task:
    """Is its label in the first part of the alphabet? Any target will do."""
    items = check_items(load_items(str(tiny_set)), progress=False).usable.head(40)
    labels = (items["label"] < "h").to_numpy().astype(np.int64)
    return Task(
        dataset=ClipDataset(items, modality="audio"),
        prepare=model_input("audio"),
        targets={"label": labels},
        classes={"label": 2},
        train_rows=np.arange(32),
        held_out_rows=np.arange(32, 40),
    )


def small_encoder():
    return build_encoder("audio_resnet_18", width=4, seed=1)


def test_it_learns(task):
    trained = train(small_encoder(), task, settings=SETTINGS, execution=QUIET)
    losses = [record["loss"] for record in trained.records]
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    assert {"accuracy", "held_out_loss", "held_out_accuracy", "clips_per_second"} <= set(trained.records[0])


def test_a_training_resumed_within_an_epoch_ends_with_the_same_bits(task):
    whole, saves = small_encoder(), []

    def keep(tensors, state):
        copied = {name: tensor.clone() for name, tensor in tensors.items()}
        saves.append((copied, {**state, "records": [*state["records"]]}))

    train(
        whole,
        task,
        settings=SETTINGS,
        execution=QUIET,
        checkpointing=Checkpointing(keep, every_seconds=0.0),
    )
    middle = next(save for save in saves if save[1]["epoch"] == 1 and save[1]["step"] == 2)
    resumed = build_encoder("audio_resnet_18", width=4, seed=99)  # its weights come from the checkpoint
    train(resumed, task, settings=SETTINGS, execution=QUIET, checkpointing=Checkpointing(resume=middle))
    assert all(torch.equal(tensor, resumed.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_fc_only_changes_the_head_alone(task):
    encoder = small_encoder()
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    fc_only = TrainSettings(
        epochs=1, batch_size=8, trainable="fc", optimiser="adamw", schedule="cosine", patience=None
    )
    trained = train(encoder, task, settings=fc_only, execution=QUIET)
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
    assert all(parameter.requires_grad for parameter in encoder.parameters())
    assert trained.heads.state_dict()["label.bias"].abs().max() > 0


def test_a_loss_that_is_not_finite_stops_with_advice(task):
    wild = TrainSettings(epochs=5, batch_size=8, learning_rate=1e12, warmup_epochs=0.0)
    with pytest.raises(TrainingError, match="lower learning_rate"):
        train(small_encoder(), task, settings=wild, execution=QUIET)


def test_nothing_to_train_on_is_an_error(task):
    with pytest.raises(SettingError, match="no item to train on"):
        Task(task.dataset, task.prepare, task.targets, task.classes, np.arange(0), np.arange(3))


def test_it_ends_when_the_held_out_loss_saturates(task):
    patient = TrainSettings(epochs=30, batch_size=8, learning_rate=1e-9, warmup_epochs=0.0, patience=2)
    trained = train(small_encoder(), task, settings=patient, execution=QUIET)
    assert len(trained.records) < 30
    assert saturated(trained.records, patient)
