"""What probing found, kept from one check to the next: a killed one goes on, an unchanged file costs nothing."""

import contextlib
import errno
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xdc_lab.datasets.isolation import Limits
from xdc_lab.errors import DataError, MediaError
from xdc_lab.media.probe import MODALITIES, Probe
from xdc_lab.media.tar_member import file_stamp

CACHE_FILE = "probes.sqlite"
_VERSION = 5  # of the verdicts: raised when a probe would find something else in the same file
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

    Args:
        path: of the SQLite file; None: in memory.

    Raises:
        DataError: if the file cannot be used.
    """

    def __init__(self, path: Path | None):
        self.path, self._written, self._new = path, time.monotonic(), list[tuple[bytes, str]]()
        with _told(path):
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(path or ":memory:", timeout=_WAIT_SECONDS)
            self._rows.execute("CREATE TABLE IF NOT EXISTS probes (key BLOB PRIMARY KEY, probe TEXT) WITHOUT ROWID")

    def find(self, path: str, asked: Question) -> tuple[bytes, Probe | None]:
        """The key of a file as it is now, and what was found in it; what a thorough look found counts for a quick one.

        What was too much for smaller limits counts for none.
        """
        stamp = _stamp(path)
        for question in (asked,) if asked.thorough else (replace(asked, thorough=True), asked):
            found = self._read(_key(path, stamp, question))
            limits = None if found is None else found.pop("limits", None)
            too_small = limits and (question != asked or _is_smaller(Limits(**limits), asked.limits))
            if found is not None and not too_small:
                return _key(path, stamp, asked), Probe(**found)
        return _key(path, stamp, asked), None

    def _read(self, key: bytes) -> dict[str, Any] | None:
        with _told(self.path):
            row = self._rows.execute("SELECT probe FROM probes WHERE key = ?", [key]).fetchone()
        return None if row is None else json.loads(row[0])

    def add(self, key: bytes, found: Probe, *, under: Limits | None = None) -> None:
        """Keep what was found in a file; it is written once a second, so a kill loses little.

        A fault of the machine rather than of the file is not kept.

        Args:
            key: of `find`, before the file was probed: one that changes meanwhile is another file.
            found: in it.
            under: the limits for which the file was too much.

        Raises:
            DataError: if it cannot be written.
        """
        if any(reason in found.detail for reason in _PASSING):
            return
        limits = {} if under is None else {"limits": asdict(under)}
        self._new.append((key, json.dumps(asdict(found) | limits)))
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what was added, at once: others that use the file wait meanwhile.

        Raises:
            DataError: if it cannot be written.
        """
        with _told(self.path), self._rows:
            self._rows.executemany("INSERT OR REPLACE INTO probes VALUES (?, ?)", self._new)
        self._written, self._new = time.monotonic(), []

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


def _is_smaller(limits: Limits, than: Limits) -> bool:
    return limits.seconds < than.seconds or limits.memory_bytes < than.memory_bytes


def _stamp(path: str) -> tuple[int, ...]:
    try:
        return tuple(file_stamp(path))
    except (OSError, ValueError, MediaError):  # not there, or a name that no file can have
        return (0, 0)


def _key(path: str, stamp: tuple[int, ...], asked: Question) -> bytes:
    told = repr((_VERSION, path, *stamp, tuple(asked.modalities), asked.thorough))
    return hashlib.blake2b(told.encode(errors="surrogateescape"), digest_size=16).digest()
