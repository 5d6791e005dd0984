import pytest

from xdc_lab.errors import SettingError
from xdc_lab.training.settings import TrainSettings, learning_rate_factor


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"optimiser": "lion"}, "optimiser='lion'; allowed: sgd, adamw"),
        ({"schedule": "poly"}, "allowed: plateau, step, cosine, constant"),
        ({"sampling": "class"}, "allowed: items, clusters"),
        ({"trainable": "head"}, "allowed: all, fc"),
        ({"epochs": 0}, "epochs=0; it must be above 0"),
        ({"clips_per_epoch": -1}, "clips_per_epoch=-1"),
        ({"micro_batch": 0}, "micro_batch=0; it must be above 0, or None"),
        ({"global_batch": -8}, "global_batch=-8"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(change, says):
    with pytest.raises(SettingError, match=says):
        TrainSettings(**change)


def test_a_batch_that_cannot_be_shared_out_evenly_is_refused():
    with pytest.raises(SettingError, match="global_batch=30 cannot be shared out evenly among 8 processes"):
        TrainSettings(global_batch=30).clips_per_step(8)


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
