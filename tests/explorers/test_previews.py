"""Previews are small, made once, what the encoder hears, and honest about what does not decode."""

import numpy as np
import pytest
from PIL import Image
from synthetic_run import make_run

from xdc_lab.analysis.result import load_result
from xdc_lab.explorers import previews as module
from xdc_lab.explorers.previews import KINDS, log_mel_mask, make_preview, make_previews
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.decoder import read_frames, read_waveform


def test_preview_is_small_and_decodes(result):
    preview = make_preview(result, 0)
    assert set(preview.files) == set(KINDS)
    assert sum(preview.size(kind) for kind in KINDS) < 60_000
    with Image.open(preview.files["strip"]) as strip:
        assert strip.size == (8 * 128, 96)
    assert preview.about["aspect"] == pytest.approx(4 / 3, abs=1e-3)
    frames = read_frames(preview.files["clip"], [0.0, 1.0])
    sound = read_waveform(preview.files["sound"], start_seconds=0.0, duration_seconds=2.0)
    assert frames.pixels.float().std() > 5
    assert sound.samples.abs().max() > 0.1


def test_windows_are_those_of_the_centre_clip(result):
    about = make_preview(result, 0).about
    assert about["start"] == pytest.approx(0.2)  # 2.4 s long, a window of 2 s in the middle
    assert about["heard"] == [0.0, 2.0]
    assert about["seen"] == pytest.approx([0.6, 1.4])  # 4 frames at 5 a second


def test_log_mel_is_sixteen_shades_low_notes_below():
    audio = AudioClipSettings()
    times = np.arange(audio.samples) / audio.sample_rate_hz
    low = np.asarray(log_mel_mask(0.5 * np.sin(2 * np.pi * 120 * times), audio=audio))
    assert low.shape == (40, 100)
    assert low.max() <= 15
    assert low[-10:].mean() > low[:10].mean() + 3
    assert np.asarray(log_mel_mask(np.zeros(audio.samples), audio=audio)).max() == 0  # silence is blank


def test_silent_and_missing_files_have_a_reason(result):
    silent, missing = make_preview(result, 1), make_preview(result, 30)
    assert set(silent.files) == {"strip", "clip"}
    assert silent.about["note"] == "no audio track"
    assert missing.files == {}
    assert "No such file" in missing.reason


def test_made_once_and_again_when_the_file_changes(tmp_path, monkeypatch):
    result = load_result(make_run(tmp_path, clips=2, media=2, k={"audio": 1, "video": 1}, iterations=1))
    first = make_previews(result, [0, 1], progress=False, workers=2)
    calls = []
    monkeypatch.setattr(module, "write_video", lambda *_, **__: calls.append(1))
    assert make_previews(result, [0, 1], progress=False) == first
    assert calls == []
    path = result.items["path"][0]
    with open(path, "ab") as file:
        file.write(b"\0" * 8)
    make_preview(result, 0)
    assert calls


def test_broken_file_is_named(tmp_path):
    result = load_result(make_run(tmp_path, clips=2, media=1, k={"audio": 1, "video": 1}, iterations=1))
    broken = result.items["path"][1]
    with open(broken, "wb") as file:
        file.write(b"not a video")
    assert "does not decode" in make_preview(result, 1).reason
