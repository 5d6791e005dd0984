"""Standardised log-mel spectrograms of waveforms (paper 4.1: 40 filters over 100 frames of 2 s)."""

import numpy as np
import torch
import torchaudio
from jaxtyping import Float
from torch import Tensor, nn

from xdc_lab.media.clip_settings import AudioClipSettings


class LogMel(nn.Module):
    """Log-mel spectrogram of a batch, on the device the batch is on (paper 4.1).

    The transform is longer than the window, with zeros around it: of 40 filters up to 8 kHz the lowest would be
    narrower than the bins of a short window's own transform, and empty. The window of column i lies around the
    middle of hop i, so that 2 s give exactly 100 columns; the first and the last see a little silence outside.
    """

    def __init__(self, settings: AudioClipSettings | None = None):
        super().__init__()
        self.settings = settings = settings or AudioClipSettings()
        window = round(settings.window_seconds * settings.sample_rate_hz)
        transform = 2 ** (max(2 * window, settings.hop_samples) - 1).bit_length()
        self.padding = divmod(transform - settings.hop_samples, 2)
        self.mel = torchaudio.transforms.MelSpectrogram(
            settings.sample_rate_hz,
            n_fft=transform,
            win_length=window,
            hop_length=settings.hop_samples,
            n_mels=settings.mels,
            center=False,
        )

    def forward(
        self, waveforms: Float[Tensor, "batch samples"] | Float[Tensor, "batch 1 mels audio_frames"]
    ) -> Float[Tensor, "batch 1 mels audio_frames"]:
        """Compute in float32 also under mixed precision: the logarithm needs the range.

        What is a log-mel already, as the clips of a decoded store are, is given as it is.
        """
        if waveforms.ndim == 4:
            return waveforms
        half, odd = self.padding
        with torch.autocast(waveforms.device.type, enabled=False):
            padded = nn.functional.pad(waveforms.float(), (half, half + odd))
            log_mel = torch.log(self.mel(padded) + self.settings.log_offset)
            return ((log_mel - self.settings.log_mean) / self.settings.log_std).unsqueeze(1)


def filter_centres_hz(settings: AudioClipSettings | None = None) -> Float[np.ndarray, " mels"]:
    """The frequency that each mel filter is centred on: even steps of the mel scale from 0 to half the sample rate.

    >>> filter_centres_hz().round().astype(int)[[0, 9, 19, 39]].tolist()
    [44, 594, 1693, 7481]
    """
    settings = settings or AudioClipSettings()
    highest_mel = 2595 * np.log10(1 + settings.sample_rate_hz / 2 / 700)  # HTK's scale, torchaudio's default
    steps = np.linspace(0, highest_mel, settings.mels + 2)[1:-1]
    return 700 * (10 ** (steps / 2595) - 1)
