"""The log-mel's columns stand where the paper's 100 frames over 2 s stand (paper 4.1)."""

import pytest
import torch

from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.spectrogram import LogMel


@pytest.mark.parametrize("column", [0, 37, 99])
def test_a_click_lies_in_the_column_of_its_own_hop(column):
    """Column i is of the hop that begins at i x 20 ms, and the window stands in the middle of it."""
    settings = AudioClipSettings()
    wave = torch.zeros(1, settings.samples)
    wave[0, column * settings.hop_samples + settings.hop_samples // 2] = 1.0
    loudness = LogMel(settings)(wave)[0, 0].mean(dim=0)
    assert loudness.argmax().item() == column
    silence = LogMel(settings)(torch.zeros_like(wave))[0, 0].mean(dim=0)
    assert (loudness > silence + 1e-3).sum().item() == 1  # 20 ms on, the next window does not reach back


@pytest.mark.parametrize(("window_seconds", "unseen"), [(0.025, 0), (0.016, 64)])
def test_no_sound_falls_between_the_windows(window_seconds, unseen):
    """Of a hop of 320 samples an encoder of old, with windows of 256, never heard 64 and the window's edge of 0."""
    settings = AudioClipSettings(window_seconds=window_seconds)
    clicks = torch.zeros(settings.hop_samples, settings.samples)
    clicks[torch.arange(settings.hop_samples), 50 * settings.hop_samples + torch.arange(settings.hop_samples)] = 1.0
    log_mel = LogMel(settings)
    heard = (log_mel(clicks) > log_mel(torch.zeros(1, settings.samples)) + 1e-3).flatten(1).any(dim=1)
    assert settings.hop_samples - int(heard.sum()) == pytest.approx(unseen, abs=4)


def test_a_sound_that_is_turned_round_is_a_picture_that_is_turned_round():
    """Neither side is padded by more than the other: time runs both ways alike."""
    settings = AudioClipSettings()
    wave = torch.randn(1, settings.samples, generator=torch.Generator().manual_seed(0))
    there, back = (LogMel(settings)(sound)[0, 0] for sound in (wave, wave.flip(1)))
    # A window of an even number of samples has its middle between two of them: one sample of shift remains.
    assert torch.nn.functional.l1_loss(there, back.flip(1)) < 0.05 * there.std()
