from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.catalogue import load_items, name_of
from xdc_lab.errors import DataError
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.probe import probe
from xdc_lab.worlds.demo.plan import SCALES
from xdc_lab.worlds.digits import render
from xdc_lab.worlds.digits.handwriting import written_digits
from xdc_lab.worlds.digits.plan import DIGIT_WORLD, plan_digits
from xdc_lab.worlds.digits.recordings import spoken_digits
from xdc_lab.worlds.digits.render import render_digit, render_digit_set


@pytest.fixture(scope="module", autouse=True)
def few():
    """Let the tiny scale have few clips."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCALES, "tiny", (4, 3, 2))
        yield


@pytest.fixture(scope="module")
def folder(short, few, tones, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "digits"
    render_digit_set(path, recordings=tones, scale="tiny", world=short, workers=1, progress=False)
    return path


def test_the_table_lists_every_file_and_reads_as_a_collection(folder):
    items = load_items(folder)
    assert name_of(folder / "items.csv") == "digits"
    assert items["split"].value_counts().to_dict() == {"train": 4, "downstream_train": 3, "downstream_test": 2}
    assert {str(path) for path in folder.rglob("*.mp4")} == set(items["path"])
    assert not pd.read_csv(folder / "items.csv")["path"].str.startswith("/").any()
    assert {"factor_writer", "factor_speaker", "factor_background_kind", "factor_snr_db"} <= set(items)


def test_a_clip_is_seen_and_heard(folder):
    path = next(folder.glob("train/*.mp4"))
    found = probe(path)
    assert found.problem is None and (found.width_px, found.height_px) == (128, 96)
    assert read_frames(path, np.array([0.1, 0.3, 0.5])).pixels.float().std() > 5
    assert read_waveform(path, start_seconds=0.0, duration_seconds=0.5).samples.abs().max() > 0.05


def test_the_same_arguments_make_the_same_bytes_and_only_what_is_missing(short, tones, folder, tmp_path, monkeypatch):
    table = (folder / "items.csv").read_bytes()
    render_digit_set(tmp_path, recordings=tones, scale="tiny", world=short, workers=1, progress=False)
    names = [path.relative_to(folder) for path in folder.rglob("*.mp4")]
    assert all((tmp_path / name).read_bytes() == (folder / name).read_bytes() for name in names)
    assert (tmp_path / "items.csv").read_bytes() == table
    made = []
    monkeypatch.setattr(render, "render_digit", lambda clip, **_: made.append(clip.path))
    (tmp_path / "train" / "train_00002.mp4").unlink()
    render_digit_set(tmp_path, recordings=tones, scale="tiny", world=short, workers=1, progress=False)
    assert made == ["train/train_00002.mp4"]


def test_picture_and_sound_follow_their_own_part_of_the_plan(short, tones, tmp_path):
    """Another recording leaves the picture as it was, another image the sound."""
    clip = plan_digits(written_digits(), spoken_digits(tones), scale="tiny", seed=0, world=short)[0]
    spoken = replace(
        clip, path="spoken.mp4", recording=clip.recording.replace(".wav", "").rpartition("_")[0] + "_5.wav"
    )
    written = replace(clip, path="written.mp4", image=clip.image + 1)
    paths = [render_digit(plan, tmp_path, world=short) for plan in (clip, spoken, written)]
    pictures = [read_frames(path, np.array([0.2, 0.4])).pixels for path in paths]
    sounds = [read_waveform(path, start_seconds=0.0, duration_seconds=0.5).samples for path in paths]
    assert (pictures[0] == pictures[1]).all() and (pictures[0] != pictures[2]).any()
    assert (sounds[0] == sounds[2]).all() and (sounds[0] != sounds[1]).any()


def test_clips_of_other_recordings_are_never_mixed_in(short, tones, folder, tmp_path):
    for path in tones.glob("*.wav"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "0_anna_5.wav").write_bytes((tones / "0_anna_4.wav").read_bytes())
    with pytest.raises(DataError, match="made from other arguments.*xdc-lab digit-set` with --overwrite"):
        render_digit_set(folder, recordings=tmp_path, scale="tiny", world=short, workers=1, progress=False)


def test_real_recordings_are_rendered_at_full_length(real, tmp_path):
    clip = plan_digits(written_digits(), spoken_digits(real), scale="tiny", seed=0)[0]
    found = probe(render_digit(clip, tmp_path, world=DIGIT_WORLD))
    assert found.problem is None and found.duration_seconds is not None and found.duration_seconds > 2.35
