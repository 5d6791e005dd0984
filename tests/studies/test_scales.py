import pytest

from xdc_lab.errors import SettingError
from xdc_lab.pretraining.settings import SCALES
from xdc_lab.studies.scales import study_settings


@pytest.mark.parametrize("scale", SCALES)
def test_an_evaluation_sees_the_clips_that_the_pretraining_saw(scale):
    settings = study_settings(scale)
    assert settings.pretraining == SCALES[scale]
    assert settings.evaluation.video == settings.pretraining.video
    assert settings.evaluation.audio == settings.pretraining.audio
    assert settings.evaluation.store_grid_hz == settings.pretraining.store_grid_hz
    assert settings.evaluation.long_frames > settings.pretraining.video.frames


def test_long_demo_clips_fit_into_the_shortest_demo_video():
    assert study_settings("demo").evaluation.with_long_clips().video.seconds <= 2.4


def test_paper_scale_is_the_papers():
    settings = study_settings("paper")
    assert settings.ks == (64, 128, 256, 512, 1024)
    assert settings.sizes == (1_000_000, 16_000_000, None)
    assert (settings.evaluation.test_clips, settings.evaluation.svm_clips) == (10, 60)


def test_an_unknown_scale_is_an_error():
    with pytest.raises(SettingError, match="tiny, demo, paper"):
        study_settings("huge")
