"""Plan where each item lies in a decoded store, and how large the store gets."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Int
from torch import Tensor

from xdc_lab.datasets.item_spans import ItemSpans, item_spans
from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import resized_size
from xdc_lab.media.log_mel_cells import LogMelCells


@dataclass(frozen=True)
class StoredItem:
    """Where an item lies in the two files, in bytes."""

    path: str
    start_seconds: float
    duration_seconds: float
    frames: int
    height: int
    width: int
    samples: int
    sound_bytes: int
    frames_at: int
    sound_at: int


@dataclass(frozen=True, eq=False)
class StorePlan:
    """What a store will hold, known before anything is decoded.

    Attributes:
        grid_hz: instants per second, of which each has a frame, and at which a clip may begin.
        short_side_px: of the frames.
        audio: the clips whose log-mels are stored.
        spans: the items.
        layout: of each its frames, height, width, samples and bytes of sound, and where frames and sound begin.
        frames_bytes: size of the file of frames.
        sound_bytes: size of the file of sound.
    """

    grid_hz: float
    short_side_px: int
    audio: AudioClipSettings
    spans: ItemSpans
    layout: Int[Tensor, "items 7"]
    frames_bytes: int
    sound_bytes: int

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, index: int) -> StoredItem:
        span = self.spans[index]
        layout = self.layout.numpy()[index].tolist()
        return StoredItem(span.path, span.start_seconds, span.duration_seconds, *layout)

    @property
    def cells(self) -> LogMelCells | None:
        """How log-mels lie in the store; None: clips from the grid have none, and it holds the sound itself."""
        return LogMelCells.on_grid(self.audio, self.grid_hz)

    def about(self) -> dict[str, Any]:
        """The plan in plain values, with a digest of the items."""
        digest = hashlib.sha256()
        for array in (*self.spans.arrays(), self.layout.numpy()):
            digest.update(array.tobytes())
        settings = {"grid_hz": self.grid_hz, "short_side_px": self.short_side_px, "audio": asdict(self.audio)}
        return settings | {"items": len(self), "items_sha256": digest.hexdigest()}

    def name(self) -> str:
        """Sixteen letters that stand for the plan."""
        return hashlib.sha256(json.dumps(self.about(), sort_keys=True).encode()).hexdigest()[:16]

    def __str__(self) -> str:
        """The size in words."""
        total = (self.frames_bytes + self.sound_bytes) / 1e6
        sound = f"sound at {self.audio.sample_rate_hz} Hz" if self.cells is None else "log-mels"
        return (
            f"decoded store: {len(self)} items, {self.grid_hz:g} frames/s at a short side of "
            f"{self.short_side_px} px and {sound}: {total:.0f} MB"
        )


def plan_store(items: pd.DataFrame, *, grid_hz: float, video: VideoClipSettings, audio: AudioClipSettings) -> StorePlan:
    """Lay out every item.

    Raises:
        SettingError: if the grid is not positive.
        DataError: if the items were not checked.
    """
    if not grid_hz > 0:
        raise SettingError(f"a grid of {grid_hz} Hz holds no instants; give a rate above 0")
    spans = item_spans(items)
    heights, widths, rates = (items[name].to_numpy(float) for name in ("height_px", "width_px", "sample_rate_hz"))
    seconds, seen = spans.durations_seconds, heights > 0
    frames = np.where(seen, np.maximum(1, np.ceil(seconds * grid_hz - 1e-6)), 0).astype(np.int64)
    samples = np.where(rates > 0, np.rint(seconds * audio.sample_rate_hz), 0).astype(np.int64)
    shapes, own = np.unique(np.stack([heights, widths], axis=1)[seen], axis=0, return_inverse=True)
    resized = [resized_size(height, width, video.short_side_px) for height, width in shapes.tolist()]
    cells = LogMelCells.on_grid(audio, grid_hz)
    layout = np.zeros((len(spans), 7), dtype=np.int64)
    layout[:, 0], layout[:, 3] = frames, samples
    layout[seen, 1:3] = np.array(resized).reshape(-1, 2)[own.ravel()]
    layout[:, 4] = 2 * samples if cells is None else cells.of_sound(samples) * cells.cell_bytes
    sizes = np.stack([3 * layout[:, :3].prod(axis=1), layout[:, 4]], axis=1)
    layout[:, 5:] = sizes.cumsum(axis=0) - sizes
    return StorePlan(
        float(grid_hz), video.short_side_px, audio, spans, torch.from_numpy(layout), *sizes.sum(axis=0).tolist()
    )
