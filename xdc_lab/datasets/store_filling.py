"""Fill the files of a decoded store in parallel, item by item, so that a killed one resumes."""

import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from xdc_lab.datasets.store_plan import StoredItem, StorePlan
from xdc_lab.errors import DataError, MediaError, RunError, printable
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.progress import progress_bar
from xdc_lab.runs.folder import append_line, read_json, read_lines, remove_partials, unwritten_said, write_text

FRAMES_FILE, SOUND_FILE, DONE_FILE, ABOUT_FILE = "frames.u8", "sound.i16", "done.jsonl", "about.json"
LOCK_FILE = ".lock"
VERSION = 2  # of what `about.json` and `done.jsonl` say
NAMED = 10  # of the items that did not decode
FULL_SCALE = 32768.0  # of 16-bit sound
_CHUNK_SECONDS = 60.0  # a long file is decoded in parts, so that memory does not grow with its length


def fill_store(folder: Path, plan: StorePlan, *, workers: int | None, progress: bool) -> None:
    """Decode every item that is not done. Of several processes that want one store, one does; the others wait."""
    with _held(folder):
        _fill(folder, plan, workers=workers, progress=progress)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep other processes out of the store; the system lets go when this process ends, however it ends."""
    lock = FileLock(folder / LOCK_FILE)
    try:
        with unwritten_said(folder):
            folder.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
    except Timeout:
        print(f"another process fills the decoded store {folder}; waiting for it", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fill(folder: Path, plan: StorePlan, *, workers: int | None, progress: bool) -> None:
    done = StoreProgress(folder)
    if not done.is_begun() or any((folder / name).stat().st_size != size for name, size in _sizes(plan).items()):
        _begin(folder, plan)
        if progress:
            print(plan, file=sys.stderr)
    known = done.rows()
    stamps = [_stamp(item.path) for item in plan.items]

    def is_done(index: int) -> bool:
        # What was decoded stays, though its file is gone since.
        return index in known and stamps[index] in (None, known[index]["stamp"])

    todo = [index for index in range(len(plan.items)) if not is_done(index)]

    def decode(index: int) -> None:
        reason = None
        try:
            _decode_item(folder, plan, plan.items[index])
        except MediaError as error:
            reason = error.reason
        except OSError as error:
            raise DataError(f"the decoded store cannot be written to {folder}: {error.strerror}") from error
        done.note(index, stamps[index], reason)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        results = pool.map(decode, todo)
        for _ in progress_bar(results, shown=progress and bool(todo), total=len(todo), desc="decode", unit="file"):
            pass
    _say_failed(folder, plan, done.reasons())


def _say_failed(folder: Path, plan: StorePlan, reasons: dict[int, str | None]) -> None:
    failed = [f"{plan.items[index].path}  [{reason}]" for index, reason in reasons.items() if reason is not None]
    if failed:
        named = "".join(f"\n    {printable(told)}" for told in failed[:NAMED])
        print(
            f"{len(failed)} of {len(plan.items)} items did not decode ({folder / DONE_FILE}):{named}", file=sys.stderr
        )


def _sizes(plan: StorePlan) -> dict[str, int]:
    """Bytes of each file; an empty one could not be mapped."""
    return {FRAMES_FILE: max(plan.frames_bytes, 2), SOUND_FILE: max(plan.sound_bytes, 2)}


def _begin(folder: Path, plan: StorePlan) -> None:
    """Make room, and forget what was there."""
    remove_partials(folder)
    for name in (ABOUT_FILE, DONE_FILE, FRAMES_FILE, SOUND_FILE):
        (folder / name).unlink(missing_ok=True)
    needed, free = plan.frames_bytes + plan.sound_bytes, shutil.disk_usage(folder).free
    if needed > 0.95 * free:
        raise DataError(
            f"{plan}, but {folder} has {free / 1e6:.0f} MB free; take another folder, a lower grid rate, a shorter "
            "side, or do without a store (store_grid_hz=None)"
        )
    for name, size in _sizes(plan).items():
        with (folder / name).open("wb") as file:
            file.truncate(size)
    write_text(folder / ABOUT_FILE, json.dumps({"version": VERSION, **asdict(plan)}))


def _decode_item(folder: Path, plan: StorePlan, item: StoredItem) -> None:
    """Write an item's frames and sound to their places."""
    per_chunk = max(1, round(_CHUNK_SECONDS * plan.grid_hz))
    with (folder / FRAMES_FILE).open("r+b") as file:
        file.seek(item.frames_at)
        for first in range(0, item.frames, per_chunk):
            offsets = np.arange(first, min(first + per_chunk, item.frames)) / plan.grid_hz
            pixels = read_frames(item.path, item.start_seconds + offsets, short_side_px=plan.short_side_px).pixels
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
                item.path, start_seconds=(base + first) / rate, duration_seconds=count / rate, sample_rate_hz=rate
            ).samples.numpy()
            file.write(np.rint(sound * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes())


class StoreProgress:
    """Which items are done, one line each, written after their bytes."""

    def __init__(self, folder: Path):
        self.folder = folder

    def is_begun(self) -> bool:
        """Whether the files are there, by this version; a damaged note is none: the store is a copy, made anew."""
        files = (self.folder / name for name in (FRAMES_FILE, SOUND_FILE))
        try:
            version = read_json(self.folder / ABOUT_FILE, remedy="").get("version")
        except RunError:
            return False
        return version == VERSION and all(file.is_file() for file in files)

    def note(self, index: int, stamp: list[int] | None, reason: str | None) -> None:
        """Mark an item as decoded, from a file of some size and time, or say why it does not decode."""
        append_line(self.folder / DONE_FILE, {"index": index, "stamp": stamp, "reason": reason})

    def rows(self) -> dict[int, dict[str, Any]]:
        """What is said last of each item that is done."""
        return {row["index"]: row for row in read_lines(self.folder / DONE_FILE)}

    def reasons(self) -> dict[int, str | None]:
        """The items that are done, and why one does not decode."""
        return {index: row["reason"] for index, row in self.rows().items()}


def _stamp(path: str) -> list[int] | None:
    """Size and time of a file; None: it cannot be reached."""
    try:
        return list(file_stamp(path))
    except (OSError, ValueError, MediaError):
        return None


def digest(value: object) -> str:
    """Sixteen letters that stand for a value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
