"""Items in, the usable ones and the others with what is wrong with each out (paper 4.1: silent videos filtered)."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from tqdm.auto import tqdm

from xdc_lab.errors import DataError
from xdc_lab.media.probe import MODALITIES, PROBLEMS, Probe, probe

_PROBED = ("duration_seconds", "width_px", "height_px", "frame_rate_hz", "sample_rate_hz", "channels")


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
        return {problem: int((self.rejected["problem"] == problem).sum()) for problem in PROBLEMS}

    def __str__(self) -> str:
        """Counts, then every rejected file by name."""
        total = len(self.usable) + len(self.rejected)
        lines = [f"{len(self.usable)} of {total} items are usable"]
        for problem, count in self.counts.items():
            if count:
                lines.append(f"{problem}: {count}")
                rows = self.rejected[self.rejected["problem"] == problem]
                lines += [
                    f"    {row.path}" + (f"  [{row.detail}]" * bool(row.detail)) for row in rows.itertuples()
                ]
        return "\n".join(lines)


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
        workers: threads; default: one a core.
        cache: a .jsonl file of earlier probes; a file of the same path, size and time is not probed again.
        progress: show a bar.

    Raises:
        DataError: if there is no item.
    """
    if len(items) == 0:
        raise DataError("there is no item to check; the items table is empty")
    known = _Cache(cache, min_seconds, tuple(modalities))

    def look(row: tuple[str, float, float]) -> Probe:
        return known.probe(*row)

    rows = list(zip(items["path"], items["start_seconds"].fillna(0.0), items["end_seconds"], strict=True))
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        bar = tqdm(pool.map(look, rows), total=len(rows), desc="check", unit="file", disable=not progress)
        probes = pd.DataFrame([asdict(found) for found in bar], index=items.index)
    checked = items.assign(**{name: probes[name].astype(float) for name in _PROBED})
    checked["problem"] = probes["problem"].astype(object).where(probes["problem"].notna(), "").astype(str)
    is_usable = checked["problem"] == ""
    rejected = checked[~is_usable].assign(detail=probes.loc[~is_usable, "detail"])
    return Check(checked[is_usable].reset_index(drop=True), rejected.reset_index(drop=True))


class _Cache:
    """Probes that were made before, and are valid for as long as the file is the same."""

    def __init__(self, path: str | Path | None, min_seconds: float, modalities: tuple[str, ...]):
        self.path = None if path is None else Path(path)
        self.min_seconds, self.modalities = min_seconds, modalities
        self.known: dict[str, dict] = {}
        if self.path is not None and self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                if line.endswith("}"):  # a killed check may have left half a line
                    row = json.loads(line)
                    self.known[row["key"]] = row["probe"]

    def probe(self, path: str, start_seconds: float, end_seconds: float) -> Probe:
        """The probe of one item, made now unless known."""
        end = None if pd.isna(end_seconds) else float(end_seconds)
        key = json.dumps([path, *_stamp(path), start_seconds, end, self.min_seconds, self.modalities])
        if key in self.known:
            return Probe(**self.known[key])
        found = probe(
            path,
            start_seconds=start_seconds,
            end_seconds=end,
            min_seconds=self.min_seconds,
            modalities=self.modalities,
        )
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "probe": asdict(found)}) + "\n")
        return found


def _stamp(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0)
    return status.st_size, status.st_mtime_ns
