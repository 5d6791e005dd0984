"""Clips side by side: pictures where there are some, a reason where not."""

import numpy as np
import pandas as pd

from xdc_lab.analysis.palette import SHADE
from xdc_lab.analysis.pictures.clip_row import CAPTION, FRAME, GAP, LOG_MEL, clip_row
from xdc_lab.datasets.items import make_items
from xdc_lab.media.writer import write_video


def test_a_clip_is_its_frame_above_its_log_mel(tmp_path):
    red = np.zeros((20, 48, 64, 3), dtype=np.uint8)
    red[..., 0] = 250
    sound = np.random.default_rng(0).normal(0, 0.2, 32_000)
    write_video(tmp_path / "red.mp4", red, frame_rate_hz=10.0, waveform=sound)
    paths = [str(tmp_path / "red.mp4"), str(tmp_path / "gone.mp4")]
    items = make_items(pd.DataFrame({"path": paths, "duration_seconds": 2.0}))
    row = clip_row(items)
    assert row.size == (GAP + 2 * (FRAME[0] + GAP), GAP + FRAME[1] + 3 + LOG_MEL[1] + CAPTION)
    pixel = row.getpixel((GAP + 100, GAP + 80))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 200 > 60 > pixel[1]
    heard = np.asarray(row)[GAP + FRAME[1] + 3 :][: LOG_MEL[1], GAP : GAP + LOG_MEL[0]]
    assert heard.std() > 10
    gone = row.getpixel((GAP + FRAME[0] + GAP + 3, GAP + 3))
    assert gone == tuple(int(SHADE[i : i + 2], 16) for i in (1, 3, 5))
