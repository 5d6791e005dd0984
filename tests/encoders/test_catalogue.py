"""Every encoder of the table keeps one contract."""

import pytest
import torch

from xdc_lab.encoders.catalogue import ENCODERS, build_encoder
from xdc_lab.errors import SettingError
from xdc_lab.settings import SOURCES

INPUTS = {"video": (3, 4, 24, 24), "audio": (1, 40, 100)}


def batch(modality: str, *, seed: int = 0, items: int = 2) -> torch.Tensor:
    return torch.randn(items, *INPUTS[modality], generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=ENCODERS)
def encoder(request):
    return build_encoder(request.param, width=8, seed=1)


def test_features_have_eight_times_the_width(encoder):
    features = encoder(batch(encoder.modality))
    assert features.shape == (2, encoder.feature_dim) == (2, 64)
    assert ENCODERS[encoder.name].modality == encoder.modality
    assert features.isfinite().all()


def test_different_clips_have_different_features(encoder):
    one, other = encoder.eval()(batch(encoder.modality))
    assert not torch.allclose(one, other)


def test_every_weight_gets_a_gradient(encoder):
    encoder(batch(encoder.modality)).square().sum().backward()
    without = [name for name, weight in encoder.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not without


def test_there_is_no_head(encoder):
    assert not [name for name in encoder.state_dict() if name.startswith("fc")]


def test_the_source_is_a_known_one(encoder):
    assert ENCODERS[encoder.name].source in SOURCES


@pytest.mark.parametrize("name", ENCODERS)
def test_a_seed_is_a_network(name):
    first, same, other = (build_encoder(name, width=8, seed=seed).state_dict() for seed in (5, 5, 6))
    convolutions = [key for key, tensor in first.items() if tensor.ndim > 1]
    assert all(torch.equal(first[key], same[key]) for key in first)
    assert not any(torch.equal(first[key], other[key]) for key in convolutions)


def test_building_leaves_the_global_generator_alone():
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    build_encoder("audio_resnet_18", width=8, seed=9)
    assert torch.equal(torch.rand(4), expected)


def test_weights_are_drawn_by_fan_out():
    encoder = build_encoder("resnet3d_18", width=16, seed=0)
    weight = encoder.state_dict()["layer4.1.conv2.0.weight"]
    assert weight.std().item() == pytest.approx((2 / (weight.shape[0] * 27)) ** 0.5, rel=0.02)


def test_an_unknown_encoder_lists_the_known_ones():
    with pytest.raises(SettingError, match="'r2plus1d'; there are r2plus1d_18, resnet3d_18"):
        build_encoder("r2plus1d")


def test_no_width_is_an_error():
    with pytest.raises(SettingError, match="width 0"):
        build_encoder("r2plus1d_18", width=0)
