"""Fill the files of a decoded store in parallel, item by item, so that a killed one resumes."""

import contextlib
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from xdc_lab import distributed
from xdc_lab.datasets.store_plan import StoredItem, StorePlan
from xdc_lab.errors import DataError, MediaError, RunError, printable
from xdc_lab.media.decoder import read_frames
from xdc_lab.media.stored_sound import StoredSound
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.runs.bars import draws_bars
from xdc_lab.runs.folder import append_line, read_json, read_lines, remove_partials, unwritten_said, write_text

FRAMES_FILE, SOUND_FILE, DONE_FILE, ABOUT_FILE = "frames.u8", "sound.bin", "done.jsonl", "about.json"
LOCK_FILE = ".lock"
VERSION = 3  # of what the files say; 3: log-mels
NAMED = 10  # of the items that did not decode
_CHUNK_SECONDS = 60.0  # a long file is decoded in parts, so that memory does not grow with its length


def fill_store(folder: Path, plan: StorePlan, *, workers: int | None, progress: bool) -> None:
    """Decode every item that is not done. The processes of a group share the items; another run's wait for them."""
    with _held(folder) if distributed.is_main() else contextlib.nullcontext():
        if distributed.is_main():
            _make_ready(folder, plan, progress=progress)
        distributed.barrier()
        own = {"share": distributed.rank(), "of": distributed.world_size()}
        _fill(folder, plan, **own, workers=workers, progress=progress)
        distributed.barrier()
        if distributed.is_main():
            if distributed.world_size() > 1:  # lines that a network's file system lost
                _fill(folder, plan, share=0, of=1, workers=workers, progress=progress)
            _say_failed(folder, plan, StoreProgress(folder).reasons())


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


def _make_ready(folder: Path, plan: StorePlan, *, progress: bool) -> None:
    if not StoreProgress(folder).is_begun() or any(
        (folder / name).stat().st_size != size for name, size in _sizes(plan).items()
    ):
        _begin(folder, plan)
        if progress:
            print(plan, file=sys.stderr)


def _fill(folder: Path, plan: StorePlan, *, share: int, of: int, workers: int | None, progress: bool) -> None:
    """Decode a share of the items: other processes read what is done while this one adds to it."""
    done = StoreProgress(folder)
    known = done.rows()
    stamps = {index: _stamp(plan[index].path) for index in range(share, len(plan), of)}

    def is_done(index: int) -> bool:
        # What was decoded stays, though its file is gone since.
        return index in known and stamps[index] in (None, known[index]["stamp"])

    todo = [index for index in range(share, len(plan), of) if not is_done(index)]

    def decode(index: int) -> None:
        reason = None
        try:
            _decode_item(folder, plan, plan[index])
        except MediaError as error:
            reason = error.reason
        except OSError as error:
            raise DataError(f"the decoded store cannot be written to {folder}: {error.strerror}") from error
        done.note(index, stamps[index], reason)

    with ThreadPoolExecutor(workers or distributed.cores_each()) as pool:
        results = pool.map(decode, todo)
        shown = not draws_bars(progress) or not todo
        for _ in tqdm(results, total=len(todo), desc="decode", unit="file", disable=shown):
            pass


def _say_failed(folder: Path, plan: StorePlan, reasons: dict[int, str | None]) -> None:
    failed = [f"{plan[index].path}  [{reason}]" for index, reason in reasons.items() if reason is not None]
    if failed:
        named = "".join(f"\n    {printable(told)}" for told in failed[:NAMED])
        print(f"{len(failed)} of {len(plan)} items did not decode ({folder / DONE_FILE}):{named}", file=sys.stderr)


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
    write_text(folder / ABOUT_FILE, json.dumps({"version": VERSION, **plan.about()}))


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
    """Write the log-mels of the sound, or else the sound itself."""
    sound = StoredSound(item.path, item.start_seconds, item.samples, plan.audio.sample_rate_hz)
    with (folder / SOUND_FILE).open("r+b") as file:
        file.seek(item.sound_at)
        for part in sound.sixteen_bit() if plan.cells is None else sound.log_mels(plan.cells):
            file.write(part.tobytes())


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
