"""The audio backbone against torchvision's ResNet-18."""

import torch
import torchvision
from torch import nn

from xdc_lab.encoders.audio_resnet import AudioResNet
from xdc_lab.encoders.catalogue import build_encoder


def spectrograms() -> torch.Tensor:
    return torch.randn(2, 1, 40, 100, generator=torch.Generator().manual_seed(0))


def test_it_is_torchvisions_resnet_18_with_one_input_channel():
    oracle = torchvision.models.resnet18(weights=None)
    oracle.conv1 = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
    oracle.fc = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    encoder = build_encoder("audio_resnet_18", seed=0).to(memory_format=torch.contiguous_format)  # as the oracle
    oracle.load_state_dict(encoder.state_dict(), strict=True)
    with torch.no_grad():
        for training in (True, False):
            expected = oracle.train(training)(spectrograms())
            torch.testing.assert_close(encoder.train(training)(spectrograms()), expected, rtol=1e-5, atol=1e-6)


def test_conv_5_is_what_is_pooled():
    encoder = AudioResNet("audio_resnet_18", width=8).eval()
    cells = encoder.conv_5(spectrograms())
    assert cells.shape == (2, 64, 2, 4)
    torch.testing.assert_close(encoder(spectrograms()), cells.mean(dim=(2, 3)))


def test_what_is_left_of_a_spectrogram():
    encoder = AudioResNet("audio_resnet_18", width=8).eval()
    x = encoder.maxpool(encoder.conv1(spectrograms()))
    sizes = [tuple(x.shape[2:])]
    for layer in (encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4):
        x = layer(x)
        sizes.append(tuple(x.shape[2:]))
    assert sizes == [(10, 25), (10, 25), (5, 13), (3, 7), (2, 4)]
