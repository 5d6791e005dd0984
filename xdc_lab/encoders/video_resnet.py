"""The video encoders: R(2+1)D-18 and ResNet3D-18, from clips to features F_v (paper 4.1)."""

from collections.abc import Callable

from torch import Tensor, nn

from xdc_lab.encoders.convolutions import Convolution
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.shapes import Clips, Features


class VideoResNet(Encoder):
    """A stem, four layers of residual blocks and the mean over space and time; parameters are named as torchvision's.

    The spatial size is halved by the stem and by layers 2 to 4, the temporal size by layers 2 to 4: a clip of
    8 x 224 x 224 leaves 1 x 14 x 14 cells, one of 8 x 40 x 40 leaves 1 x 3 x 3.
    """

    modality = "video"

    def __init__(
        self,
        name: str,
        *,
        width: int,
        convolution: Convolution,
        stem: Callable[[int, float], nn.Module],
        blocks: tuple[int, int, int, int],
        eps: float,
    ):
        super().__init__()
        self.name, self.width, self.feature_dim = name, width, 8 * width
        self.stem = stem(width, eps)
        self.layer1 = _layer(width, width, 1, blocks[0], convolution, eps)
        self.layer2 = _layer(width, 2 * width, 2, blocks[1], convolution, eps)
        self.layer3 = _layer(2 * width, 4 * width, 2, blocks[2], convolution, eps)
        self.layer4 = _layer(4 * width, 8 * width, 2, blocks[3], convolution, eps)

    def forward(self, x: Clips) -> Features:
        """Map normalised clips to one feature vector each."""
        x = self.through(self.stem(x), (self.layer1, self.layer2, self.layer3, self.layer4))
        return x.mean(dim=(2, 3, 4))


class ResidualBlock(nn.Module):
    """Two convolutions, each with batch norm, added to their input."""

    def __init__(self, in_channels: int, out_channels: int, stride: int, convolution: Convolution, eps: float):
        super().__init__()
        self.conv1 = nn.Sequential(
            convolution(in_channels, out_channels, stride, eps),
            nn.BatchNorm3d(out_channels, eps=eps),
            nn.ReLU(inplace=True),
        )
        self.conv2 = nn.Sequential(
            convolution(out_channels, out_channels, 1, eps), nn.BatchNorm3d(out_channels, eps=eps)
        )
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv3d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm3d(out_channels, eps=eps)
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add the two convolutions' output to the input, or to its downsampled form."""
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(self.conv2(self.conv1(x)) + shortcut)


def _layer(
    in_channels: int, out_channels: int, stride: int, blocks: int, convolution: Convolution, eps: float
) -> nn.Sequential:
    first = ResidualBlock(in_channels, out_channels, stride, convolution, eps)
    rest = [ResidualBlock(out_channels, out_channels, 1, convolution, eps) for _ in range(blocks - 1)]
    return nn.Sequential(first, *rest)
