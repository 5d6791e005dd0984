"""A few small films, and one file of each kind that cannot be used."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.folder import load_folder
from xdc_lab.media.writer import write_video


def write_film(path: Path, *, seconds: float = 3.0, rate: float = 25.0, seed: int = 0, height: int = 48) -> Path:
    """Moving noise and sound: no two moments are alike."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 255, (round(seconds * rate), 6, 8, 3)).astype(np.uint8)
    frames = coarse.repeat(height // 6, axis=1).repeat(8, axis=2)
    sound = generator.normal(0, 0.1, round(seconds * 16_000)).astype(np.float32)
    write_video(path, frames, frame_rate_hz=rate, waveform=sound)
    return path


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two class folders; one film is shorter than a clip of sound, one is upright."""
    folder = tmp_path_factory.mktemp("films")
    write_film(folder / "dogs" / "one.mp4", seed=1)
    write_film(folder / "dogs" / "two.mp4", seed=2, rate=30.0, seconds=2.5)
    write_film(folder / "bells" / "short one.mp4", seed=3, seconds=1.3)
    write_film(folder / "bells" / "upright.mp4", seed=4, height=96)
    return folder


@pytest.fixture(scope="session")
def items(films: Path) -> pd.DataFrame:
    """The films, checked: two bells, then two dogs."""
    return check_items(load_folder(films), progress=False).usable
