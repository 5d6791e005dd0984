"""Check which items can be used, and what is wrong with the others (paper 4.1: silent videos filtered)."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from xdc_lab.datasets.isolation import Limits, Lost, each_in_process
from xdc_lab.datasets.items import make_items, used_part
from xdc_lab.datasets.probe_cache import ProbeCache, Question, Stamp
from xdc_lab.errors import DataError, printable
from xdc_lab.media.findings import MODALITIES, NO_DECODE, PROBLEMS, TOO_SHORT, Probe, too_short
from xdc_lab.runs.bars import draws_bars

PROBED = ("duration_seconds", "width_px", "height_px", "frame_rate_hz", "sample_rate_hz", "channels")
_TOGETHER = 8  # files that a process takes at once


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
        found = self.rejected["problem"].value_counts()
        return {problem: int(found.get(problem, 0)) for problem in PROBLEMS}

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
        return [printable(f"    {path}  [{detail}]" if detail else f"    {path}") for path, detail in rows]


def check_items(
    items: pd.DataFrame,
    *,
    min_seconds: float = 1.0,
    modalities: Sequence[str] = MODALITIES,
    thorough: bool = False,
    limits: Limits = Limits(),
    workers: int | None = None,
    cache: str | Path | None = None,
    progress: bool = True,
) -> Check:
    """Probe every item in processes: each is decoded a little at its beginning, in the middle and at its end.

    A file that hangs, crashes or eats memory costs its process, and "does not decode".

    Args:
        items: the items table.
        min_seconds: a shorter item is "too short".
        modalities: the tracks an item must have.
        thorough: decode all of each file, which finds damage between the three places.
        limits: what a file may take.
        workers: processes; default: one per core.
        cache: a file of earlier probes; a file of the same path, size and time is not probed again.
        progress: show a bar.

    Raises:
        DataError: if there is no item, or the cache cannot be used.
    """
    if len(items) == 0:
        raise DataError("there is no item to check; the items table is empty")
    found = _Findings(len(items))
    asked = Question(tuple(modalities), thorough, limits)
    with (
        closing(ProbeCache(None if cache is None else Path(cache), asked)) as known,
        tqdm(total=len(items), desc="check", unit="file", disable=not draws_bars(progress)) as bar,
    ):
        rows_of: dict[str, list[int]] = {}  # of the files that are at work: many items may be parts of one

        def unknown() -> Iterator[tuple[str, Stamp]]:
            for row, path in enumerate(items["path"]):
                if path in rows_of:
                    rows_of[path].append(row)
                    continue
                stamp, earlier = known.find(path)
                if earlier is None:
                    rows_of[path] = [row]
                    yield path, stamp
                else:
                    found.add([row], earlier)
                    bar.update()

        look = partial(_probe, asked=asked)
        for (path, stamp), made in each_in_process(look, unknown(), limits=limits, workers=workers, together=_TOGETHER):
            verdict = _verdict(made)
            if made is verdict or made.is_certain:
                known.add(path, stamp, verdict, is_lost=made is not verdict)
            rows = rows_of.pop(path)
            found.add(rows, verdict)
            bar.update(len(rows))
    return found.judged(items, min_seconds)


def _probe(job: tuple[str, Stamp], *, asked: Question) -> Probe:
    from xdc_lab.media.probe import probe  # here: PyTorch takes 300 MB, which the process with the table does without

    return probe(job[0], modalities=asked.modalities, thorough=asked.thorough)


def _verdict(made: Probe | Lost) -> Probe:
    return Probe(problem=NO_DECODE, detail=f"{NO_DECODE} ({made.reason})") if isinstance(made, Lost) else made


class _Findings:
    """What was found in each item's file, as columns: millions of items take little memory."""

    def __init__(self, items: int):
        self.probed = {name: np.full(items, np.nan) for name in PROBED}
        self.problems = np.zeros(items, np.int8)  # 0: none; else the place in PROBLEMS, from 1
        self.details: dict[int, str] = {}

    def add(self, rows: Sequence[int], found: Probe) -> None:
        for row in rows:
            for name, column in self.probed.items():
                column[row] = getattr(found, name)
            if found.problem is not None:
                self.problems[row] = 1 + PROBLEMS.index(found.problem)
                self.details[row] = found.detail

    def judged(self, items: pd.DataFrame, min_seconds: float) -> Check:
        """Judge the items, which may be parts of their files."""
        starts, ends = (items[name].to_numpy(float) for name in ("start_seconds", "end_seconds"))
        durations = self.probed["duration_seconds"]
        _, lengths = used_part(starts, ends, durations)
        for row in np.flatnonzero((self.problems == 0) & ~(lengths >= max(min_seconds, 1e-3))).tolist():
            self.problems[row] = 1 + PROBLEMS.index(TOO_SHORT)
            self.details[row] = too_short(float(lengths[row]), min_seconds)
        usable, rejected = self.problems == 0, self.problems > 0
        details = [self.details[row] for row in np.flatnonzero(rejected).tolist()]
        return Check(self._of(items, usable), self._of(items, rejected).assign(detail=details))

    def _of(self, items: pd.DataFrame, chosen: np.ndarray) -> pd.DataFrame:
        """Some of the items, each column copied once."""
        names = pd.Series(["", *PROBLEMS], dtype="str")
        found: dict[str, Any] = {name: column[chosen] for name, column in self.probed.items()}
        found["problem"] = names.array[self.problems[chosen]]
        columns = {name: found[name] if name in found else items[name].array[chosen] for name in map(str, items)}
        return make_items(pd.DataFrame(columns, copy=False))
