"""The video backbones against torchvision's: the same names, and the same numbers where they are built alike."""

import pytest
import torch
from torch import nn
from torchvision.models import video as torchvision_video
from torchvision.models.video.resnet import BasicBlock, Conv2Plus1D, R2Plus1dStem, VideoResNet

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.convolutions import mid_planes


class MidPlanesPerConvolution(Conv2Plus1D):
    """torchvision's convolution with the released weights' mid-planes in place of the block's."""

    def __init__(self, in_planes: int, out_planes: int, midplanes: int, stride: int = 1, padding: int = 1):
        super().__init__(in_planes, out_planes, mid_planes(in_planes, out_planes), stride, padding)


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    return torch.randn(2, 3, 8, 32, 32, generator=torch.Generator().manual_seed(0))


def agree(oracle: nn.Module, name: str, clips: torch.Tensor, *, eps: float) -> None:
    """Same names, and bit for bit the same features in evaluation and in training."""
    oracle.fc = nn.Identity()
    for module in oracle.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.eps = eps
    encoder = build_encoder(name, seed=0).to(memory_format=torch.contiguous_format)  # as the oracle
    oracle.load_state_dict(encoder.state_dict(), strict=True)
    with torch.no_grad():
        for training in (True, False):  # training first: it changes the running statistics that evaluation uses
            expected, features = oracle.train(training)(clips), encoder.train(training)(clips)
            torch.testing.assert_close(features, expected, rtol=1e-5, atol=1e-6)


def test_resnet3d_18_is_torchvisions(clips):
    agree(torchvision_video.r3d_18(weights=None), "resnet3d_18", clips, eps=1e-5)


def test_r2plus1d_18_is_torchvisions_but_for_the_mid_planes(clips):
    oracle = VideoResNet(BasicBlock, [MidPlanesPerConvolution] * 4, [2, 2, 2, 2], R2Plus1dStem)
    agree(oracle, "r2plus1d_18", clips, eps=1e-3)


def test_three_convolutions_are_wider_than_torchvisions():
    ours = build_encoder("r2plus1d_18").state_dict()
    theirs = torchvision_video.r2plus1d_18(weights=None).state_dict()
    assert set(theirs) - set(ours) == {"fc.weight", "fc.bias"}
    assert set(ours) <= set(theirs)
    different = {
        name: (len(theirs[name]), len(ours[name]))
        for name in ours
        if name.endswith("conv2.0.0.weight") and theirs[name].shape != ours[name].shape
    }
    assert different == {
        "layer2.0.conv2.0.0.weight": (230, 288),
        "layer3.0.conv2.0.0.weight": (460, 576),
        "layer4.0.conv2.0.0.weight": (921, 1152),
    }


def test_mid_planes_match_the_weight_of_a_whole_convolution():
    for channels in ((64, 64), (64, 128), (16, 32)):
        one, other = channels
        middle = mid_planes(one, other)
        assert middle * (9 * one + 3 * other) <= 27 * one * other < (middle + 1) * (9 * one + 3 * other)


def test_the_released_networks_batch_norm():
    norms = [module for module in build_encoder("r2plus1d_18", width=8).modules() if isinstance(module, nn.BatchNorm3d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.1)}


@pytest.mark.parametrize("name", ["r2plus1d_18", "resnet3d_18"])
def test_what_is_left_of_a_clip(name):
    encoder, left = build_encoder(name, width=8).eval(), {}
    for layer in ("stem", "layer1", "layer2", "layer3", "layer4"):
        encoder.get_submodule(layer).register_forward_hook(lambda _, __, out, layer=layer: left.update({layer: out}))
    encoder(torch.zeros(1, 3, 8, 40, 40))
    assert [tuple(out.shape[2:]) for out in left.values()] == [
        (8, 20, 20),
        (8, 20, 20),
        (4, 10, 10),
        (2, 5, 5),
        (1, 3, 3),
    ]


def test_the_small_network_has_half_the_blocks():
    blocks = [name for name, _ in build_encoder("r2plus1d_10", width=8).named_modules() if name.count(".") == 1]
    assert [name for name in blocks if name.startswith("layer")] == [f"layer{layer}.0" for layer in (1, 2, 3, 4)]
