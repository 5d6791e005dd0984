"""The table of backbones; builds one by its name with seeded random weights (paper 4.1)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from xdc_lab.encoders.audio_resnet import AudioResNet
from xdc_lab.encoders.convolutions import conv_2plus1d, conv_3d, stem_2plus1d, stem_3d
from xdc_lab.encoders.encoder import Encoder, initialise
from xdc_lab.encoders.video_resnet import VideoResNet
from xdc_lab.errors import SettingError

# R(2+1)D has the eps of the released weights; ResNet3D has torchvision's. The momentum is PyTorch's 0.1 in both:
# the authors' file says 0.9, which in PyTorch would forget the running mean at every batch (Caffe2's 0.9 is 0.1 here).
_RELEASED_EPS, _TORCHVISION_EPS = 1e-3, 1e-5


@dataclass(frozen=True)
class EncoderEntry:
    """One row of the table: what it encodes, how to build it at a width, and where it comes from."""

    modality: str
    build: Callable[[str, int], Encoder]
    source: str
    note: str


def _r2plus1d(blocks: tuple[int, int, int, int]) -> Callable[[str, int], Encoder]:
    return lambda name, width: VideoResNet(
        name, width=width, convolution=conv_2plus1d, stem=stem_2plus1d, blocks=blocks, eps=_RELEASED_EPS
    )


def _resnet3d(name: str, width: int) -> Encoder:
    return VideoResNet(name, width=width, convolution=conv_3d, stem=stem_3d, blocks=(2, 2, 2, 2), eps=_TORCHVISION_EPS)


ENCODERS: dict[str, EncoderEntry] = {
    "r2plus1d_18": EncoderEntry(
        "video", _r2plus1d((2, 2, 2, 2)), "paper", "4.1; the architecture of the released weights"
    ),
    "resnet3d_18": EncoderEntry("video", _resnet3d, "paper", "supplementary; torchvision's r3d_18"),
    "r2plus1d_10": EncoderEntry(
        "video", _r2plus1d((1, 1, 1, 1)), "ours", "half the blocks, for machines without a GPU"
    ),
    "audio_resnet_18": EncoderEntry(
        "audio", lambda name, width: AudioResNet(name, width=width), "paper", "4.1; one input channel"
    ),
}


def encoders_for(modality: str) -> tuple[str, ...]:
    """The names of the encoders of a modality.

    >>> "audio_resnet_18" in encoders_for("audio"), "audio_resnet_18" in encoders_for("video")
    (True, False)
    """
    return tuple(name for name, entry in ENCODERS.items() if entry.modality == modality)


def build_encoder(name: str, *, width: int = 64, seed: int = 0) -> Encoder:
    """Build an encoder with random weights (paper 3.1); the same seed gives the same weights.

    Args:
        name: a key of `ENCODERS`.
        width: channels of the first residual layer, 64 in the paper; the feature vector has 8 times as many.
        seed: of the weights.

    Raises:
        SettingError: if there is no such encoder, or the width is below 1.

    >>> encoder = build_encoder("audio_resnet_18", width=8)
    >>> encoder.modality, encoder.feature_dim
    ('audio', 64)
    """
    if name not in ENCODERS:
        raise SettingError(f"unknown encoder {name!r}; there are {', '.join(ENCODERS)}")
    if width < 1:
        raise SettingError(f"width {width} leaves an encoder no channels; 64 is the paper's, 8 or 16 suit a CPU")
    with torch.random.fork_rng(devices=[]):  # PyTorch draws weights of its own, from the global generator
        encoder = ENCODERS[name].build(name, width)
    initialise(encoder, seed=seed)
    # Channels last: 1.4 to 1.6 times faster for R(2+1)D on a CPU at small widths, and what tensor cores want.
    last = torch.channels_last_3d if encoder.modality == "video" else torch.channels_last
    return encoder.to(memory_format=last)  # type: ignore[call-overload] - torch's stub knows no module here
