"""What probing found, kept in a file from one check to the next: a killed check goes on, an unchanged file costs nothing."""

import hashlib
import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from xdc_lab.errors import DataError, MediaError
from xdc_lab.media.probe import Probe
from xdc_lab.media.tar_member import file_stamp

CACHE_FILE = "probes.sqlite"
_VERSION = 3  # of the verdicts: raised when a probe would find something else in the same file
_WRITE_SECONDS = 1.0
_WAIT_SECONDS = 60.0  # for another process that writes


class ProbeCache:
    """Probes by file, valid for as long as its size and time are the same; several processes may share it.

    Args:
        path: of the SQLite file; None: in memory.

    Raises:
        DataError: if the file cannot be used.
    """

    def __init__(self, path: Path | None):
        self.path, self._written, self._new = path, time.monotonic(), list[tuple[bytes, str]]()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(path or ":memory:", timeout=_WAIT_SECONDS)
            self._rows.execute("CREATE TABLE IF NOT EXISTS probes (key BLOB PRIMARY KEY, probe TEXT) WITHOUT ROWID")
        except (OSError, sqlite3.Error) as error:
            raise DataError(
                f"{path} cannot keep what is probed ({error}); delete it, or choose another folder"
            ) from error

    def find(self, path: str, *, modalities: Sequence[str], thorough: bool) -> Probe | None:
        """What was found in a file; what a thorough look found counts for a quick one, too."""
        for how in (True,) if thorough else (True, False):
            key = _key(path, modalities, how)
            row = self._rows.execute("SELECT probe FROM probes WHERE key = ?", [key]).fetchone()
            if row is not None:
                return Probe(**json.loads(row[0]))
        return None

    def add(self, path: str, found: Probe, *, modalities: Sequence[str], thorough: bool) -> None:
        """Keep what was found in a file; it is written once a second, so a kill loses little.

        Raises:
            DataError: if it cannot be written.
        """
        self._new.append((_key(path, modalities, thorough), json.dumps(asdict(found))))
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what was added, at once: others that use the file wait meanwhile.

        Raises:
            DataError: if it cannot be written.
        """
        try:
            with self._rows:
                self._rows.executemany("INSERT OR REPLACE INTO probes VALUES (?, ?)", self._new)
        except sqlite3.Error as error:
            raise DataError(f"{self.path} cannot be written ({error}); make room, then start again") from error
        self._written, self._new = time.monotonic(), []

    def close(self) -> None:
        """Write what was added, and let go of the file."""
        try:
            self.write()
        finally:
            self._rows.close()


def _key(path: str, modalities: Sequence[str], thorough: bool) -> bytes:
    try:
        stamp = file_stamp(path)
    except (OSError, ValueError, MediaError):  # not there, or a name that no file can have
        stamp = (0, 0)
    told = repr((_VERSION, path, *stamp, tuple(modalities), thorough))
    return hashlib.blake2b(told.encode(errors="surrogateescape"), digest_size=16).digest()
