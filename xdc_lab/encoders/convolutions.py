"""The two spatiotemporal convolutions of the video backbones: whole 3D, and factored (2+1)D (paper 4.1)."""

from collections.abc import Callable

from torch import nn

# (in_channels, out_channels, stride, eps) -> a convolution from one to the other, without its last batch norm
Convolution = Callable[[int, int, int, float], nn.Module]


def mid_planes(in_channels: int, out_channels: int) -> int:
    """Channels between the spatial and the temporal half, so that both together weigh as much as one 3x3x3 convolution.

    Computed for every convolution by itself, as the released weights have it. torchvision computes it once a
    block, so its second convolution of the first block in layers 2 to 4 is narrower.

    >>> mid_planes(64, 64), mid_planes(64, 128), mid_planes(128, 128)
    (144, 230, 288)
    """
    return (in_channels * out_channels * 27) // (in_channels * 9 + 3 * out_channels)


def conv_2plus1d(in_channels: int, out_channels: int, stride: int, eps: float) -> nn.Sequential:
    """A 1x3x3 convolution in space, batch norm and ReLU, then a 3x1x1 convolution in time."""
    middle = mid_planes(in_channels, out_channels)
    return nn.Sequential(
        nn.Conv3d(in_channels, middle, (1, 3, 3), (1, stride, stride), (0, 1, 1), bias=False),
        nn.BatchNorm3d(middle, eps=eps),
        nn.ReLU(inplace=True),
        nn.Conv3d(middle, out_channels, (3, 1, 1), (stride, 1, 1), (1, 0, 0), bias=False),
    )


def conv_3d(in_channels: int, out_channels: int, stride: int, eps: float) -> nn.Conv3d:
    """One 3x3x3 convolution; `eps` is there because every kind of convolution is called alike."""
    return nn.Conv3d(in_channels, out_channels, 3, stride, 1, bias=False)


def stem_2plus1d(width: int, eps: float) -> nn.Sequential:
    """The first layer of R(2+1)D: 1x7x7 in space, 3x1x1 in time; between them 45 channels for every 64 of width."""
    middle = max(1, round(45 * width / 64))
    return nn.Sequential(
        nn.Conv3d(3, middle, (1, 7, 7), (1, 2, 2), (0, 3, 3), bias=False),
        nn.BatchNorm3d(middle, eps=eps),
        nn.ReLU(inplace=True),
        nn.Conv3d(middle, width, (3, 1, 1), 1, (1, 0, 0), bias=False),
        nn.BatchNorm3d(width, eps=eps),
        nn.ReLU(inplace=True),
    )


def stem_3d(width: int, eps: float) -> nn.Sequential:
    """The first layer of ResNet3D: one 3x7x7 convolution."""
    return nn.Sequential(
        nn.Conv3d(3, width, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False),
        nn.BatchNorm3d(width, eps=eps),
        nn.ReLU(inplace=True),
    )
