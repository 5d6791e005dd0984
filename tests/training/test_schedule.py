"""The learning rate step by step."""

import pytest

from xdc_lab.training.schedule import learning_rate_factor
from xdc_lab.training.settings import TrainSettings


def test_steps_follow_the_warm_up():
    settings = TrainSettings(warmup_epochs=2, step_epochs=3, step_factor=0.1, schedule="step")
    factors = [learning_rate_factor(settings, step=step, steps_per_epoch=10) for step in range(100)]
    assert factors[:20] == [pytest.approx((step + 1) / 20) for step in range(20)]
    assert factors[20:50] == [1.0] * 30
    assert factors[50:80] == [pytest.approx(0.1)] * 30
    assert factors[80] == pytest.approx(0.01)


def test_cosine_ends_near_zero():
    settings = TrainSettings(epochs=5, warmup_epochs=0, schedule="cosine")
    factors = [learning_rate_factor(settings, step=step, steps_per_epoch=10) for step in range(50)]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] == 1.0
    assert factors[-1] < 0.01
