import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.settings import settings_table


def test_the_defaults_are_the_papers_and_say_so():
    rows = {row["name"]: row for row in settings_table(EvaluationSettings())}
    assert [rows[name]["value"] for name in ("test_clips", "svm_clips", "long_frames")] == [10, 60, 32]
    assert {rows[name]["source"] for name in ("test_clips", "svm_clips", "long_frames")} == {"paper"}
    assert rows["full.weight_decay"] == {
        "name": "full.weight_decay",
        "value": 0.005,
        "default": 0.005,
        "source": "ours",
        "note": "as VMZ finetunes videos",
    }


def test_long_clips_change_the_frames_alone():
    settings = EvaluationSettings()
    long = settings.with_long_clips()
    assert (long.video.frames, long.video.frame_rate_hz) == (32, settings.video.frame_rate_hz)
    assert long.audio == settings.audio


def test_values_that_cannot_work_are_refused():
    with pytest.raises(SettingError, match="test_clips=0"):
        EvaluationSettings(test_clips=0)
