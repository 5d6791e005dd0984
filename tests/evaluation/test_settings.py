import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.settings import SELAVI, EvaluationSettings, FinetuneSettings
from xdc_lab.settings import settings_table


def test_the_defaults_are_the_papers_and_say_so():
    rows = {row["name"]: row for row in settings_table(EvaluationSettings())}
    assert [rows[name]["value"] for name in ("test_clips", "svm_clips", "long_frames")] == [10, 60, 32]
    assert {rows[name]["source"] for name in ("test_clips", "svm_clips", "long_frames")} == {"paper"}
    assert rows["full.weight_decay"] | {"note": ""} == {
        "name": "full.weight_decay",
        "value": 0.005,
        "default": 0.005,
        "source": "VMZ",
        "note": "",
    }


def test_the_second_reading_has_its_own_rates():
    assert (SELAVI.reading, SELAVI.epochs) == ("SeLaVi", 12)
    assert (SELAVI.learning_rate, SELAVI.head_learning_rate, SELAVI.weight_decay) == (2.5e-4, 2.5e-3, 0.005)


def test_every_number_reaches_the_training_and_nothing_ends_it_early():
    settings = FinetuneSettings(epochs=3, clips_per_epoch=7, optimiser="adamw", warmup_epochs=1.0)
    training = settings.training("fc")
    shared = set(vars(settings)) & set(vars(training))
    assert {name: getattr(training, name) for name in shared} == {name: getattr(settings, name) for name in shared}
    assert set(vars(settings)) - shared == {"reading"}
    assert training.trainable == "fc"


def test_long_clips_change_the_frames_alone():
    settings = EvaluationSettings()
    long = settings.with_long_clips()
    assert (long.video.frames, long.video.frame_rate_hz) == (32, settings.video.frame_rate_hz)
    assert long.audio == settings.audio


def test_values_that_cannot_work_are_refused():
    with pytest.raises(SettingError, match="test_clips=0"):
        EvaluationSettings(test_clips=0)
    with pytest.raises(SettingError, match="optimiser='lion'"):
        FinetuneSettings(optimiser="lion")
