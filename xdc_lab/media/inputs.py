"""Turn raw batches into encoder input on the device, so that only bytes travel to it (paper 4.1)."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.spectrogram import LogMel

# Of the authors' released weights; R, G, B in 0..1.
RGB_MEAN = (0.43216, 0.394666, 0.37645)
RGB_STD = (0.22803, 0.22145, 0.216989)


class NormalisedVideo(nn.Module):
    """Bytes to floats with the released weights' mean and standard deviation (paper 4.1)."""

    scale: Tensor
    shift: Tensor

    def __init__(self) -> None:
        super().__init__()
        mean, std = (torch.tensor(values).view(1, 3, 1, 1, 1) for values in (RGB_MEAN, RGB_STD))
        self.register_buffer("scale", 1 / (255 * std), persistent=False)
        self.register_buffer("shift", -mean / std, persistent=False)

    def forward(
        self, clips: UInt8[Tensor, "batch 3 frames height width"]
    ) -> Float[Tensor, "batch 3 frames height width"]:
        """Normalise a batch."""
        return torch.addcmul(self.shift, clips.to(self.scale.dtype), self.scale)


def model_input(
    modality: str, *, video: VideoClipSettings | None = None, audio: AudioClipSettings | None = None
) -> nn.Module:
    """Make the module that turns a raw batch into the encoder's input (paper 4.1).

    Args:
        modality: "video": uint8 clips [batch 3 frames height width]; "audio": waveforms [batch samples]; log-mels
            [batch 1 mels audio_frames], as a decoded store gives, stay as they are.
        video: accepted so that callers need not know which modality uses what.
        audio: the spectrogram's numbers.

    Raises:
        SettingError: if there is no such modality.
    """
    _demand_modality(modality)
    return NormalisedVideo() if modality == "video" else LogMel(audio)


def describe_inputs(
    modality: str, *, video: VideoClipSettings | None = None, audio: AudioClipSettings | None = None
) -> dict[str, Any]:
    """Say in plain values what an encoder's input is, for whoever uses it without this package; as `model_input`.

    >>> describe_inputs("video")["frames"], describe_inputs("audio")["mels"]
    (8, 40)
    """
    _demand_modality(modality)
    if modality == "audio":
        return asdict(audio or AudioClipSettings())
    clip = asdict(video or VideoClipSettings())
    colours = {"colours": "RGB in 0..1", "mean": list(RGB_MEAN), "std": list(RGB_STD)}
    return colours | {name: value for name, value in clip.items() if name != "flip"}


def clips_of(modality: str, inputs: Mapping[str, Any]) -> tuple[VideoClipSettings, AudioClipSettings]:
    """The clips that an encoder takes, from what `describe_inputs` said of its own modality; the rest is the paper's.

    >>> clips_of("video", describe_inputs("video", video=VideoClipSettings(frames=32)))[0].frames
    32
    """
    _demand_modality(modality)
    kind = VideoClipSettings if modality == "video" else AudioClipSettings
    own = kind(**{field.name: inputs[field.name] for field in fields(kind) if field.name in inputs})
    if isinstance(own, VideoClipSettings):
        return own, AudioClipSettings()
    return VideoClipSettings(), own


def _demand_modality(modality: str) -> None:
    if modality not in ("video", "audio"):
        raise SettingError(f"unknown modality {modality!r}; the modalities are 'video' and 'audio'")
