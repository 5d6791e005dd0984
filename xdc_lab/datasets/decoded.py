"""Items in, all their frames and sound decoded once into two flat files out: small clips at the speed of memory.

On a grid of instants a clip from the store is the clip from the file: the same frames, and the same samples up to
the rounding to 16 bits. It is for small frames; at the paper's 256 pixels a 10 s video would take 800 MB.
"""

import functools
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int16, UInt8
from torch import Tensor
from tqdm.auto import tqdm

from xdc_lab import distributed
from xdc_lab.datasets.clips import item_spans
from xdc_lab.errors import DataError, MediaError, SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import read_frames, read_waveform, resized_size
from xdc_lab.runs.folder import read_lines, write_text

_CHUNK_SECONDS = 60.0  # a long file is decoded in parts, so that memory does not grow with its length
_FULL_SCALE = 32768.0


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


def plan_store(
    items: pd.DataFrame, *, grid_hz: float, video: VideoClipSettings, audio: AudioClipSettings
) -> StorePlan:
    """Lay out every item.

    Raises:
        SettingError: if the grid is not positive.
        DataError: if the items were not checked.
    """
    if not grid_hz > 0:
        raise SettingError(f"a grid of {grid_hz} Hz holds no instants; give a rate above 0")
    planned, frames_at, samples_at = [], 0, 0
    sizes = zip(items["height_px"], items["width_px"], items["sample_rate_hz"], strict=True)
    for span, (height, width, rate) in zip(item_spans(items), sizes, strict=True):
        has_video, has_audio = height > 0, rate > 0
        frames = round(span.last_instant(grid_hz) * grid_hz) + 1 if has_video else 0
        samples = round(span.duration_seconds * audio.sample_rate_hz) if has_audio else 0
        size = resized_size(height, width, video.short_side_px) if has_video else (0, 0)
        item = StoredItem(
            span.path,
            span.start_seconds,
            span.duration_seconds,
            frames,
            *size,
            frames_at,
            samples,
            samples_at,
        )
        planned.append(item)
        frames_at, samples_at = frames_at + frames * item.frame_bytes, samples_at + samples
    return StorePlan(float(grid_hz), video.short_side_px, audio.sample_rate_hz, tuple(planned))


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
        """Decode what is not decoded yet, in parallel; the main process does it and the others wait.

        The store lies in a subfolder of `folder` named after what it holds, so several can share one folder. A
        file that changed since (size or time) makes it anew.

        Raises:
            DataError: if the disk has no room, or the items were not checked.
            SettingError: if the grid is not positive.
        """
        plan = plan_store(items, grid_hz=grid_hz, video=video, audio=audio)
        store = cls(Path(folder) / _digest(asdict(plan)), plan)
        if distributed.is_main():
            _fill(store.folder, plan, workers=workers, progress=progress)
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
        sound[: len(found)] = np.asarray(found, dtype=np.float32) / _FULL_SCALE
        return torch.from_numpy(sound)

    def _item(self, index: int) -> StoredItem:
        item = self.plan.items[index]
        if index in self._failed:
            raise MediaError(item.path, self._failed[index])
        return item

    @functools.cached_property
    def _failed(self) -> dict[int, str]:
        done = _Progress(self.folder).reasons()
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


FRAMES_FILE, SOUND_FILE, DONE_FILE, ABOUT_FILE = "frames.u8", "sound.i16", "done.jsonl", "about.json"


def _fill(folder: Path, plan: StorePlan, *, workers: int | None, progress: bool) -> None:
    """Decode every item that is not done."""
    stamps = _digest([_stamp(item.path) for item in plan.items])
    done = _Progress(folder)
    if done.stamps() != stamps:
        _begin(folder, plan, stamps)
        if progress:
            print(plan)
    reasons = done.reasons()
    todo = [index for index in range(len(plan.items)) if index not in reasons]

    def decode(index: int) -> None:
        item = plan.items[index]
        try:
            _decode_item(folder, plan, item)
        except MediaError as error:
            done.note(index, error.reason)
        except OSError as error:
            raise DataError(f"the decoded store cannot be written to {folder}: {error.strerror}") from error
        else:
            done.note(index, None)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        results = pool.map(decode, todo)
        shown = not progress or not todo
        for _ in tqdm(results, total=len(todo), desc="decode", unit="file", disable=shown):
            pass


