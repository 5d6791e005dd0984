"""Random encoders are drawn as the sources draw them: He normal (paper 3.1; torchvision)."""

import math

import pytest
import torch
from torch import nn

from xdc_lab.encoders.catalogue import ENCODERS, build_encoder


@pytest.mark.parametrize("name", ENCODERS)
def test_convolutions_are_drawn_by_he(name):
    """A normal distribution of variance 2 / fan-out: what a layer passes on has the size of what it gets."""
    encoder = build_encoder(name, width=16, seed=3)
    checked = 0
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d) and module.weight.numel() > 5_000:
            fan_out = module.out_channels * math.prod(module.kernel_size)
            weights = module.weight.detach()
            assert weights.std().item() == pytest.approx(math.sqrt(2 / fan_out), rel=0.05)
            assert abs(weights.mean().item()) < 0.05 * weights.std().item()
            # Uniform weights end at 1.7 standard deviations; of normal ones, 8 in 100 lie beyond.
            beyond = (weights.abs() > 1.75 * weights.std()).float().mean().item()
            assert beyond == pytest.approx(0.080, abs=0.02)
            checked += 1
    assert checked >= 4
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d)]
    assert norms and all((norm.weight == 1).all() and (norm.bias == 0).all() for norm in norms)


@pytest.mark.parametrize("name", ENCODERS)
def test_activations_computed_again_give_the_same_gradients_and_statistics(name):
    """Only less is kept for the way back; computing again must not move BatchNorm's statistics a second time."""
    shape = (2, 1, 40, 100) if "audio" in name else (2, 3, 4, 32, 32)
    batch = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    kept: list[int] = []
    encoders = []
    for again in (False, True):
        encoder = build_encoder(name, width=4, seed=3).train()
        encoder.checkpoint_activations = again
        kept.append(0)

        def count(tensor):
            kept[-1] += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            loss = encoder(batch).square().sum()
        loss.backward()
        encoders.append(encoder)
    plain, again = encoders
    assert all(torch.equal(value, again.state_dict()[key]) for key, value in plain.state_dict().items())
    gradients = [[parameter.grad for parameter in encoder.parameters()] for encoder in encoders]
    assert all(torch.equal(one, other) for one, other in zip(*gradients, strict=True))
    assert kept[1] < 0.5 * kept[0]
