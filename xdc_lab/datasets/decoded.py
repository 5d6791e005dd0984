"""All frames and sound of some items decoded once into two flat files: small clips at the speed of memory.

On a grid of instants a clip from the store is the clip from the file: the same frames, and the same log-mel of the
sound rounded to 16 bits; the sound itself is stored where the grid's steps are no whole hops. It is for small frames;
at the paper's 256 pixels a 10 s video would take 80 MB at 30 Hz.
"""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from xdc_lab import distributed
from xdc_lab.datasets.store_filling import FRAMES_FILE, SOUND_FILE, StoreProgress, fill_store
from xdc_lab.datasets.store_plan import StorePlan, plan_store
from xdc_lab.errors import MediaError, SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.findings import MODALITIES
from xdc_lab.media.log_mel_cells import LogMelCells
from xdc_lab.media.stored_sound import FULL_SCALE


class DecodedStore:
    """Decoded items in two memory-mapped files; `build` makes it, or goes on making it."""

    holds: tuple[str, ...] = MODALITIES

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
        store = cls(Path(folder) / plan.name(), plan)
        fill_store(store.folder, plan, workers=workers, progress=progress)
        distributed.barrier()
        return store

    def __len__(self) -> int:
        return len(self.plan)

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> UInt8[Tensor, "frames 3 height width"]:
        """The frames on screen at offsets from the item's start; after its end, the last.

        Raises:
            MediaError: if the item did not decode.
        """
        frames, height, width, _, _, first, _ = self._layout(index)
        if frames == 0:
            raise MediaError(self.plan.spans[index].path, "no frames in the store")
        at = np.rint(np.asarray(offsets_seconds) * self.grid_hz).astype(int).clip(0, frames - 1)
        stored = self._mapped_frames[first : first + frames * 3 * height * width]
        return torch.from_numpy(stored.reshape(frames, 3, height, width)[at])

    def sound(
        self, index: int, offset_seconds: float, audio: AudioClipSettings
    ) -> Float[Tensor, "1 mels audio_frames"] | Float[Tensor, " samples"]:
        """The log-mel of the clip at an offset, or the sound where the grid holds no log-mels; silence after the end.

        Raises:
            MediaError: if the item did not decode.
            SettingError: if other clips were stored.
        """
        if audio != self.plan.audio:
            raise SettingError(f"the decoded store has clips of {self.plan.audio}; for {audio} build another")
        _, _, _, _, size, _, at = self._layout(index)
        start, rate, cells = self.plan.spans.starts_seconds[index], audio.sample_rate_hz, self._cells
        first = round((start + offset_seconds) * rate) - round(start * rate)
        stored = self._mapped_sound[at : at + size]
        if cells is not None:
            cell = round(first / cells.samples)
            return cells.clip(stored.view("<f4").reshape(-1, *cells.shape)[cell : cell + cells.clip_cells])
        found = stored.view("<i2")[first : first + audio.samples]
        sound = np.zeros(audio.samples, dtype=np.float32)
        sound[: len(found)] = found.astype(np.float32) / FULL_SCALE
        return torch.from_numpy(sound)

    def _layout(self, index: int) -> list[int]:
        """As `StorePlan` has it, of an item that did decode."""
        if index in self._failed:
            raise MediaError(self.plan.spans[index].path, self._failed[index])
        return self.plan.layout.numpy()[index].tolist()

    @functools.cached_property
    def _failed(self) -> dict[int, str]:
        done = StoreProgress(self.folder).reasons()
        return {index: reason for index, reason in done.items() if reason is not None}

    @functools.cached_property
    def _cells(self) -> LogMelCells | None:
        return self.plan.cells

    @functools.cached_property
    def _mapped_frames(self) -> UInt8[np.ndarray, " bytes"]:
        return np.memmap(self.folder / FRAMES_FILE, dtype=np.uint8, mode="r").view(np.ndarray)  # slices are cheaper

    @functools.cached_property
    def _mapped_sound(self) -> UInt8[np.ndarray, " bytes"]:
        return np.memmap(self.folder / SOUND_FILE, dtype=np.uint8, mode="r").view(np.ndarray)

    def __getstate__(self) -> dict:
        """Send a worker process the plan and what failed, not the maps: it opens its own."""
        return {name: getattr(self, name) for name in ("folder", "plan", "grid_hz", "_failed")}
