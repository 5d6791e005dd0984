from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.items import make_items
from xdc_lab.evaluation.clips import over_uniform_clips, video_level
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.runs.execution import Execution


class Clock:
    """A store whose sound at t seconds of item i is the number t + 100 i, so that a clip tells where it began."""

    grid_hz = 30.0
    holds: tuple[str, ...] = ("video", "audio")

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> torch.Tensor:
        raise NotImplementedError

    def sound(self, index: int, offset_seconds: float, audio: AudioClipSettings) -> torch.Tensor:
        return torch.full((audio.samples,), offset_seconds + 100 * index)


class Start(nn.Module):
    """Where a clip began."""

    def forward(self, raw: torch.Tensor) -> torch.Tensor:
        return raw[:, :1]


class Opinion(nn.Module):
    """Two clips of five are sure of class 0, three lean a little to class 1."""

    def forward(self, raw: torch.Tensor) -> torch.Tensor:
        sure = raw[:, 0] < 4.0
        return torch.where(sure[:, None], torch.tensor([[0.9, 0.1]]), torch.tensor([[0.45, 0.55]]))


def sounds(count: int, seconds: float) -> ClipDataset:
    rows = {"path": [f"{row}.wav" for row in range(count)], "duration_seconds": [seconds] * count}
    return ClipDataset(make_items(pd.DataFrame(rows)), modality="audio", store=Clock())


def run(network: nn.Module, rows: list[int], clips: int, seconds: float) -> np.ndarray:
    return over_uniform_clips(
        network,
        sounds(3, seconds),
        np.array(rows),
        clips=clips,
        prepare=nn.Identity(),
        execution=Execution(device="cpu", progress=False),
    )


def test_clips_are_spread_from_the_beginning_to_the_end():
    starts = run(Start(), [2, 0], 5, 10.0)[:, :, 0]
    assert starts.tolist() == [[200.0, 202.0, 204.0, 206.0, 208.0], [0.0, 2.0, 4.0, 6.0, 8.0]]


def test_ten_clips_of_the_paper():
    starts = run(Start(), [0], 10, 11.0)[0, :, 0]
    assert starts == pytest.approx(np.arange(10))


def test_probabilities_are_averaged_and_not_votes():
    probabilities = run(Opinion(), [0], 5, 10.0)
    votes = np.bincount(probabilities[0].argmax(axis=1))
    assert votes.tolist() == [2, 3]
    average = video_level(probabilities)
    assert average[0] == pytest.approx([(2 * 0.9 + 3 * 0.45) / 5, (2 * 0.1 + 3 * 0.55) / 5])
    assert average.argmax(axis=1).tolist() == [0]


def test_probabilities_are_averaged_and_not_logits():
    logits = torch.tensor([[[12.0, 0.0], [0.0, 2.0], [0.0, 2.0], [0.0, 2.0]]])
    assert logits.mean(1).argmax(1).item() == 0
    assert video_level(logits.softmax(-1).numpy()).argmax(axis=1).tolist() == [1]


def test_what_has_more_axes_is_flattened():
    class Cells(nn.Module):
        def forward(self, raw: torch.Tensor) -> torch.Tensor:
            return raw[:, :8].reshape(-1, 2, 2, 2)

    assert run(Cells(), [0, 1], 3, 10.0).shape == (2, 3, 8)
