from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items
from xdc_lab.errors import DataError
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.probe import probe
from xdc_lab.worlds.demo import render
from xdc_lab.worlds.demo.plan import BAD_KINDS, SCALES, DemoSet, plan_clips
from xdc_lab.worlds.demo.render import render_clip, render_demo_set


@pytest.fixture(scope="module", autouse=True)
def few():
    """Let the tiny scale have few clips."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCALES, "tiny", (4, 3, 2))
        yield


@pytest.fixture(scope="module")
def folder(small, few, tmp_path_factory):
    """A rendered set with few clips."""
    path = tmp_path_factory.mktemp("demo")
    render_demo_set(path, scale="tiny", world=small, workers=1, progress=False)
    return path


def test_the_same_clip_is_the_same_bytes(small, tmp_path):
    clip = plan_clips(DemoSet(scale="tiny"), world=small)[1]
    first, again = (render_clip(clip, tmp_path / name, world=small).read_bytes() for name in "ab")
    assert first == again
    other = replace(clip, seeds=(9, 0, 2))
    assert render_clip(other, tmp_path / "c", world=small).read_bytes() != first


def test_a_good_file_is_seen_and_heard(rendered):
    found = probe(rendered[""])
    assert found.problem is None
    assert (found.width_px, found.height_px) == (128, 96)
    frames = read_frames(rendered[""], np.array([0.1, 0.3, 0.5])).pixels
    assert frames.float().std() > 5
    assert read_waveform(rendered[""], start_seconds=0.0, duration_seconds=0.5).samples.abs().max() > 0.05


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_a_bad_file_is_bad_as_said(rendered, kind):
    assert probe(rendered[kind]).problem == BAD_KINDS[kind]


def test_the_table_lists_every_file_and_reads_as_items(folder):
    items = read_items(folder / "items.csv")
    assert len(items) == 4 + 3 + 2 + 3
    assert not pd.read_csv(folder / "items.csv")["path"].str.startswith("/").any()
    assert {str(path) for path in folder.rglob("*.mp4")} == set(items["path"])
    assert {"sight", "sound", "expected_problem", "factor_background_kind", "factor_snr_db"} <= set(items)


def test_only_what_is_missing_is_rendered_again(small, folder, monkeypatch):
    made = []

    def recorded(clip, folder, *, world):
        made.append(clip.path)
        return render_clip(clip, folder, world=world)

    monkeypatch.setattr(render, "render_clip", recorded)
    lost = folder / "train" / "train_00002.mp4"
    before, table = lost.read_bytes(), (folder / "items.csv").read_bytes()
    lost.unlink()
    render_demo_set(folder, scale="tiny", world=small, workers=1, progress=False)
    assert made == ["train/train_00002.mp4"]
    assert lost.read_bytes() == before
    assert (folder / "items.csv").read_bytes() == table


def test_a_run_that_was_stopped_has_no_table_yet(small, tmp_path, monkeypatch):
    def stopped(clip, folder, *, world):
        raise KeyboardInterrupt

    monkeypatch.setattr(render, "render_clip", stopped)
    with pytest.raises(KeyboardInterrupt):
        render_demo_set(tmp_path, scale="tiny", world=small, workers=1, progress=False)
    assert not (tmp_path / "items.csv").exists()


def test_two_worlds_are_never_mixed(small, folder):
    with pytest.raises(DataError, match="made from other arguments.*overwrite=True"):
        render_demo_set(folder, scale="tiny", seed=1, world=small, workers=1, progress=False)
    assert (folder / "items.csv").exists()


def test_worker_processes_make_the_same_bytes(small, folder, tmp_path):
    names = [f"train/train_{number:05d}.mp4" for number in range(4)]
    render_demo_set(tmp_path, scale="tiny", world=small, workers=2, progress=False)
    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in names)


def test_overwriting_replaces_what_was_there(small, tmp_path, monkeypatch):
    monkeypatch.setattr(render, "plan_clips", lambda *args, **kwargs: plan_clips(*args, **kwargs)[:2])
    for seed in (0, 1):
        render_demo_set(tmp_path, scale="tiny", seed=seed, world=small, workers=1, progress=False, overwrite=True)
    assert len(list(tmp_path.rglob("*.mp4"))) == 2
    assert '"seed": 1' in (tmp_path / "world.json").read_text()