def _begin(folder: Path, plan: StorePlan, stamps: str) -> None:
    """Make room, and forget what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (ABOUT_FILE, DONE_FILE, FRAMES_FILE, SOUND_FILE):
        (folder / name).unlink(missing_ok=True)
    needed, free = plan.frames_bytes + plan.sound_bytes, shutil.disk_usage(folder).free
    if needed > 0.95 * free:
        raise DataError(
            f"{plan}, but {folder} has {free / 1e6:.0f} MB free; take another folder, a lower grid rate, a shorter "
            "side, or do without a store (store_grid_hz=None)"
        )
    for name, size in ((FRAMES_FILE, plan.frames_bytes), (SOUND_FILE, plan.sound_bytes)):
        with (folder / name).open("wb") as file:
            file.truncate(max(size, 2))
    about = {"stamps": stamps, **asdict(plan)}
    write_text(folder / ABOUT_FILE, json.dumps(about))


def _decode_item(folder: Path, plan: StorePlan, item: StoredItem) -> None:
    """Write an item's frames and sound to their places."""
    per_chunk = max(1, round(_CHUNK_SECONDS * plan.grid_hz))
    with (folder / FRAMES_FILE).open("r+b") as file:
        file.seek(item.frames_at)
        for first in range(0, item.frames, per_chunk):
            offsets = np.arange(first, min(first + per_chunk, item.frames)) / plan.grid_hz
            pixels = read_frames(
                item.path, item.start_seconds + offsets, short_side_px=plan.short_side_px
            ).pixels
            if pixels.shape[-2:] != (item.height, item.width):
                sizes = f"{tuple(pixels.shape[-2:])} where {(item.height, item.width)} was probed"
                raise MediaError(item.path, f"frames of {sizes}; check the items again")
            file.write(pixels.numpy().tobytes())
    _decode_sound(folder, plan, item)


def _decode_sound(folder: Path, plan: StorePlan, item: StoredItem) -> None:
    rate, per_chunk = plan.sample_rate_hz, round(_CHUNK_SECONDS * plan.sample_rate_hz)
    base = round(item.start_seconds * rate)
    with (folder / SOUND_FILE).open("r+b") as file:
        file.seek(2 * item.samples_at)
        for first in range(0, item.samples, per_chunk):
            count = min(per_chunk, item.samples - first)
            sound = read_waveform(
                item.path,
                start_seconds=(base + first) / rate,
                duration_seconds=count / rate,
                sample_rate_hz=rate,
            ).samples.numpy()
            file.write(
                np.rint(sound * _FULL_SCALE).clip(-_FULL_SCALE, _FULL_SCALE - 1).astype("<i2").tobytes()
            )


class _Progress:
    """Which items are done, one line each, written after their bytes."""

    def __init__(self, folder: Path):
        self.folder = folder

    def stamps(self) -> str | None:
        """What the files were when the store was begun."""
        path = self.folder / ABOUT_FILE
        return json.loads(path.read_text(encoding="utf-8"))["stamps"] if path.is_file() else None

    def note(self, index: int, reason: str | None) -> None:
        """Mark an item as decoded, or say why it does not decode."""
        line = json.dumps({"index": index, "reason": reason})
        with (self.folder / DONE_FILE).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def reasons(self) -> dict[int, str | None]:
        """The items that are done, and why one does not decode."""
        return {row["index"]: row["reason"] for row in read_lines(self.folder / DONE_FILE)}


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise MediaError(path, f"does not decode ({error.strerror})") from error
    return status.st_size, status.st_mtime_ns


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
