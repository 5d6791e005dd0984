"""Check which items can be used, and what is wrong with the others (paper 4.1: silent videos filtered)."""

import json
import os
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool
from tqdm.auto import tqdm

from xdc_lab.datasets.items import make_items
from xdc_lab.errors import DataError, MediaError
from xdc_lab.media.decoder import NO_DECODE
from xdc_lab.media.probe import MODALITIES, PROBLEMS, Probe, probe
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.runs.folder import append_line, read_lines

NO_FILES = {  # by the letter that `ls -l` shows
    "d": "a folder, not a file",
    "p": "a named pipe, not a file",
    "s": "a socket, not a file",
    "c": "a device, not a file",
    "b": "a device, not a file",
}
PROBED = ("duration_seconds", "width_px", "height_px", "frame_rate_hz", "sample_rate_hz", "channels")
_VERSION = 2  # of the verdicts: raised when a probe would find something else in the same file


@dataclass(frozen=True, eq=False)
class Check:
    """What a check found; `print` it for the report.

    Attributes:
        usable: the items that can be used, probing's columns filled in.
        rejected: the others; `problem` is one of `PROBLEMS`, `detail` the decoder's words.
    """

    usable: pd.DataFrame
    rejected: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many items have each problem."""
        problems = self.rejected["problem"].tolist()
        return {problem: problems.count(problem) for problem in PROBLEMS}

    def __str__(self) -> str:
        """Counts, then every rejected file by name."""
        total = len(self.usable) + len(self.rejected)
        lines = [f"{len(self.usable)} of {total} items are usable"]
        for problem, count in self.counts.items():
            if count:
                lines += [f"{problem}: {count}", *self._named(problem)]
        return "\n".join(lines)

    def _named(self, problem: str) -> list[str]:
        columns = (self.rejected[name].tolist() for name in ("path", "problem", "detail"))
        rows = ((path, detail) for path, its, detail in zip(*columns, strict=True) if its == problem)
        return [f"    {path}  [{detail}]" if detail else f"    {path}" for path, detail in rows]


def check_items(
    items: pd.DataFrame,
    *,
    min_seconds: float = 1.0,
    modalities: Sequence[str] = MODALITIES,
    workers: int | None = None,
    cache: str | Path | None = None,
    progress: bool = True,
) -> Check:
    """Probe every item: each is decoded a little at its beginning, in the middle and at its end.

    Threads do it: the decoder works outside Python's lock, and a thread costs nothing to start.

    Args:
        items: the items table.
        min_seconds: a shorter item is "too short".
        modalities: the tracks an item must have.
        workers: threads; default: one per core.
        cache: a .jsonl file of earlier probes; a file of the same path, size and time is not probed again.
        progress: show a bar.

    Raises:
        DataError: if there is no item.
    """
    if len(items) == 0:
        raise DataError("there is no item to check; the items table is empty")
    known = _Cache(cache, min_seconds, tuple(modalities))

    def look(row: tuple[str, float, float]) -> Probe:
        strange = _no_file(row[0])
        return Probe(problem=NO_DECODE, detail=strange) if strange else known.probe(*row)

    rows = list(zip(items["path"], items["start_seconds"].fillna(0.0), items["end_seconds"], strict=True))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        bar = tqdm(pool.map(look, rows), total=len(rows), desc="check", unit="file", disable=not progress)
        probes = list(bar)
    checked = items.assign(
        **{name: [float(getattr(found, name)) for found in probes] for name in PROBED},
        problem=[found.problem or "" for found in probes],
    )
    rejected = np.array([found.problem is not None for found in probes])
    details = [found.detail for found in probes if found.problem is not None]
    return Check(_rows(checked, ~rejected), _rows(checked, rejected).assign(detail=details))


def _rows(items: pd.DataFrame, chosen: Bool[np.ndarray, " items"]) -> pd.DataFrame:
    return make_items(items.iloc[np.flatnonzero(chosen)])


class _Cache:
    """Probes that were made before, and are valid for as long as the file is the same."""

    def __init__(self, path: str | Path | None, min_seconds: float, modalities: tuple[str, ...]):
        self.path = None if path is None else Path(path)
        self.min_seconds, self.modalities = min_seconds, modalities
        self.known: dict[str, dict] = {}
        if self.path is not None:
            self.known = {row["key"]: row["probe"] for row in read_lines(self.path)}

    def probe(self, path: str, start_seconds: float, end_seconds: float) -> Probe:
        """The probe of one item, made now unless known."""
        end = None if pd.isna(end_seconds) else float(end_seconds)
        key = json.dumps([_VERSION, path, *_stamp(path), start_seconds, end, self.min_seconds, self.modalities])
        if key in self.known:
            return Probe(**self.known[key])
        found = probe(
            path, start_seconds=start_seconds, end_seconds=end, min_seconds=self.min_seconds, modalities=self.modalities
        )
        if self.path is not None:
            append_line(self.path, {"key": key, "probe": asdict(found)})
        return found


def _no_file(path: str) -> str:
    """What stands in a file's place: opening a named pipe would wait for ever; "" for a file, or for nothing."""
    try:
        kind = stat.filemode(os.stat(path).st_mode)[0]
    except (OSError, ValueError):
        return "its name is not UTF-8; rename it" if "\\udc" in path else ""
    return NO_FILES.get(kind, "")


def _stamp(path: str) -> tuple[int, int]:
    try:
        return file_stamp(path)
    except (OSError, ValueError, MediaError):  # not there, or a name that no file can have
        return (0, 0)
