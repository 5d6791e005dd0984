"""What every encoder is: a network that maps a batch of one modality to one feature vector each (paper 3.2)."""

import torch
from torch import nn


class Encoder(nn.Module):
    """A network without a classification head; the heads belong to the training loop (paper 3.1 resets them).

    Attributes:
        name: its key in `xdc_lab.encoders.catalogue.ENCODERS`.
        modality: "video" or "audio".
        width: channels of the first residual layer; 64 is the paper's network.
        feature_dim: length of the feature vector (d_v, d_a), 8 x width.
    """

    name: str
    modality: str
    width: int
    feature_dim: int


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
