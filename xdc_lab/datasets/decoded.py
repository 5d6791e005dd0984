"""All frames and sound of some items decoded once into two flat files: small clips at the speed of memory.

On a grid of instants a clip from the store is the clip from the file: the same frames, and the same samples up to
the rounding to 16 bits. It is for small frames; at the paper's 256 pixels a 10 s video would take 80 MB at 30 Hz.
"""

import functools
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int16, UInt8
from torch import Tensor

from xdc_lab import distributed
from xdc_lab.datasets.store_filling import FRAMES_FILE, FULL_SCALE, SOUND_FILE, StoreProgress, digest, fill_store
from xdc_lab.datasets.store_plan import StoredItem, StorePlan, plan_store
from xdc_lab.errors import MediaError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings


class DecodedStore:
    """Decoded items in two memory-mapped files; `build` makes it, or goes on making it."""

    def __init__(self, folder: Path, plan: StorePlan):
        self.folder, self.plan, self.grid_hz = folder, plan, plan.grid_hz

    @classmethod
    def build(
        cls,
        items: pd.DataFrame,
        folder: str | Path,
        *,
        grid_hz: float,
        video: VideoClipSettings,
        audio: AudioClipSettings,
        workers: int | None = None,
        progress: bool = True,
    ) -> "DecodedStore":
        """Decode what is not decoded yet, in parallel; several processes share it.

        The store lies in a subfolder of `folder` named after what it holds, so several can share one folder. A
        file that changed since (size or time) is decoded anew; what was decoded of one that is gone since stays.

        Raises:
            DataError: if the disk has no room, or the items were not checked.
            SettingError: if the grid is not positive.
        """
        plan = plan_store(items, grid_hz=grid_hz, video=video, audio=audio)
        store = cls(Path(folder) / digest(asdict(plan)), plan)
        fill_store(store.folder, plan, workers=workers, progress=progress)
        distributed.barrier()
        return store

    def __len__(self) -> int:
        return len(self.plan.items)

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> UInt8[Tensor, "frames 3 height width"]:
        """The frames on screen at offsets from the item's start; after its end, the last.

        Raises:
            MediaError: if the item did not decode.
        """
        item = self._item(index)
        if item.frames == 0:
            raise MediaError(item.path, "no frames in the store")
        at = np.rint(np.asarray(offsets_seconds) * self.grid_hz).astype(int).clip(0, item.frames - 1)
        end = item.frames_at + item.frames * item.frame_bytes
        stored = self._mapped_frames[item.frames_at : end].reshape(item.frames, 3, item.height, item.width)
        return torch.from_numpy(stored[at])

    def waveform(self, index: int, offset_seconds: float, samples: int) -> Float[Tensor, " samples"]:
        """The sound from an offset on; silence after the item's end.

        Raises:
            MediaError: if the item did not decode.
        """
        item, rate = self._item(index), self.plan.sample_rate_hz
        first = round((item.start_seconds + offset_seconds) * rate) - round(item.start_seconds * rate)
        last = min(first + samples, item.samples)
        found = self._mapped_sound[item.samples_at + first : item.samples_at + last] if first < last else []
        sound = np.zeros(samples, dtype=np.float32)
        sound[: len(found)] = np.asarray(found, dtype=np.float32) / FULL_SCALE
        return torch.from_numpy(sound)

    def _item(self, index: int) -> StoredItem:
        item = self.plan.items[index]
        if index in self._failed:
            raise MediaError(item.path, self._failed[index])
        return item

    @functools.cached_property
    def _failed(self) -> dict[int, str]:
        done = StoreProgress(self.folder).reasons()
        return {index: reason for index, reason in done.items() if reason is not None}

    @functools.cached_property
    def _mapped_frames(self) -> UInt8[np.ndarray, " bytes"]:
        return np.memmap(self.folder / FRAMES_FILE, dtype=np.uint8, mode="r")

    @functools.cached_property
    def _mapped_sound(self) -> Int16[np.ndarray, " samples"]:
        return np.memmap(self.folder / SOUND_FILE, dtype="<i2", mode="r")

    def __getstate__(self) -> dict:
        """Send a worker process the plan, not the maps: it opens its own."""
        return {"folder": self.folder, "plan": self.plan, "grid_hz": self.grid_hz}
