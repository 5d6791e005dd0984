"""Three untrimmed films with two kinds of moments, and windows that a test can compute by hand."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.segments import LocalizationSet, make_segments, spans
from xdc_lab.evaluation.localization.settings import WindowSettings
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.writer import write_video

RATE_HZ, SECONDS = 10.0, 12.0
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
SEGMENTS = (
    ("one", "train", "red", 1.0, 4.0),
    ("one", "train", "blue", 6.0, 9.0),
    ("two", "train", "blue", 2.0, 5.0),
    ("two", "train", "red", 7.0, 11.0),
    ("three", "test", "red", 2.0, 5.0),
    ("three", "test", "blue", 7.0, 10.0),
)


def write_film(path: Path, rows: pd.DataFrame, *, seed: int, sound: bool = True) -> Path:
    """Dim noise, coloured where a segment is."""
    generator = np.random.default_rng(seed)
    frames = generator.integers(60, 120, (round(SECONDS * RATE_HZ), 32, 40, 3)).astype(np.uint8)
    for row in spans(rows):
        part = slice(round(row.start_seconds * RATE_HZ), round(row.end_seconds * RATE_HZ))
        frames[part] = frames[part] // 4 + np.array(COLOURS[row.label]) * 3 // 4
    waveform = generator.normal(0, 0.1, round(SECONDS * 16_000)).astype(np.float32) if sound else None
    write_video(path, frames, frame_rate_hz=RATE_HZ, waveform=waveform)
    return path


@pytest.fixture(scope="session")
def windows() -> WindowSettings:
    """A window every half second."""
    video = VideoClipSettings(frames=2, frame_rate_hz=5.0, short_side_px=24, crop_px=20)
    return WindowSettings(5, 8, video, AudioClipSettings(seconds=1.0))


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> LocalizationSet:
    """Three films; the last one has no sound."""
    folder = tmp_path_factory.mktemp("films")
    names = ["video", "split", "label", "start_seconds", "end_seconds"]
    segments, _ = make_segments(pd.DataFrame(SEGMENTS, columns=names))
    paths = [
        write_film(folder / f"{name}.mp4", segments[segments["video"] == name], seed=seed, sound=name != "three")
        for seed, name in enumerate(("one", "two", "three"))
    ]
    videos = pd.DataFrame({"path": map(str, paths), "split": ["train", "train", "test"]})
    videos["video"] = [path.stem for path in paths]
    return LocalizationSet(make_items(videos), segments, segments[:0], {"blue": 1, "red": 2})
