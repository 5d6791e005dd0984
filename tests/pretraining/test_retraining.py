from dataclasses import replace

import numpy as np
import pytest
import torch

from xdc_lab.clustering.clusters_file import load_clusters, save_clusters
from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.weights import load_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.preparation import prepare_material
from xdc_lab.pretraining.retraining import last_clusters, retrain_on_last_clusters
from xdc_lab.pretraining.settings import TINY, PretrainSettings
from xdc_lab.runs.folder import RunFolder, read_lines
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training import encoder_run
from xdc_lab.training.settings import TrainSettings

FRAMES = 6


@pytest.fixture(scope="module")
def pretrained(items, execution, tmp_path_factory) -> RunFolder:
    few = items.query("split == 'train'").head(24).reset_index(drop=True)
    settings = replace(TINY, iterations=1, video_encoder="r2plus1d_10", held_out_fraction=0.25)
    return pretrain(few, tmp_path_factory.mktemp("runs") / "xdc", settings=settings, execution=execution)


@pytest.fixture(scope="module")
def quick() -> PretrainSettings:
    """One epoch, with the smallest clips."""
    training = TrainSettings(epochs=1, batch_size=16, warmup_epochs=0.0, schedule="step")
    return replace(TINY, training=training)


@pytest.fixture
def retrain(pretrained, quick, execution):
    def with_long_clips(out, **changes):
        words = {"frames": FRAMES, "settings": quick, "execution": execution, **changes}
        return retrain_on_last_clusters(pretrained.path, out, **words)

    return with_long_clips


def test_the_video_encoder_goes_on_with_long_clips_and_the_last_audio_clusters(pretrained, retrain, quick, tmp_path):
    path = retrain(tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    about = run.read_about()
    assert (about["status"], about["kind"], about["pretraining"]) == (
        "finished",
        "retrain",
        pretrained.read_about()["id"],
    )
    frames = next(row["value"] for row in about["settings"] if row["name"] == "video.frames")
    assert frames == FRAMES
    before, after = load_encoder(pretrained.encoder("video")), load_encoder(path)
    assert not torch.equal(*(encoder.state_dict()["stem.0.weight"] for encoder in (before, after)))
    assert len(read_lines(run.training_log)) == quick.training.epochs


def test_the_last_clusters_are_those_made_after_the_last_training(pretrained):
    clusters = last_clusters(pretrained, ["audio"])["audio"]
    assert np.array_equal(clusters.assignment, load_clusters(pretrained.clusters("audio", iteration=1)).assignment)
    with pytest.raises(RunError, match="no clusters yet"):
        last_clusters(RunFolder(pretrained.path / "encoders"), ["audio"])


class Killed(Exception):
    """Stands for the signal that ends a run."""


def test_a_killed_retraining_ends_as_one_that_was_left_alone(retrain, quick, tmp_path, monkeypatch):
    settings = replace(quick, training=replace(quick.training, epochs=2))
    whole = retrain(tmp_path / "whole", settings=settings)
    kept = encoder_run.save_checkpoint

    def save_and_die(*args, **words):
        kept(*args, **words)
        raise Killed

    monkeypatch.setattr(encoder_run, "save_checkpoint", save_and_die)
    with pytest.raises(Killed):
        retrain(tmp_path / "killed", settings=settings)
    monkeypatch.setattr(encoder_run, "save_checkpoint", kept)
    resumed = retrain(tmp_path / "killed", settings=settings)
    left_alone, went_on = load_encoder(whole).state_dict(), load_encoder(resumed).state_dict()
    assert all(torch.equal(tensor, went_on[name]) for name, tensor in left_alone.items())


def test_a_run_without_the_encoder_or_not_finished_is_an_error(retrain, quick, tmp_path):
    with pytest.raises(SettingError, match="it has video, audio"):
        retrain(tmp_path / "a", encoder="video_1")
    with pytest.raises(RunError, match="no run"):
        retrain_on_last_clusters(tmp_path, tmp_path / "b", settings=quick)


def test_clusters_are_read_from_the_file(pretrained, retrain, tmp_path):
    """Another clustering in the file is another training: nothing is clustered again."""
    path = pretrained.clusters("audio", iteration=1)
    first = retrain(tmp_path / "first")
    clusters = load_clusters(path)
    try:
        save_clusters(replace(clusters, assignment=clusters.assignment[::-1].copy()), path)
        second = retrain(tmp_path / "second")
    finally:
        save_clusters(clusters, path)
    one, other = load_encoder(first).state_dict(), load_encoder(second).state_dict()
    assert any(not torch.equal(tensor, other[name]) for name, tensor in one.items())


def test_the_items_and_the_seed_are_the_pretrainings(retrain, pretrained, quick, execution, tmp_path, monkeypatch):
    made = {}
    monkeypatch.setattr(
        "xdc_lab.pretraining.retraining.train_in_folder",
        lambda run, about, _, task, **words: made.update(task=task, about=about, **words) or run.path,
    )
    retrain(tmp_path / "run", settings=replace(quick, held_out_fraction=0.0), execution=replace(execution, seed=9))
    assert (len(made["task"].train_rows), len(made["task"].held_out_rows)) == (18, 6)
    pretraining = prepare_material(
        read_items(pretrained.items),
        pretrained,
        modalities={"audio"},
        settings=replace(TINY, held_out_fraction=0.25),
        execution=replace(execution, seed=0),
    )
    assert made["task"].held_out_rows.tolist() == pretraining.held_out_rows.tolist()
    assert made["about"]["seed"] == pretrained.read_about()["seed"] == 0
    assert made["about"]["method"]["name"] == "XDC"
    assert made["execution"].seed == derived_seed(0, "retrain", "video")
