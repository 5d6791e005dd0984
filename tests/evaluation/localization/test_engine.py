"""From files to mAP: what colours tell is found, a second start reads it, and every number is recorded."""

import json
import shutil

import numpy as np
import pytest

from xdc_lab import distributed
from xdc_lab.datasets.segments import LocalizationSet
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import DataError, RunError
from xdc_lab.evaluation.localization.average_precision import TIOUS, average_precisions, mean_average_precisions
from xdc_lab.evaluation.localization.detections import read_detections
from xdc_lab.evaluation.localization.engine import localize
from xdc_lab.evaluation.localization.extraction import FOLDER, extract_windows
from xdc_lab.evaluation.localization.result import DETECTIONS, load_localization
from xdc_lab.evaluation.localization.settings import LocalizationSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder

QUIET = Execution(device="cpu", progress=False)


@pytest.fixture(scope="module")
def settings(windows) -> LocalizationSettings:
    return LocalizationSettings(windows)


@pytest.fixture(scope="module")
def result(colours, settings, tmp_path_factory):
    encoder = build_encoder("r2plus1d_10", width=8, seed=1)
    words = {"settings": settings, "data": {"name": "colours"}, "execution": QUIET}
    return localize(encoder, colours, tmp_path_factory.mktemp("runs") / "cell", **words)


def test_even_random_features_tell_colours_apart(result):
    assert tuple(result.map_percent) == TIOUS
    assert result.map_percent[0.3] == 100.0
    assert str(result).startswith("mAP in percent: 100.0 at tIoU 0.3")


def test_the_file_of_detections_has_the_same_score(result, colours):
    path = result.run.path / DETECTIONS
    assert set(json.loads(path.read_text())["results"]) == {"three"}
    found = read_detections(path, videos=["three"], labels=["red", "blue"]).table
    test = colours.of_split("test")
    means = mean_average_precisions(average_precisions(found, test.segments))
    assert means == pytest.approx(result.map_percent)


def test_a_second_start_reads_and_another_encoder_is_refused(result, colours, settings):
    words = {"settings": settings, "data": {"name": "colours"}, "execution": QUIET}
    before = result.run.about.stat().st_mtime_ns
    again = localize(build_encoder("r2plus1d_10", width=8, seed=1), colours, result.run.path, **words)
    assert again.map_percent == result.map_percent
    assert result.run.about.stat().st_mtime_ns == before
    with pytest.raises(RunError, match="another run"):
        localize(build_encoder("r2plus1d_10", width=8, seed=2), colours, result.run.path, **words)


def test_each_of_two_processes_slides_over_its_own_videos(result, colours, windows, tmp_path, monkeypatch):
    shutil.copytree(result.run.path, tmp_path / "cell", ignore=shutil.ignore_patterns("*.npy"))
    run = RunFolder(tmp_path / "cell")
    encoder = build_encoder("r2plus1d_10", width=8, seed=1)
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    for rank, names in ((1, ["two"]), (0, ["one", "three", "two"])):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        extract_windows(encoder, colours.videos, run, settings=windows, execution=QUIET)
        made = sorted((run.path / FOLDER).glob("*.npy"))
        assert [path.stem for path in made] == names
    for path in made:
        assert (np.load(path) == np.load(result.run.path / FOLDER / path.name)).all()


def test_what_is_not_there_is_said(colours, settings, tmp_path):
    audio = build_encoder("audio_resnet_18", width=8)
    with pytest.raises(DataError, match=r"no video of split 'test' can be used.*\n.*three  \[no audio track\]"):
        localize(audio, colours, tmp_path / "x", settings=settings, execution=QUIET)
    with pytest.raises(RunError, match="no finished localization"):
        load_localization(tmp_path / "x")
    train = LocalizationSet(colours.videos, colours.segments[:4], colours.ignored)
    video = build_encoder("r2plus1d_10", width=8)
    with pytest.raises(DataError, match="no segment is of split 'test'"):
        localize(video, train, tmp_path / "y", settings=settings, execution=QUIET)
