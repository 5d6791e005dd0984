"""A training reads what its steps came to every ten steps, and what it then finds is what each step came to."""

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import TrainingError
from xdc_lab.runs.execution import Execution
from xdc_lab.training import loop
from xdc_lab.training.loop import train
from xdc_lab.training.settings import TrainSettings
from xdc_lab.training.tally import READ_EVERY, Tally

QUIET = Execution(device="cpu", progress=False)
ONE_BY_ONE = TrainSettings(epochs=1, batch_size=1, learning_rate=1e-3, warmup_epochs=0.0, schedule="constant")


class Waits(TorchDispatchMode):
    """Counts what makes a process wait for its GPU: a number, or a tensor, that is to be known here."""

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        packet = func.overloadpacket.__name__
        seed = packet == "_local_scalar_dense" and args[0].dtype == torch.int64  # of PyTorch's loader, on the host
        self.count += not seed and packet in {"_local_scalar_dense", "is_nonzero", "equal", "nonzero", "masked_select"}
        return func(*args, **(kwargs or {}))


@pytest.fixture
def waits(monkeypatch):
    """Those that are operators, and those that are methods of a tensor."""
    found = Waits()
    for name in ("tolist", "cpu"):
        real = getattr(torch.Tensor, name)

        def counted(tensor, real=real):
            found.count += 1
            return real(tensor)

        monkeypatch.setattr(torch.Tensor, name, counted)
    return found


def test_the_counter_counts(waits):
    with waits:
        number = torch.ones(1) + 1
        assert number > 0  # __bool__
        assert float(number) + number.item() + sum(number.tolist()) == 6
    assert waits.count == 4


@pytest.mark.parametrize("micro_batch", [None, 1])
def test_a_training_waits_for_its_device_once_in_ten_steps(noise, waits, micro_batch):
    """30 steps and 15 held-out batches: 3 readings, 2 more, and the counts of the predictions."""
    settings = replace(ONE_BY_ONE, batch_size=2, clips_per_epoch=60, micro_batch=micro_batch)
    encoder = build_encoder("audio_resnet_18", width=1, seed=1)
    with waits:
        train(encoder, noise, settings=settings, execution=QUIET)
    assert waits.count == 3 + 2 + 1


def test_the_step_whose_loss_is_not_finite_is_named(noise, monkeypatch):
    """It is the 14th; the loop sees it with the 20th, and says which it was."""
    real, calls = loop.summed_loss, []

    def failing(logits, targets):
        calls.append(1)
        return real(logits, targets) * (float("nan") if len(calls) == 14 else 1.0)

    monkeypatch.setattr(loop, "summed_loss", failing)
    with pytest.raises(TrainingError, match="the loss became nan in epoch 1, step 14;"):
        train(build_encoder("audio_resnet_18", width=1, seed=1), noise, settings=ONE_BY_ONE, execution=QUIET)
    assert len(calls) == 14 + (-14 % READ_EVERY)


def test_what_is_read_is_what_was_added_step_by_step():
    tally = Tally()
    tally.add((2, torch.tensor(0.1), torch.tensor(1.0)), (1, torch.tensor(0.7), torch.tensor(0.5)))
    tally.add((3, torch.tensor(0.3), torch.tensor(2.0)))
    tenth, seventh, third = (torch.tensor(value).item() for value in (0.1, 0.7, 0.3))
    assert len(tally) == 2
    assert tally.read() == ([2 * tenth + seventh, 3 * third], [1.5, 2.0])
    assert tally.read() == ([], [])
