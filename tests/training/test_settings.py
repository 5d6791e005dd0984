import pytest

from xdc_lab.errors import SettingError
from xdc_lab.training.settings import TrainSettings


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
