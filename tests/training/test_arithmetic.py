"""Options of how a training computes change how, not what, and leave nothing behind."""

from dataclasses import replace

import pytest
import torch

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.runs.execution import Execution
from xdc_lab.training.arithmetic import compiled, float32_products, peak_bytes
from xdc_lab.training.loop import train
from xdc_lab.training.settings import TrainSettings

QUIET = Execution(device="cpu", progress=False)
SETTINGS = TrainSettings(epochs=2, batch_size=10, optimiser="adamw", learning_rate=1e-3, schedule="constant")


def trained(task, settings):
    encoder = build_encoder("audio_resnet_18", width=2, seed=1)
    return encoder, train(encoder, task, settings=settings, execution=QUIET).records


def test_tf32_is_for_this_training_alone():
    before = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    for precision, products, convolutions in (("tf32", "high", True), ("fp32", "highest", False)):
        with float32_products(TrainSettings(precision=precision)):
            assert torch.get_float32_matmul_precision() == products
            assert torch.backends.cudnn.allow_tf32 is convolutions
        assert (torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32) == before


def test_tf32_gives_the_training_without_it(noise):
    plain, records = trained(noise, SETTINGS)
    encoder, others = trained(noise, replace(SETTINGS, precision="tf32"))
    assert [row["loss"] for row in others] == pytest.approx([row["loss"] for row in records], rel=1e-3)
    for name, tensor in plain.state_dict().items():
        torch.testing.assert_close(encoder.state_dict()[name], tensor, rtol=1e-2, atol=2e-3)


def test_bf16_learns_what_fp32_does(noise):
    losses = [trained(noise, replace(SETTINGS, precision=precision))[1][-1]["loss"] for precision in ("fp32", "bf16")]
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


def test_a_compiled_model_has_the_weights_of_the_model_and_its_outputs():
    """Of a plain one: the compiler cannot read the checks of shapes that tests put around our encoders."""
    model, batch = torch.nn.Linear(3, 2), torch.ones(4, 3)
    ours = compiled(model, TrainSettings(compile="eager"))
    assert ours is not model
    assert torch.equal(ours(batch), model(batch))
    ours(batch).sum().backward()
    assert model.weight.grad is not None


def test_what_was_not_asked_for_is_left_alone():
    model = torch.nn.Linear(2, 2)
    assert compiled(model, TrainSettings()) is model
    assert peak_bytes(torch.device("cpu")) is None
