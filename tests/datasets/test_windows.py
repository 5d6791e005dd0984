"""Windows of a file are what clips at the same instants are, and what lies over its ends is said."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.windows import read_windows, window_starts
from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings

VIDEO = VideoClipSettings(frames=4, frame_rate_hz=10.0, short_side_px=32, crop_px=28)
AUDIO = AudioClipSettings(seconds=1.0)


@pytest.mark.parametrize("modality", ["video", "audio"])
def test_a_window_is_the_clip_at_its_start(items: pd.DataFrame, modality):
    row = 2
    dataset = ClipDataset(items, modality=modality, video=VIDEO, audio=AUDIO)
    starts = np.array([0.2, 0.6, 1.0])
    windows = read_windows(items["path"][row], starts, modality=modality, video=VIDEO, audio=AUDIO)
    for window, start in zip(windows, starts, strict=True):
        clip = dataset.clip_at(row, float(start))
        assert window.shape == clip.shape
        torch.testing.assert_close(window, clip, atol=1e-3, rtol=0)


def test_over_the_ends_pictures_stand_still_and_sound_is_silent(items: pd.DataFrame):
    words = {"video": VIDEO, "audio": AUDIO}
    path, seconds = items["path"][2], items["duration_seconds"][2]
    early = read_windows(path, np.array([-0.15]), modality="video", **words)[0]
    assert (early[:, 0] == early[:, 1]).all() and (early[:, 2] != early[:, 3]).any()
    late = read_windows(path, np.array([seconds + 1.0]), modality="video", **words)[0]
    assert (late == late[:, :1]).all()
    sounds = read_windows(path, np.array([-0.5, seconds - 0.5]), modality="audio", **words)
    assert (sounds[0, :7_000] == 0).all() and sounds[0, 9_000:].abs().max() > 0.01
    assert (sounds[1, -7_000:] == 0).all() and sounds[1, :7_000].abs().max() > 0.01


@given(st.floats(0.1, 50), st.sampled_from([12.0, 25.0, 29.97]), st.integers(1, 16), st.floats(0.1, 3))
def test_every_stride_has_a_window_around_its_middle(seconds, rate, stride, window):
    starts = window_starts(seconds, frame_rate_hz=rate, stride_frames=stride, window_seconds=window)
    step = stride / rate
    assert len(starts) == pytest.approx(max(1, np.floor(seconds / step + 1e-5)), abs=1)
    middles = starts + window / 2
    np.testing.assert_allclose(middles, (np.arange(len(starts)) + 0.5) * step, atol=1e-6)
    assert len(starts) == 1 or middles[-1] < seconds + 1e-5


def test_what_cannot_be(items: pd.DataFrame):
    with pytest.raises(SettingError, match="0 frames never moves"):
        window_starts(3.0, frame_rate_hz=25.0, stride_frames=0, window_seconds=1.0)
    with pytest.raises(SettingError, match="unknown modality 'smell'"):
        read_windows(items["path"][0], np.zeros(1), modality="smell", video=VIDEO, audio=AUDIO)
