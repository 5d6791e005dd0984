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
    assert (loudness > silence + 1e-3).sum().item() == 1  # a window of 16 ms lies within its hop of 20


def test_a_sound_that_is_turned_round_is_a_picture_that_is_turned_round():
    """Neither side is padded by more than the other: time runs both ways alike."""
    settings = AudioClipSettings()
    wave = torch.randn(1, settings.samples, generator=torch.Generator().manual_seed(0))
    there, back = (LogMel(settings)(sound)[0, 0] for sound in (wave, wave.flip(1)))
    # A window of an even number of samples has its middle between two of them: one sample of shift remains.
    assert torch.nn.functional.l1_loss(there, back.flip(1)) < 0.05 * there.std()
