import pytest

from xdc_lab.errors import SettingError
from xdc_lab.pretraining.settings import PretrainSettings


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"iterations": 0}, "iterations=0; at least 1"),
        ({"held_out_fraction": 1.0}, r"held_out_fraction=1.0; it must be in \[0, 1\)"),
        ({"video_k": 1}, "video_k=1; a clustering has at least 2 clusters"),
        ({"audio_k": 0}, "audio_k=0; a clustering has at least 2 clusters"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(change, says):
    with pytest.raises(SettingError, match=says):
        PretrainSettings(**change)
