from dataclasses import replace
from pathlib import Path

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.finetuning import DEMO_FULL_VIDEO
from xdc_lab.pretraining.settings import SCALES
from xdc_lab.studies.place import Place
from xdc_lab.studies.scales import evaluation_settings, study_settings


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


@pytest.mark.parametrize("scale", ["tiny", "demo"])
def test_the_rendered_scales_have_one_finetuning_for_every_data_set(scale):
    audio = study_settings(scale).evaluation
    video = replace(audio, full=DEMO_FULL_VIDEO, from_scratch=DEMO_FULL_VIDEO) if scale == "demo" else audio
    for data, settings in ((("UCF101", "video"), video), (("ESC50", "audio"), audio), (("mine", "video"), video)):
        assert evaluation_settings(scale, {}, data=data) == settings


def test_a_study_keeps_each_data_sets_finetuning_but_for_what_was_changed():
    settings = study_settings("paper")
    changed = replace(settings, evaluation=replace(settings.evaluation, test_clips=3))
    place = Place(Path("runs"), "paper", changed)
    ucf101, esc50 = place.evaluation_on(("UCF101", "video")), place.evaluation_on(("ESC50", "audio"))
    assert (ucf101.test_clips, ucf101.full.clips_per_epoch, ucf101.full.reading) == (3, 100_000, "VMZ")
    assert (esc50.test_clips, esc50.full.clips_per_epoch, esc50.full.reading) == (3, 40_000, "ours, after VMZ")
    # A number that was chosen by hand wins, also where it is what most data sets have.
    given = replace(place, given=("full.clips_per_epoch",))
    assert given.evaluation_on(("UCF101", "video")).full.clips_per_epoch == 40_000


def test_a_study_takes_a_reading_where_it_has_numbers():
    settings = study_settings("paper")
    full = replace(settings.evaluation.full, reading="SeLaVi")
    place = Place(Path("runs"), "paper", replace(settings, evaluation=replace(settings.evaluation, full=full)))
    assert place.evaluation_on(("HMDB51", "video")).full.clips_per_epoch == 35_700
    assert place.evaluation_on(("ESC50", "audio")).full.reading == "ours, after VMZ"
    assert place.changes_on(("ESC50", "audio")) == {}
