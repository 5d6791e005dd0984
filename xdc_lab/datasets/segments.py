"""Segments of untrimmed videos: annotations as checked tables, odd ones counted (paper 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from xdc_lab.datasets.identity import digest_of_values, identify_items
from xdc_lab.datasets.items import make_items, split_name
from xdc_lab.datasets.table_file import read_csv, write_csv
from xdc_lab.errors import DataError

COLUMNS = ("video", "split", "label", "start_seconds", "end_seconds")
TRAIN, TEST = "train", "test"
SHOWN = 5  # of the odd ones that are named


@dataclass(frozen=True, eq=False)
class LocalizationSet:
    """Untrimmed videos and what happens in them.

    Attributes:
        videos: an items table with a column `video`, the name that segments and features have; empty where only
            annotations were read.
        segments: one row per instance (`COLUMNS`).
        ignored: the same for ambiguous parts: a detection there is neither right nor wrong.
        class_ids: the number of each class in the data set's own list.
        oddities: what was left out of the annotations or is strange in them, counted and named.
    """

    videos: pd.DataFrame
    segments: pd.DataFrame
    ignored: pd.DataFrame
    class_ids: Mapping[str, int] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()

    def identity(self) -> dict[str, Any]:
        """How many videos there are, and digests of them and of what happens in them."""
        tables = {"segments": self.segments, "ignored": self.ignored}
        told = {name: digest_of_values(table.astype(str).sum(axis=1)) for name, table in tables.items()}
        return {**identify_items(self.videos), **told}

    def of_split(self, split: str) -> "LocalizationSet":
        """The part that a split has.

        Raises:
            DataError: if it has no segment.
        """
        chosen = [table[table["split"] == split] for table in (self.videos, self.segments, self.ignored)]
        videos, segments, ignored = (table.reset_index(drop=True) for table in chosen)
        if not len(segments):
            there = ", ".join(sorted(set(self.segments["split"])))
            raise DataError(f"no segment is of split {split!r}; there are segments of {there or 'no split at all'}")
        return LocalizationSet(videos, segments, ignored, self.class_ids, self.oddities)


def make_segments(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Check rows of annotations; rows that are twice there or end before they start are left out, and named.

    Raises:
        DataError: if a column is missing or a time is not a number.

    >>> rows = {"video": ["a", "a"], "split": "test", "label": "jump", "start_seconds": [0, 3], "end_seconds": [2, 3]}
    >>> segments, oddities = make_segments(pd.DataFrame(rows))
    >>> len(segments), oddities
    (1, ('segments that end before they start, left out: 1 (a jump 3.0 to 3.0)',))
    """
    missing = [name for name in COLUMNS if name not in rows]
    if missing:
        raise DataError(f"the segments have no column {', '.join(missing)}; they need {', '.join(COLUMNS)}")
    table = rows.reindex(columns=list(COLUMNS)).reset_index(drop=True)
    table = table.astype(dict.fromkeys(COLUMNS[:3], str))
    table["label"], table["split"] = table["label"].str.strip(), table["split"].map(split_name).astype(str)
    nameless = np.flatnonzero((table["video"].str.strip() == "") | (table["label"] == ""))
    if len(nameless):
        raise DataError(f"row {nameless[0] + 1} of the segments has no video or no label; every segment has both")
    for name in COLUMNS[3:]:
        numbers = pd.Series(pd.to_numeric(table[name], errors="coerce"), index=table.index, dtype=float)
        wrong = np.flatnonzero(~np.isfinite(numbers.to_numpy()))
        if len(wrong):
            row = table.iloc[wrong[0]]
            raise DataError(f"{row['video']}, {row['label']}: {name}={row[name]!r} is not a number of seconds")
        table[name] = numbers
    turned = (table["end_seconds"] <= table["start_seconds"]) | (table["start_seconds"] < 0)
    twice = table.duplicated() & ~turned
    oddities = (
        *named("segments that end before they start, left out", table[turned]),
        *named("segments that are listed twice, counted once", table[twice]),
    )
    return table[~turned & ~twice].reset_index(drop=True), oddities


class Span(NamedTuple):
    """One row of a table of segments."""

    video: str
    label: str
    start_seconds: float
    end_seconds: float


def spans(rows: pd.DataFrame) -> list[Span]:
    """The rows of a table of segments or of detections, one by one."""
    columns = (rows[name].tolist() for name in Span._fields)
    return [
        Span(str(video), str(label), float(start), float(end))
        for video, label, start, end in zip(*columns, strict=True)
    ]


def named(what: str, rows: pd.DataFrame) -> list[str]:
    """Count odd rows of segments and name the first; nothing if there is none."""
    if not len(rows):
        return []
    first = [f"{one.video} {one.label} {one.start_seconds} to {one.end_seconds}" for one in spans(rows[:SHOWN])]
    return [f"{what}: {len(rows)} ({', '.join(first)}{', ...' * (len(rows) > SHOWN)})"]


def beyond_the_end(segments: pd.DataFrame, videos: pd.DataFrame) -> tuple[str, ...]:
    """Name the segments that end after their video, of videos whose duration is known (probed)."""
    seconds = videos.set_index("video")["duration_seconds"].to_dict()
    known = segments["video"].map(seconds).astype(float)
    late = segments[segments["end_seconds"] > known + 0.5]
    return tuple(named("segments that end after their video", late))


def no_videos() -> pd.DataFrame:
    """What `LocalizationSet.videos` is where only annotations were read."""
    return make_items(pd.DataFrame({"path": [], "video": [], "split": []}))


def read_segments(path: str | Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a .csv of segments and what is odd in it.

    Raises:
        DataError: if it is not there or is no table of segments.
    """
    if not Path(path).is_file():
        raise DataError(f"there is no table of segments at {path}; it is a .csv with {', '.join(COLUMNS)}")
    # A class may be called "None": only an empty cell is empty.
    return make_segments(read_csv(path, what="table of segments", columns=COLUMNS))


def write_segments(segments: pd.DataFrame, path: str | Path) -> None:
    """Write a table of segments, whole or not at all."""
    write_csv(segments, path)
