"""Clips of sound that no file holds: a training on them is a matter of milliseconds."""

import numpy as np
import pandas as pd
import pytest
import torch

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.media.clip_settings import VideoClipSettings
from xdc_lab.media.inputs import model_input
from xdc_lab.training.loop import Task


class Noise:
    """A store of noise, another for each item."""

    grid_hz = 10.0
    holds: tuple[str, ...] = ("video", "audio")

    def frames(self, index, offsets_seconds):
        raise NotImplementedError("sound alone")

    def sound(self, index, offset_seconds, audio):
        return torch.randn(audio.samples, generator=torch.Generator().manual_seed(index))


@pytest.fixture
def noise() -> Task:
    """To learn which half of the items a noise is of."""
    seconds = {"start_seconds": 0.0, "end_seconds": np.nan, "duration_seconds": 2.0}
    items = pd.DataFrame([{"path": f"{row}.mp4", **seconds} for row in range(60)])
    return Task(
        dataset=ClipDataset(items, modality="audio", video=VideoClipSettings(frame_rate_hz=10.0), store=Noise()),
        prepare=model_input("audio"),
        targets={"label": np.arange(60) // 30},
        classes={"label": 2},
        train_rows=np.arange(0, 60, 2),
        held_out_rows=np.arange(1, 60, 2),
    )
