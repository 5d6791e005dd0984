"""Make small videos to read: moving colours and a tone, written as real MP4 files."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.items import make_items
from xdc_lab.media.writer import write_video

RATE_HZ = 16_000


def make_videos(
    folder: Path, count: int, *, seconds: float, size: tuple[int, int], frame_rate_hz: float
) -> pd.DataFrame:
    """Write so many files, each of another hue and pitch, and give their items, checked."""
    paths = [folder / f"{number:03d}.mp4" for number in range(count)]

    def write(number: int) -> None:
        frames, waveform = _clip(number, seconds, size, frame_rate_hz)
        write_video(paths[number], frames, frame_rate_hz=frame_rate_hz, waveform=waveform, sample_rate_hz=RATE_HZ)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(count)))
    items = make_items(pd.DataFrame({"path": [str(path) for path in paths]}))
    return check_items(items, workers=1, progress=False).usable


def _clip(number: int, seconds: float, size: tuple[int, int], rate: float) -> tuple[np.ndarray, np.ndarray]:
    height, width = size
    generator = np.random.default_rng(number)
    hue, pitch_hz = generator.uniform(0, 255, 3), 200 * 2 ** generator.uniform(0, 4)
    rows, columns = np.mgrid[0:height, 0:width]
    frames = np.empty((round(seconds * rate), height, width, 3), dtype=np.uint8)
    for index, frame in enumerate(frames):
        wave = 0.5 + 0.5 * np.sin((rows + columns) / 9 + index / 3 + number)
        frame[:] = (wave[..., None] * hue).astype(np.uint8)
        frame += generator.integers(0, 24, (height, width, 1), dtype=np.uint8)
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    waveform = 0.4 * np.sin(2 * np.pi * pitch_hz * times) + 0.02 * generator.standard_normal(len(times))
    return frames, waveform.astype(np.float32)
