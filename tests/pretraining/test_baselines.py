from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.weights import describe_encoder, load_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.baselines import pretrain_supervised, random_encoder, save_random
from xdc_lab.pretraining.preparation import random_encoders
from xdc_lab.runs.folder import read_lines


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    theirs = other.state_dict()
    return all(torch.equal(theirs[name], tensor) for name, tensor in one.state_dict().items())


def test_scratch_starts_from_the_weights_that_a_pretraining_of_its_seed_starts_from(settings):
    pretrained = random_encoders(METHODS["XDC"], settings=settings, seed=4, device=torch.device("cpu"))
    for modality, encoder in pretrained.items():
        assert same_weights(encoder, random_encoder(modality, settings=settings, seed=4))


def test_scratch_is_a_finished_run_with_its_random_encoders(settings, execution, tmp_path):
    execution = replace(execution, seed=4)
    run = save_random(tmp_path / "run", settings=settings, execution=execution)
    about = run.read_about()
    assert (about["kind"], about["status"], about["seed"]) == ("random", "finished", 4)
    assert about["method"] == {"name": "Scratch", "encoders": {"video": "video", "audio": "audio"}}
    for modality in ("video", "audio"):
        told = describe_encoder(run.encoder(modality))
        expected = {"run": about["id"], "method": "Scratch", "encoder": modality, "seed": 4}
        assert told["about"] == expected
        assert told["inputs"] == describe_inputs(modality, video=settings.video, audio=settings.audio)
        random = random_encoder(modality, settings=settings, seed=4)
        assert same_weights(load_encoder(run.encoder(modality)), random)
    again = save_random(tmp_path / "run", settings=settings, execution=execution)
    assert again.read_about() == about
    with pytest.raises(RunError, match=r"its seed is 4 \(now 5\)"):
        save_random(tmp_path / "run", settings=settings, execution=replace(execution, seed=5))


def test_scratch_may_be_of_one_modality(settings, execution, tmp_path):
    run = save_random(tmp_path / "run", modalities=["audio"], settings=settings, execution=execution)
    assert [file.name for file in (run.path / "encoders").iterdir()] == ["audio.safetensors"]


def test_labels_are_learned_with_the_budget_of_all_iterations(items, settings, execution, tmp_path):
    settings = replace(settings, iterations=3)
    run = pretrain_supervised(items, tmp_path / "run", modality="audio", settings=settings, execution=execution)
    log, about = read_lines(run.training_log), run.read_about()
    assert len(log) == 3 * settings.training.epochs
    assert log[-1]["loss"] < log[0]["loss"] < np.log(16) + 0.5
    assert load_encoder(run.encoder("audio")).modality == "audio"
    assert describe_encoder(run.encoder("audio"))["about"]["method"] == "Superv"
    assert about["method"] == {"name": "Superv", "encoders": {"audio": "audio"}}
    assert "warnings" not in about
    assert set(read_items(run.items)["split"]) == {"train"}


def test_items_without_a_label_are_counted_and_not_learned_from(items, settings, execution, tmp_path, monkeypatch):
    tasks = []
    monkeypatch.setattr(
        "xdc_lab.pretraining.baselines.train_in_folder", lambda run, about, _, task, **__: tasks.append((about, task))
    )
    part = items[items["split"] == "train"].head(40).reset_index(drop=True)
    bare = part.index[::3]
    for name, labelled in (("all", part), ("some", part.assign(label=part["label"].mask(part.index.isin(bare), "")))):
        pretrain_supervised(labelled, tmp_path / name, modality="audio", settings=settings, execution=execution)
    (told, all_of_them), (about, task) = tasks
    assert "warnings" not in told
    assert about["warnings"] == [f"{len(bare)} of 40 items have no label and are not learned from"]
    assert task.train_rows.tolist() == [row for row in all_of_them.train_rows if row not in bare]
    assert task.held_out_rows.tolist() == [row for row in all_of_them.held_out_rows if row not in bare]
    names = sorted(set(part["label"]) - {""})
    kept = sorted(set(part["label"][~part.index.isin(bare)]))
    assert (all_of_them.classes, task.classes) == ({"label": len(names)}, {"label": len(kept)})
    for row in task.train_rows:
        assert kept[task.targets["label"][row]] == part["label"][row]
        assert names[all_of_them.targets["label"][row]] == part["label"][row]


def test_of_a_multi_label_collection_all_labels_are_learned(items, settings, execution, tmp_path):
    words = items["label"].str.split(" ", n=1).str[0]
    both = items.assign(label="", labels=items["label"].mask(items.index % 2 == 0, items["label"] + "; " + words))
    run = pretrain_supervised(both, tmp_path / "run", modality="audio", settings=settings, execution=execution)
    log = read_lines(run.training_log)
    assert log[-1]["loss"] < log[0]["loss"] < 30 * np.log(2), "binary cross-entropy, summed over the classes"
    assert 0 < log[-1]["accuracy"] <= 1 and log[-1]["held_out_loss"] > 0
    assert read_items(run.items)["labels"].str.contains("; ").any()
    with pytest.raises(SettingError, match="draws by an item's one class"):
        clusters = replace(settings, training=replace(settings.training, sampling="clusters"))
        pretrain_supervised(both, tmp_path / "no", modality="audio", settings=clusters, execution=execution)


@pytest.mark.parametrize(("label", "says"), [("", "0 of 16 items have one"), ("dog", "16 of 16 items have one, of 1")])
def test_fewer_than_two_classes_are_an_error(label, says, items, settings, execution, tmp_path):
    few = items[items["split"] == "train"].head(16).assign(label=label)
    with pytest.raises(DataError, match=f"supervised pretraining needs labels: {says}"):
        pretrain_supervised(few, tmp_path / "run", modality="audio", settings=settings, execution=execution)


def test_pictures_are_learned_as_static_clips(settings, execution, tmp_path):
    for number in range(16):
        picture = Image.new("RGB", (64, 48), ("red", "blue")[number % 2])
        (tmp_path / "set" / ("one", "two")[number % 2]).mkdir(parents=True, exist_ok=True)
        picture.save(tmp_path / "set" / ("one", "two")[number % 2] / f"{number}.jpg")
    pictures = load_items(tmp_path / "set")
    run = pretrain_supervised(pictures, tmp_path / "run", modality="video", settings=settings, execution=execution)
    assert read_lines(run.training_log)[-1]["loss"] < np.log(2) + 0.1
    assert len(read_items(run.items)) == 16 and load_encoder(run.encoder("video")).modality == "video"
    with pytest.raises(DataError, match="no audio track: 16"):
        pretrain_supervised(pictures, tmp_path / "no", modality="audio", settings=settings, execution=execution)
