"""The audio encoder: ResNet-18 with one input channel, from log-mels to features F_a (paper 4.1)."""

from jaxtyping import Float
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from xdc_lab.encoders.encoder import Encoder
from xdc_lab.shapes import Features, Spectrograms


class AudioResNet(Encoder):
    """torchvision's ResNet-18 on a spectrogram as a picture of one channel; parameters are named as torchvision's.

    The stem (7x7 by 2, then max pooling by 2) leaves 10 x 25 cells of a 40 x 100 spectrogram, layer 2 leaves
    5 x 13, layer 3 leaves 3 x 7 and layer 4 leaves 2 x 4.
    """

    modality = "audio"

    def __init__(self, name: str, *, width: int):
        super().__init__()
        self.name, self.width, self.feature_dim = name, width, 8 * width
        self.conv1 = nn.Conv2d(1, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = _layer(width, width, 1)
        self.layer2 = _layer(width, 2 * width, 2)
        self.layer3 = _layer(2 * width, 4 * width, 2)
        self.layer4 = _layer(4 * width, 8 * width, 2)

    def forward(self, x: Spectrograms) -> Features:
        """Map spectrograms to one feature vector each."""
        return self.conv_5(x).mean(dim=(2, 3))

    def conv_5(self, x: Spectrograms) -> Float[Tensor, "batch dim mel_cells time_cells"]:
        """Map spectrograms to the last layer before pooling, the SVM's input for DCASE (paper 6): 2 x 4 cells."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.through(x, (self.layer1, self.layer2, self.layer3, self.layer4))


def _layer(in_channels: int, out_channels: int, stride: int) -> nn.Sequential:
    downsample = None
    if stride != 1:
        downsample = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
        )
    return nn.Sequential(
        BasicBlock(in_channels, out_channels, stride, downsample), BasicBlock(out_channels, out_channels)
    )
