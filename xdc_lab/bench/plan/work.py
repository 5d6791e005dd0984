"""Count what one clip costs an encoder, without computing anything: operations and kept activations (paper 4.1)."""

import functools
from dataclasses import dataclass

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from xdc_lab.encoders.catalogue import ENCODERS
from xdc_lab.pretraining.settings import PretrainSettings


@dataclass(frozen=True)
class Work:
    """Of one clip and one encoder.

    Attributes:
        flops: floating point operations forward; a multiplication and an addition are two.
        activation_bytes: that a training step keeps for the way back, in float32.
        parameters: of the encoder.
        dim: of a feature vector.
    """

    flops: float
    activation_bytes: float
    parameters: int
    dim: int


@functools.cache
def count_work(modality: str, settings: PretrainSettings) -> Work:
    """Run one clip through the encoder on PyTorch's meta device.

    >>> from xdc_lab.pretraining.settings import PAPER
    >>> round(count_work("video", PAPER).flops / 1e9), round(count_work("audio", PAPER).flops / 1e9, 2)
    (166, 0.37)
    """
    video, audio = settings.video, settings.audio
    name, width, shape = {
        "video": (settings.video_encoder, settings.video_width, (3, video.frames, video.crop_px, video.crop_px)),
        "audio": (settings.audio_encoder, settings.audio_width, (1, audio.mels, audio.audio_frames)),
    }[modality]
    with torch.device("meta"):
        encoder = ENCODERS[name].build(name, width)
        clip = torch.empty((1, *shape))
    own = {parameter.untyped_storage()._cdata for parameter in encoder.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage.nbytes()
        return tensor

    with FlopCounterMode(display=False) as counter, saved_tensors_hooks(keep, lambda tensor: tensor):
        encoder(clip)
    parameters = sum(parameter.numel() for parameter in encoder.parameters())
    return Work(float(counter.get_total_flops()), float(sum(kept.values())), parameters, encoder.feature_dim)
