"""From raw batches to encoder input: shapes, the released weights' normalisation, and a safe logarithm."""

import math

import pytest
import torch

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.inputs import RGB_MEAN, RGB_STD, model_input
from xdc_lab.media.spectrogram import LogMel


def test_video_is_normalised_per_channel():
    clips = torch.randint(0, 256, (2, 3, 4, 6, 5), dtype=torch.uint8)
    prepared = model_input("video")(clips)
    expected = torch.stack([(clips[:, c] / 255 - RGB_MEAN[c]) / RGB_STD[c] for c in range(3)], dim=1)
    torch.testing.assert_close(prepared, expected)


def test_two_seconds_are_40_by_100():
    assert model_input("audio")(torch.randn(3, 32_000)).shape == (3, 1, 40, 100)


@pytest.mark.parametrize(("mels", "audio_frames", "seconds"), [(80, 200, 2.0), (40, 50, 1.0), (20, 25, 2.0)])
def test_other_sizes(mels, audio_frames, seconds):
    settings = AudioClipSettings(seconds=seconds, mels=mels, audio_frames=audio_frames)
    assert LogMel(settings)(torch.randn(1, settings.samples)).shape == (1, 1, mels, audio_frames)


def test_digital_silence_is_finite_and_the_lowest_value():
    module, settings = LogMel(), AudioClipSettings()
    silence, noise = module(torch.zeros(1, 32_000)), module(1e-4 * torch.randn(1, 32_000))
    floor = (math.log(settings.log_offset) - settings.log_mean) / settings.log_std
    torch.testing.assert_close(silence, torch.full_like(silence, floor))
    assert (noise >= silence).all()
    assert module(torch.ones(1, 32_000)).isfinite().all()


def test_no_filter_is_empty():
    filters = dict(LogMel().named_buffers())["mel.mel_scale.fb"]
    assert filters.shape[1] == 40 and (filters.sum(dim=0) > 0).all()


def test_a_click_lights_the_column_it_falls_into():
    for column in (0, 41, 99):
        waveform = torch.zeros(1, 32_000)
        waveform[0, column * 320 + 160] = 1.0
        spectrogram = LogMel()(waveform)[0, 0]
        assert (spectrogram > spectrogram.min()).any(dim=0).nonzero().flatten().tolist() == [column]


def test_a_tone_lights_its_filter():
    """Mel filter m of 40 is centred at 700 (10^(mel / 2595) - 1) Hz, mel evenly from 0 to that of 8 kHz."""
    for filter_ in (5, 20, 36):
        mel = (filter_ + 1) / 41 * 2595 * math.log10(1 + 8000 / 700)
        tone_hz = 700 * (10 ** (mel / 2595) - 1)
        waveform = torch.sin(2 * math.pi * tone_hz * torch.arange(32_000) / 16_000)
        assert LogMel()(waveform[None])[0, 0].mean(dim=1).argmax() == filter_


def test_ten_times_louder_is_higher_by_a_constant():
    noise = torch.randn(1, 32_000)
    difference = LogMel()(10 * noise) - LogMel()(noise)
    torch.testing.assert_close(difference, torch.full_like(difference, math.log(100) / 5), rtol=1e-3, atol=1e-3)


def test_gradients_flow_and_mixed_precision_changes_nothing():
    waveform = torch.randn(1, 32_000, requires_grad=True)
    module = LogMel()
    module(waveform).sum().backward()
    assert waveform.grad is not None and waveform.grad.isfinite().all()
    plain = module(waveform)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(module(waveform), plain)


def test_unknown_modality():
    with pytest.raises(SettingError, match="'smell'"):
        model_input("smell")
