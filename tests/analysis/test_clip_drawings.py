"""Drawings of what the encoders get: the crop is where it says, louder is brighter, a picture has its words."""

import numpy as np
import pytest
import torch

from xdc_lab.analysis.pictures.clip_drawings import CAPTION, QUIET, frame_strip, log_power, sound_drawing, times_drawing
from xdc_lab.analysis.pictures.display import show_picture
from xdc_lab.media.clip_settings import AudioClipSettings

AUDIO = AudioClipSettings()


def test_what_a_crop_leaves_out_is_darker():
    white = torch.full((2, 3, 60, 80), 250, dtype=torch.uint8)
    strip = np.asarray(frame_strip(white, [0.0, 0.2], corner=(10, 20), crop_px=40, width_px=166))
    assert strip.shape == (60 + CAPTION, 166, 3)
    inside, outside = strip[12:48, 22:58], strip[:8, :80]
    assert inside.min() > 240 > 130 > outside.max()
    assert (strip[12:48, 86 + 22 : 86 + 58] == inside).all()  # the same crop in every frame
    assert np.asarray(frame_strip(white, [0.0, 0.2], width_px=166))[:60, :80].min() > 240


def test_digital_silence_is_the_lowest_power_there_is():
    silence = log_power(np.zeros(AUDIO.samples), audio=AUDIO)
    assert silence.shape == (AUDIO.mels, AUDIO.audio_frames)
    assert silence == pytest.approx(np.log(AUDIO.log_offset), abs=1e-4)
    assert silence.min() == pytest.approx(QUIET, abs=0.02)


def test_a_loud_sound_is_drawn_brighter_than_a_quiet_one():
    noise = np.random.default_rng(0).normal(size=AUDIO.samples)
    bright = [np.asarray(sound_drawing(loudness * noise, audio=AUDIO)).mean() for loudness in (1e-3, 0.3)]
    assert bright[1] > bright[0] + 20


def test_a_time_line_has_a_bar_for_each_clip():
    one, many = (
        times_drawing({"some clips": starts}, clip_seconds=2.0, duration_seconds=10.0)
        for starts in ([4.0], np.linspace(0, 8, 10))
    )
    assert many.height > one.height
    assert many.width == one.width


def test_a_picture_is_small_and_has_words(capsys, monkeypatch):
    shown = {}
    monkeypatch.setattr("IPython.display.display", lambda bundle, **how: shown.update(bundle, **how))
    drawing = times_drawing({"a clip": [1.0]}, clip_seconds=2.0, duration_seconds=4.0)
    show_picture(drawing, words="one clip", scale=1.5)
    assert shown["image/png"].startswith(b"\x89PNG") and len(shown["image/png"]) < 20_000
    assert shown["text/plain"] == "picture: one clip"
    assert shown["metadata"]["image/png"] == {"width": 900, "alt": "one clip"}
