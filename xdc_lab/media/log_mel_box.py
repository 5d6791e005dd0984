"""Log-mels of a sound in its own .mp4 file: a box at the end, which players pass over, read without decoding."""

import contextlib
import functools
import io
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from xdc_lab.media.log_mel_cells import LogMelCells
from xdc_lab.media.stored_sound import StoredSound
from xdc_lab.media.tar_member import find_member

VERSION = 1
_HEADER = struct.Struct(">I4sQ")  # of a box with a long length, type "free": 1, its type, its length
_ABOUT_BYTES = 512  # what the cells are, as JSON, at the end of file and box
_MARK = b'{"log_mels": '
_OF_A_CLIP = ("seconds", "audio_frames")  # settings that the cells do not depend on, but for the hop


def append_log_mels(path: str | Path, *, seconds: float, cells: LogMelCells) -> None:
    """Compute the log-mels of so much of a file's sound, from its beginning, and put them at the file's end.

    Raises:
        MediaError: if the sound does not decode.
    """
    rate = cells.settings.sample_rate_hz
    sound = StoredSound(str(path), 0.0, round(seconds * rate), rate)
    count = int(cells.of_sound(np.array(sound.samples)))
    about = json.dumps({"log_mels": described(cells), "cells": count}).encode().ljust(_ABOUT_BYTES)
    with open(path, "r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(_HEADER.pack(1, b"free", _HEADER.size + count * cells.cell_bytes + len(about)))
        for part in sound.log_mels(cells):
            file.write(part.astype("<f4").tobytes())
        file.write(about)


@functools.cache
def described(cells: LogMelCells) -> dict[str, Any]:
    """All that log-mels in cells depend on."""
    settings = {name: value for name, value in asdict(cells.settings).items() if name not in _OF_A_CLIP}
    return {"version": VERSION, "hop_samples": cells.settings.hop_samples, "columns": cells.columns, **settings}


def log_mels_in(path: str | Path) -> dict[str, Any] | None:
    """What the log-mels in a file depend on (`described`); None: it has none, or cannot be read.

    Raises:
        MediaError: if it lies in an archive that does not hold it.
    """
    try:
        with _opened(path) as (file, end):
            about = _about(file, end)
    except (OSError, ValueError):
        return None
    return about and about["log_mels"]


def read_log_mels(
    path: str | Path, first: int, *, cells: LogMelCells, samples: int
) -> Float[np.ndarray, "cells columns mels"] | None:
    """The cells of a clip that begins with a cell, up to the sound's end; None: the file has no such log-mels.

    Args:
        path: the file.
        first: the number of the clip's first cell.
        cells: how they must be.
        samples: how long the sound must be that they are of.

    Raises:
        MediaError: if it lies in an archive that does not hold it.
    """
    total = int(cells.of_sound(np.array(samples)))
    after = max(0, total - first)
    try:
        with _opened(path) as (file, end):
            if _about(file, end) != {"log_mels": described(cells), "cells": total}:
                return None
            file.seek(end - _ABOUT_BYTES - after * cells.cell_bytes)
            found = file.read(min(after, cells.clip_cells) * cells.cell_bytes)
    except (OSError, ValueError):
        return None
    return np.frombuffer(found, dtype="<f4").reshape(-1, *cells.shape)


@contextlib.contextmanager
def _opened(path: str | Path) -> Iterator[tuple[io.FileIO, int]]:
    """A file, or the archive that it lies in, and where it ends there."""
    member = find_member(path)
    with open(path if member is None else member.archive, "rb", buffering=0) as file:
        yield file, file.seek(0, os.SEEK_END) if member is None else member.end


def _about(file: io.FileIO, end: int) -> dict[str, Any] | None:
    """What a file's end says of its log-mels."""
    file.seek(max(0, end - _ABOUT_BYTES))
    told = file.read(_ABOUT_BYTES)
    return json.loads(told) if told.startswith(_MARK) else None
