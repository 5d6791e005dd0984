"""Settings that make an evaluation take a second."""

from dataclasses import replace

import pytest

from xdc_lab.evaluation.finetuning import DEMO_FC, DEMO_FULL
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.media.clip_settings import VideoClipSettings


@pytest.fixture(scope="session")
def quick() -> EvaluationSettings:
    return EvaluationSettings(
        test_clips=3,
        svm_clips=2,
        long_frames=6,
        store_grid_hz=10.0,
        full=replace(DEMO_FULL, epochs=2, batch_size=16),
        fc_only=replace(DEMO_FC, epochs=2, batch_size=16),
        video=VideoClipSettings(frames=4, frame_rate_hz=2.5, short_side_px=32, crop_px=28),
    )
