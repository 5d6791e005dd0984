"""Prepare one item: look at it, write it anew, look at what was written, and record all of that."""

import hashlib
import importlib.metadata
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from xdc_lab import __version__
from xdc_lab.datasets.prepared_sound import GRID_HZ
from xdc_lab.errors import MediaError
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.decoder import read_header
from xdc_lab.media.findings import NO_DECODE
from xdc_lab.media.log_mel_box import append_log_mels
from xdc_lab.media.log_mel_cells import LogMelCells
from xdc_lab.media.probe import probe
from xdc_lab.media.reencode import ReencodeSettings, reencode
from xdc_lab.media.tar_member import file_stamp

_KEPT_NAME = 60  # letters of a file's name


@dataclass(frozen=True)
class Job:
    """An item to prepare.

    Attributes:
        key: the new file's name, without its suffix.
        source: the original.
        end_seconds: where the part of it that is the item ends; None: with the file.
        work: a folder for what is not finished.
        target: the new file.
    """

    key: str
    source: str
    start_seconds: float
    end_seconds: float | None
    work: Path
    target: Path


def item_key(source: str, start: float, end: float | None) -> str:
    """A name for an item's file: a readable one and a digest, of the source's path within its collection and the part.

    >>> item_key("dogs/my dog.avi", 0.0, None)
    'my_dog-8187048a41b1'
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", os.path.basename(source).rpartition(".")[0])[:_KEPT_NAME].strip("_-")
    digest = hashlib.sha256(repr((source, start, end)).encode(errors="surrogateescape")).hexdigest()[:12]
    return f"{name}-{digest}" if name else digest


def prepare_file(job: Job, settings: ReencodeSettings) -> dict[str, Any]:
    """Prepare an item; give its record, with `problem` and `detail` where it cannot be used.

    All of it is decoded: damage anywhere rejects it.

    Raises:
        RunError: if the disk is full.
    """
    try:
        return {**begun_record(job), **_prepared(job, settings)}
    except MediaError as error:
        return {**begun_record(job), "problem": NO_DECODE, "detail": error.reason}


def begun_record(job: Job) -> dict[str, Any]:
    """What the record of an item says of its original."""
    return {
        "key": job.key,
        "source": job.source,
        "start_seconds": job.start_seconds,
        "end_seconds": job.end_seconds,
        "stamp": list(source_stamp(job.source)),
        "by": f"xdc-lab {__version__}, PyAV {importlib.metadata.version('av')}",
    }


def source_stamp(path: str) -> tuple[int, int]:
    """Size and time of change of an original; zeros where it cannot be seen."""
    try:
        return file_stamp(path)
    except (OSError, ValueError, MediaError):
        return 0, 0


def _prepared(job: Job, settings: ReencodeSettings) -> dict[str, Any]:
    header = read_header(job.source)
    tracks = {"video": header.video_codec, "audio": header.audio_codec}
    modalities = tuple(name for name, codec in tracks.items() if codec)
    if not modalities:
        raise MediaError(job.source, f"{NO_DECODE} (neither a video nor an audio track)")
    part = {"start_seconds": job.start_seconds, "end_seconds": job.end_seconds}
    found = probe(job.source, **part, modalities=modalities)
    if found.problem:
        return {"problem": found.problem, "detail": found.detail}
    end = found.duration_seconds if job.end_seconds is None else min(job.end_seconds, found.duration_seconds)
    unfinished = job.work / f"{job.key}.{os.getpid()}.mp4"  # a killed command may have left a process at work
    reencode(
        job.source,
        unfinished,
        start_seconds=job.start_seconds,
        end_seconds=end,
        modalities=modalities,
        settings=settings,
    )
    made = probe(unfinished, modalities=modalities)
    if made.problem:
        unfinished.unlink()
        return {"problem": made.problem, "detail": f"as it was written anew: {made.detail}"}
    cells = LogMelCells.on_grid(AudioClipSettings(), GRID_HZ)
    if settings.log_mels and "audio" in modalities and cells is not None:
        append_log_mels(unfinished, seconds=made.duration_seconds, cells=cells)
    size = unfinished.stat().st_size
    job.target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(unfinished, job.target)
    return {"bytes": size, "probe": {name: value for name, value in asdict(made).items() if value == value and value}}
