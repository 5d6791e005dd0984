"""The smallest study that runs every stage."""

from dataclasses import replace

import pytest

from xdc_lab.studies.scales import StudySettings, study_settings


@pytest.fixture(scope="session")
def smallest() -> StudySettings:
    settings = study_settings("tiny")
    pretraining = replace(
        settings.pretraining,
        iterations=1,
        video_encoder="r2plus1d_10",
        held_out_fraction=0.0,
        kmeans=replace(settings.pretraining.kmeans, k=4),
    )
    evaluation = replace(settings.evaluation, test_clips=2, svm_clips=2)
    return replace(settings, pretraining=pretraining, evaluation=evaluation, ks=(2, 4), sizes=(16, None))
