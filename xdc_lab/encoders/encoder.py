"""What every encoder is: a network that maps a batch of one modality to one feature vector each (paper 3.2)."""

import contextlib
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


class Encoder(nn.Module):
    """A network without a classification head; the heads belong to the training loop (paper 3.1 resets them).

    Attributes:
        name: its key in `xdc_lab.encoders.catalogue.ENCODERS`.
        modality: "video" or "audio".
        width: channels of the first residual layer; 64 is the paper's network.
        feature_dim: length of the feature vector (d_v, d_a), 8 x width.
        checkpoint_activations: keep the residual blocks' inputs alone, and compute what is between them once more on
            the way back.
    """

    name: str
    modality: str
    width: int
    feature_dim: int
    checkpoint_activations: bool = False

    def through(self, x: Tensor, layers: Iterable[nn.Sequential]) -> Tensor:
        """Run layers of residual blocks, one after the other."""
        for layer in layers:
            if not (self.checkpoint_activations and torch.is_grad_enabled()):
                x = layer(x)
                continue
            for block in layer:
                contexts = lambda block=block: (contextlib.nullcontext(), _statistics_kept(block))  # noqa: E731
                x = checkpoint(block, x, use_reentrant=False, preserve_rng_state=False, context_fn=contexts)
        return x


@contextlib.contextmanager
def _statistics_kept(block: nn.Module) -> Iterator[None]:
    """Put BatchNorm's running statistics back: computing a block once more would move them a second time."""
    before = [buffer.clone() for buffer in block.buffers()]
    try:
        yield
    finally:
        for buffer, value in zip(block.buffers(), before, strict=True):
            buffer.copy_(value)


def renew_last_layers(encoder: Encoder, count: int, *, seed: int) -> None:
    """Draw the last `count` of an encoder's four layers of residual blocks anew, in place.

    >>> from xdc_lab.encoders.catalogue import build_encoder
    >>> encoder = build_encoder("audio_resnet_18", width=8)
    >>> before = {name: value.clone() for name, value in encoder.state_dict().items()}
    >>> renew_last_layers(encoder, 1, seed=1)
    >>> sorted({name.split(".")[0] for name, value in encoder.state_dict().items() if (value != before[name]).any()})
    ['layer4']
    """
    for number in range(4, 4 - count, -1):
        initialise(getattr(encoder, f"layer{number}"), seed=seed + number)


def initialise(encoder: nn.Module, *, seed: int) -> None:
    """Draw fresh weights as torchvision does: He normal by fan-out, batch norm 1 and 0 (paper 3.1: random encoders).

    The same seed gives the same weights; PyTorch's global generators are not used.
    """
    generator = torch.Generator().manual_seed(seed)
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            module.reset_parameters()
