"""Plan where each item lies in a decoded store, and how large the store gets."""

from dataclasses import dataclass

import pandas as pd

from xdc_lab.datasets.clips import ItemSpans
from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import resized_size


@dataclass(frozen=True)
class StoredItem:
    """Where an item lies in the two files."""

    path: str
    start_seconds: float
    duration_seconds: float
    frames: int
    height: int
    width: int
    frames_at: int
    samples: int
    samples_at: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return 3 * self.height * self.width


@dataclass(frozen=True)
class StorePlan:
    """What a store will hold, known before anything is decoded."""

    grid_hz: float
    short_side_px: int
    sample_rate_hz: int
    items: tuple[StoredItem, ...]

    @property
    def frames_bytes(self) -> int:
        """Size of the file of frames."""
        return sum(item.frames * item.frame_bytes for item in self.items)

    @property
    def sound_bytes(self) -> int:
        """Size of the file of sound."""
        return 2 * sum(item.samples for item in self.items)

    def __str__(self) -> str:
        """The size in words."""
        total = (self.frames_bytes + self.sound_bytes) / 1e6
        return (
            f"decoded store: {len(self.items)} items, {self.grid_hz:g} frames/s at a short side of "
            f"{self.short_side_px} px and sound at {self.sample_rate_hz} Hz: {total:.0f} MB"
        )


def plan_store(items: pd.DataFrame, *, grid_hz: float, video: VideoClipSettings, audio: AudioClipSettings) -> StorePlan:
    """Lay out every item.

    Raises:
        SettingError: if the grid is not positive.
        DataError: if the items were not checked.
    """
    if not grid_hz > 0:
        raise SettingError(f"a grid of {grid_hz} Hz holds no instants; give a rate above 0")
    planned, frames_at, samples_at = [], 0, 0
    sizes = zip(items["height_px"], items["width_px"], items["sample_rate_hz"], strict=True)
    for span, (height, width, rate) in zip(ItemSpans(items), sizes, strict=True):
        has_video, has_audio = height > 0, rate > 0
        frames = round(span.last_instant(grid_hz) * grid_hz) + 1 if has_video else 0
        samples = round(span.duration_seconds * audio.sample_rate_hz) if has_audio else 0
        size = resized_size(height, width, video.short_side_px) if has_video else (0, 0)
        item = StoredItem(
            span.path, span.start_seconds, span.duration_seconds, frames, *size, frames_at, samples, samples_at
        )
        planned.append(item)
        frames_at, samples_at = frames_at + frames * item.frame_bytes, samples_at + samples
    return StorePlan(float(grid_hz), video.short_side_px, audio.sample_rate_hz, tuple(planned))
