"""Speed of reading training clips at scale paper from files, by the number of workers (paper 4.1)."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from xdc_lab.bench.gpu.agreement import MODALITIES, settings_of
from xdc_lab.bench.gpu.made_videos import make_videos
from xdc_lab.bench.gpu.parts import Conditions
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.loading import load_batches


def speed(conditions: Conditions) -> Mapping[str, Any]:
    """Clips a second that reach the device; workers that have started are not waited for again."""
    settings, device = settings_of(conditions), torch.device(conditions.device)
    size, seconds, rate = conditions.pick(((256, 340), 10.0, 30.0), ((48, 64), 2.4, 10.0))
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        items = make_videos(Path(folder), conditions.pick(16, 4), seconds=seconds, size=size, frame_rate_hz=rate)
        for modality in MODALITIES:
            dataset = ClipDataset(items, modality=modality, video=settings.video, audio=settings.audio)
            for workers in conditions.pick((0, 4, 12), (0, 1)):
                batches = _batches(len(items), conditions.pick(16, 4), conditions.pick(4 + 4 * workers, 3))
                feed = load_batches(dataset, batches, device=device, workers=workers)
                next(feed)
                started = time.monotonic()
                clips = sum(len(batch) for batch in feed)
                found[f"{modality}, {workers} workers"] = round(clips / (time.monotonic() - started), 1)
    return found


def _batches(items: int, size: int, count: int) -> list[list[ClipKey]]:
    return [[ClipKey((size * number + place) % items, number) for place in range(size)] for number in range(count)]
