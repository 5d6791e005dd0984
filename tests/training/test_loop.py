import copy
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from xdc_lab import distributed
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.item_spans import ItemSpans
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError, TrainingError
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution
from xdc_lab.training import loop
from xdc_lab.training.loop import Checkpointing, Part, Task, train
from xdc_lab.training.predictor import Predictor
from xdc_lab.training.schedule import saturated
from xdc_lab.training.settings import TrainSettings

QUIET = Execution(device="cpu", progress=False)
SETTINGS = TrainSettings(
    epochs=3, batch_size=8, optimiser="adamw", learning_rate=3e-3, schedule="cosine", warmup_epochs=0.5
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


@pytest.mark.parametrize("clips_per_visit", [1, 3])
def test_a_training_resumed_within_an_epoch_ends_with_the_same_bits(task, clips_per_visit):
    """In the middle of a visit, too: its clips of sound are read anew together, for AAC draws its noise in order."""
    settings = replace(SETTINGS, epochs=2, clips_per_visit=clips_per_visit)
    whole, saves = small_encoder(), []

    def keep(tensors, state):
        copied = {name: tensor.clone() for name, tensor in tensors.items()}
        saves.append((copied, {**state, "records": [*state["records"]]}))

    train(whole, task, settings=settings, execution=QUIET, checkpointing=Checkpointing(keep, every_seconds=0.0))
    middle = next(save for save in saves if save[1]["epoch"] == 1 and save[1]["step"] == 2)
    resumed = build_encoder("audio_resnet_18", width=4, seed=99)  # its weights come from the checkpoint
    train(resumed, task, settings=settings, execution=QUIET, checkpointing=Checkpointing(resume=middle))
    assert all(torch.equal(tensor, resumed.state_dict()[name]) for name, tensor in whole.state_dict().items())


def test_fc_only_changes_the_head_alone(task):
    encoder = small_encoder()
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    fc_only = TrainSettings(epochs=1, batch_size=8, trainable="fc", optimiser="adamw", schedule="cosine")
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


def test_the_rate_falls_at_a_plateau_and_the_next_ends_it(task):
    patient = TrainSettings(epochs=30, batch_size=8, learning_rate=1e-9, warmup_epochs=0.0, patience=2)
    trained = train(small_encoder(), task, settings=patient, execution=QUIET)
    rates = [record["learning_rate"] for record in trained.records]
    assert rates == [1e-9] * 3 + [pytest.approx(1e-10)] * 2
    assert saturated(trained.records, patient)


def test_a_plateau_needs_held_out_items(task):
    none = replace(task, held_out_rows=np.arange(0))
    with pytest.raises(SettingError, match="raise held_out_fraction"):
        train(small_encoder(), none, settings=TrainSettings(), execution=QUIET)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_a_training_in_parts_goes_on_with_its_schedule_and_its_moments(task, optimiser):
    settings = replace(SETTINGS, epochs=2, optimiser=optimiser, sampling="clusters")
    whole, parted = small_encoder(), small_encoder()
    records = train(whole, task, settings=settings, execution=QUIET).records
    first = train(parted, task, settings=settings, execution=QUIET, part=Part(0, 1))
    second = train(parted, task, settings=settings, execution=QUIET, part=Part(1, 2, first.moments))
    assert [record["epoch"] for record in first.records + second.records] == [1, 2]
    assert first.records[0]["loss"] == records[0]["loss"]
    assert second.records[0]["learning_rate"] == records[1]["learning_rate"]
    assert set(first.moments) == set(second.moments)
    steps = {name: int(tensor) for name, tensor in second.moments.items() if name.endswith("step")}
    assert set(steps.values()) == ({8} if optimiser == "adamw" else set())


def test_the_held_out_loss_is_of_a_network_that_does_not_train(task):
    """In training mode BatchNorm would take the batch's own statistics, and move its running ones (paper 3.1)."""
    rows = task.held_out_rows
    encoder = small_encoder()
    settings = replace(SETTINGS, epochs=1, batch_size=len(task.train_rows))
    trained = train(encoder, task, settings=settings, execution=QUIET)
    network = Predictor(encoder, trained.heads, prepare=task.prepare, frozen=True).eval()
    with torch.inference_mode():
        logits = network(torch.stack([task.dataset[int(row)] for row in rows]))["label"]
    by_hand = functional.cross_entropy(logits, torch.as_tensor(task.targets["label"][rows]))
    assert trained.records[-1]["held_out_loss"] == pytest.approx(by_hand.item(), rel=1e-5)


def test_after_an_epoch_all_processes_have_the_main_ones_statistics(task, monkeypatch):
    """DDP shares BatchNorm's statistics before a step, not after the last one: features would differ by rank."""
    shared = []
    monkeypatch.setattr(distributed, "share_buffers", lambda module: shared.append(module.training))
    train(small_encoder(), task, settings=replace(SETTINGS, epochs=2), execution=QUIET)
    assert shared == [True, True]


@pytest.mark.parametrize(
    ("changes", "times"), [({"optimiser": "sgd"}, 4), ({"optimiser": "adamw"}, 1), ({"global_batch": 16}, 1)]
)
def test_sgds_rate_is_of_one_process_and_grows_with_their_number(task, monkeypatch, changes, times):
    """VMZ: base_lr = base_learning_rate x num_gpus: as many times the batch, as many times the rate; not for AdamW."""
    settings = replace(SETTINGS, schedule="step", warmup_epochs=0.0, epochs=1, **{"optimiser": "sgd", **changes})
    records = []
    for processes in (1, 4):
        monkeypatch.setattr(distributed, "world_size", lambda processes=processes: processes)
        # One process of several, by itself: its shard of every batch.
        monkeypatch.setattr(distributed, "shard", lambda items, n=processes: slice(0, items // n))
        records += train(small_encoder(), task, settings=settings, execution=QUIET).records
    assert records[1]["learning_rate"] == pytest.approx(times * records[0]["learning_rate"])
    clips = [record["clips_per_step"] for record in records]
    assert clips == ([16, 16] if "global_batch" in changes else [8, 32])


@pytest.fixture(scope="module")
def four(tiny_set, tmp_path_factory) -> dict:
    """What four gloo processes told, and one of them alone."""
    program = Path(__file__).with_name("several_processes.py")
    out = tmp_path_factory.mktemp("four") / "told.json"
    subprocess.run([sys.executable, str(program), str(tiny_set), str(out)], check=True, timeout=120)
    return json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_a_batch_of_four_processes_together_is_that_of_one(four):
    """In parts, too: gradients are averaged once a step, when the last part is in (gloo).

    With several labels an item (and two clips per visit) the loss is another, and the test's measures are of the scores
    of all processes.
    """
    assert four["processes"] == 4
    numbers = ["loss", "accuracy", "learning_rate", "clips_per_step"]
    ranking = ["held_out_loss", "held_out_accuracy", "map_percent", "auc", "d_prime", "ranked_classes"]
    for labels, names in (("", numbers), ("_several", numbers + ranking)):
        both, alone = four["both" + labels], four["alone" + labels]
        assert both["weights"] == pytest.approx(alone["weights"], rel=1e-4, abs=1e-6)
        for name in names:
            assert both[name] == pytest.approx(alone[name], rel=1e-5)
    assert 0 < four["both_several"]["map_percent"] < 100 and four["both"]["loss"] != four["both_several"]["loss"]


@pytest.mark.slow
def test_four_processes_draw_no_clip_twice_and_every_item_equally_often(four):
    asked = [[tuple(key) for key in keys] for keys in four["asked"]]
    assert [len(keys) for keys in asked] == [8] * 4
    assert len({key for keys in asked for key in keys}) == 32
    assert sorted(index for keys in asked for index, _ in keys) == [index for index in range(16) for _ in range(2)]


@pytest.mark.slow
def test_row_i_of_features_is_item_i_on_four_processes(four):
    """Of 14 items, which do not divide by four, and of 3, so that one process has none."""
    for together, alone, rows in zip(four["features"], four["features_alone"], (14, 3), strict=True):
        assert np.array(together).shape == (rows, 6)
        np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


class Linear(Encoder):
    """An encoder without BatchNorm: a clip's features are its own, whatever the other clips of its batch."""

    feature_dim = 6

    def __init__(self):
        super().__init__()
        self.project = torch.nn.Linear(40, 6)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.project.reset_parameters()

    def forward(self, x):
        return self.project(x.mean(dim=(1, 3)))


@pytest.mark.parametrize("micro_batch", [4, 5, 99])
def test_a_batch_in_parts_gives_the_step_of_the_whole(task, micro_batch):
    """Parts of 5 of a batch of 8 are of different sizes: each counts by its clips."""
    whole, parts = Linear(), Linear()
    settings = replace(SETTINGS, optimiser="sgd", learning_rate=0.5, epochs=2, schedule="step", warmup_epochs=0.0)
    of_whole = train(whole, task, settings=settings, execution=QUIET).records
    of_parts = train(parts, task, settings=replace(settings, micro_batch=micro_batch), execution=QUIET).records
    torch.testing.assert_close(parts.project.weight, whole.project.weight, rtol=1e-5, atol=1e-7)
    assert not torch.equal(whole.project.weight, Linear().project.weight)
    for name in ("loss", "accuracy", "held_out_loss"):
        assert [row[name] for row in of_parts] == pytest.approx([row[name] for row in of_whole], rel=1e-5)


def test_activations_that_are_computed_again_change_no_number(task):
    """Also not BatchNorm's running statistics, which every training forward pass moves."""
    kept, again = small_encoder(), small_encoder()
    train(kept, task, settings=replace(SETTINGS, epochs=1), execution=QUIET)
    train(again, task, settings=replace(SETTINGS, epochs=1, checkpoint_activations=True), execution=QUIET)
    assert again.checkpoint_activations
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in kept.state_dict().items())


def test_sampling_over_clusters_reaches_the_training(task, monkeypatch):
    """DeepCluster's remedy: a cluster of one item is drawn as often as one of all the others."""
    alone = replace_targets(task, np.arange(len(task.targets["label"])) == task.train_rows[0])
    drawn: dict[str, list[int]] = {"items": [], "clusters": []}
    for sampling, indices in drawn.items():
        loaded = loop.ClipLoader.draw

        def note(self, batches, indices=indices, loaded=loaded, **words):
            indices += [key.index for batch in batches for key in batch if key.draw is not None]
            return loaded(self, batches, **words)

        monkeypatch.setattr(loop.ClipLoader, "draw", note)
        settings = replace(SETTINGS, epochs=1, sampling=sampling)
        train(small_encoder(), alone, settings=settings, execution=QUIET)
        monkeypatch.undo()
    counts = {sampling: rows.count(int(task.train_rows[0])) for sampling, rows in drawn.items()}
    assert counts == {"items": 1, "clusters": len(task.train_rows) // 2}


def test_a_clip_that_takes_the_place_of_another_brings_its_own_target(task, tmp_path, monkeypatch):
    """Items 0 to 4 cannot be read; they alone are of class 1, which no step may see; the held-out ones stay apart."""
    targets = (np.arange(len(task.targets["label"])) < 5).astype(np.int64)
    dataset = copy.copy(task.dataset)
    spans = dataset.spans
    paths = [f"gone {row}" if row < 5 else span.path for row, span in enumerate(spans)]
    dataset.spans = ItemSpans(paths, spans.starts_seconds, spans.durations_seconds)
    dataset.failures = FailureLog(tmp_path / "failures.jsonl", allowed=0.5)
    seen: list[tuple[str, int]] = []
    real = loop.DeviceTargets.of

    def note(self, rows):
        seen.extend(("train" if torch.is_grad_enabled() else "held out", int(row)) for row in rows)
        return real(self, rows)

    monkeypatch.setattr(loop.DeviceTargets, "of", note)
    task = replace(replace_targets(task, targets), dataset=dataset)
    trained = train(small_encoder(), task, settings=replace(SETTINGS, epochs=2), execution=QUIET)
    rows = {kind: {row for name, row in seen if name == kind} for kind in ("train", "held out")}
    assert rows == {"train": set(range(5, 32)), "held out": set(range(32, 40))}
    assert [record["clips_replaced"] for record in trained.records] == [5, 5]


def replace_targets(task: Task, targets: np.ndarray) -> Task:
    """The same clips with other targets."""
    return replace(task, targets={"label": targets.astype(np.int64)})
