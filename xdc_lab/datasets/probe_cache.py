"""What probing found, kept from one check to the next: a killed one goes on, an unchanged file costs nothing."""

import contextlib
import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from xdc_lab.datasets.isolation import Limits
from xdc_lab.errors import DataError, MediaError
from xdc_lab.media.findings import MODALITIES, Probe
from xdc_lab.media.tar_member import file_stamp

Stamp = tuple[int, int]  # bytes, and when they changed

CACHE_FILE = "probes.sqlite"
_NAME = "probes_5"  # the number is raised when a probe would find something else in the same file
_TABLE = (
    f"CREATE TABLE IF NOT EXISTS {_NAME} (path BLOB, tracks TEXT, size INTEGER, time INTEGER, thorough INTEGER, "
    "seconds REAL, memory_bytes INTEGER, probe TEXT, PRIMARY KEY (path, tracks)) WITHOUT ROWID"
)
_FIND = f"SELECT * FROM {_NAME} WHERE path = ? AND tracks = ?"
_WRITE_SECONDS = 1.0
_WAIT_SECONDS = 60.0  # for another process that writes
# What a file may be unreadable for that its size and time don't tell: without leave, on a disk that is away, ...
_PASSING = tuple(
    os.strerror(getattr(errno, name))
    for name in ("EACCES", "EPERM", "EIO", "ESTALE", "ETIMEDOUT", "EMFILE", "ENFILE", "ENOMEM")
    if hasattr(errno, name)
)


@dataclass(frozen=True)
class Question:
    """What is asked of a file.

    Attributes:
        modalities: the tracks it must have.
        thorough: whether all of it is decoded.
        limits: what it may take.
    """

    modalities: tuple[str, ...] = MODALITIES
    thorough: bool = False
    limits: Limits = Limits()


class ProbeCache:
    """Probes by file, valid for as long as its size and time are the same; several processes may share it.

    Its rows lie by path, as collections are read: neighbours are found together, whatever their number.

    Args:
        path: of the SQLite file; None: in memory.
        asked: of every file.

    Raises:
        DataError: if the file cannot be used.
    """

    def __init__(self, path: Path | None, asked: Question):
        self.path, self.asked = path, asked
        self._written, self._new = time.monotonic(), dict[bytes, tuple]()
        with _told(path):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(path or ":memory:", timeout=_WAIT_SECONDS)
            self._rows.execute(_TABLE)

    def find(self, path: str) -> tuple[Stamp, Probe | None]:
        """A file's size and time, and what was found in it.

        What a thorough look found counts for a quick one. What was too much for smaller limits counts for none.
        """
        stamp, key = _stamp(path), _bytes(path)
        with _told(self.path):
            row = self._new.get(key) or self._rows.execute(_FIND, [key, self._tracks]).fetchone()
        if row is None or row[2:4] != stamp:
            return stamp, None
        thorough, seconds, memory_bytes, found = row[4:]
        asked = self.asked
        answers = thorough >= asked.thorough
        if seconds is not None:
            is_larger = seconds >= asked.limits.seconds and memory_bytes >= asked.limits.memory_bytes
            answers = thorough == asked.thorough and is_larger
        return stamp, Probe(**json.loads(found)) if answers else None

    def add(self, path: str, stamp: Stamp, found: Probe, *, is_lost: bool = False) -> None:
        """Keep what was found in a file; it is written once a second, so a kill loses little.

        A fault of the machine rather than of the file is not kept.

        Args:
            path: of the file.
            stamp: of `find`, before the file was probed: one that changes meanwhile is another file.
            found: in it.
            is_lost: whether it was too much for the limits.

        Raises:
            DataError: if it cannot be written.
        """
        if any(reason in found.detail for reason in _PASSING):
            return
        limits = self.asked.limits if is_lost else None
        under = (None, None) if limits is None else (limits.seconds, limits.memory_bytes)
        key = _bytes(path)
        self._new[key] = (key, self._tracks, *stamp, self.asked.thorough, *under, json.dumps(asdict(found)))
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    @property
    def _tracks(self) -> str:
        return ",".join(self.asked.modalities)

    def write(self) -> None:
        """Write what was added, at once: others that use the file wait meanwhile.

        Raises:
            DataError: if it cannot be written.
        """
        with _told(self.path), self._rows:
            self._rows.executemany(
                f"INSERT OR REPLACE INTO {_NAME} VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._new.values()
            )
        self._written, self._new = time.monotonic(), {}

    def close(self) -> None:
        """Write what was added, and let go of the file."""
        try:
            self.write()
        finally:
            self._rows.close()


@contextlib.contextmanager
def _told(path: Path | None) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise DataError(
            f"{path} cannot keep what is probed ({error}); make room if the disk is full, else delete it or choose "
            "another folder, then start again"
        ) from error


def _bytes(path: str) -> bytes:
    return path.encode(errors="surrogateescape")


def _stamp(path: str) -> Stamp:
    try:
        return file_stamp(path)
    except (OSError, ValueError, MediaError):  # not there, or a name that no file can have
        return (0, 0)
