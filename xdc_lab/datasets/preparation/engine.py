"""Prepare a collection: every item written anew, by processes of one machine or many; a killed one goes on."""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from filelock import FileLock
from tqdm.auto import tqdm

from xdc_lab.datasets.catalogue import ITEMS_FILE, PREPARED_FILE, describe_data, load_items, loader_of, read_prepared
from xdc_lab.datasets.check import PROBED
from xdc_lab.datasets.items import make_items, read_items, relative_path, write_items
from xdc_lab.datasets.preparation.limits import prepared_files
from xdc_lab.datasets.preparation.one_file import Job, item_key
from xdc_lab.datasets.preparation.parts import WHOLE, Part, held
from xdc_lab.datasets.preparation.records import CLIPS, PARTS, Records
from xdc_lab.datasets.preparation.shards import SHARDS, pack
from xdc_lab.datasets.segments import LocalizationSet, write_segments
from xdc_lab.datasets.untrimmed import IGNORED_FILE, SEGMENTS_FILE, untrimmed_in
from xdc_lab.distributed import shard_of
from xdc_lab.errors import DataError, printable
from xdc_lab.media.reencode import ReencodeSettings
from xdc_lab.runs.bars import draws_bars
from xdc_lab.runs.folder import write_text

REJECTED = "rejected.csv"


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a preparation came to; `print` it.

    Attributes:
        folder: where it lies.
        items: how many items the collection has.
        made: how many of them this call wrote anew, or rejected.
        waiting: how many other parts still have to do; the tables are written when there are none.
        rejected: the items that cannot be used, `problem` and `detail` filled in.
        bytes_before: of the originals of the others.
        bytes_after: of their new files.
        segments: what was carried over of an untrimmed collection's segments.
    """

    folder: Path
    items: int
    made: int
    waiting: int
    rejected: pd.DataFrame
    bytes_before: int = 0
    bytes_after: int = 0
    segments: str = ""

    def __str__(self) -> str:
        """Counts, sizes, every rejected file by name, and what to do next."""
        if self.waiting:
            return (
                f"{self.made} items prepared now; {self.waiting} of {self.items} are not done yet: other parts', or "
                "those whose process was killed. The last part to end writes the tables, and so does the command "
                "without --shard"
            )
        usable, ratio = self.items - len(self.rejected), self.bytes_after / max(1, self.bytes_before)
        sizes = f"{self.bytes_before / 1e6:,.1f} MB became {self.bytes_after / 1e6:,.1f} MB ({ratio:.2f} times)"
        lines = [f"{usable} of {self.items} items are in {self.folder} ({self.made} prepared now); {sizes}"]
        columns = (self.rejected[name].tolist() for name in ("path", "problem", "detail"))
        lines += [
            printable(f"    {path}  [{detail or problem}]") for path, problem, detail in zip(*columns, strict=True)
        ]
        lines += [self.segments] * bool(self.segments)
        return "\n".join([*lines, f"next: xdc-lab pretrain --data {self.folder}"])


def prepare_collection(
    data: str | Path,
    folder: str | Path,
    *,
    settings: ReencodeSettings | None = None,
    shard_megabytes: float | None = None,
    part: Part = WHOLE,
    workers: int | None = None,
    progress: bool = True,
) -> Prepared:
    """Write every item of a collection anew into a folder, which is then a collection of its own with the same labels.

    That of untrimmed videos has their segments, too.

    The originals are only read. What was done is recorded item by item: the same call again, after a kill or with
    a collection that grew, does what is missing.

    Args:
        data: a named set, a folder or a table.
        folder: new, empty, or one that was prepared from the same with the same settings.
        settings: what the files become.
        shard_megabytes: pack the files into .tar shards of this size.
        part: which of the items this process prepares.
        workers: processes; default: one per core.
        progress: show a bar.

    Raises:
        DataError: if the folder lies in the collection's, or holds something else.
        RunError: if another process is at work on the same part, or the disk is full.
    """
    settings, folder, about = settings or ReencodeSettings(), Path(os.path.abspath(folder)), describe_data(data)
    collection = Path(about["path"]) if os.path.isdir(about["path"]) else Path(about["path"]).parent
    asked = {"data": about, "loader": loader_of(data), "settings": asdict(settings)}
    _settle(folder, collection, {**asked, "shard_megabytes": shard_megabytes})
    untrimmed = untrimmed_in(about["path"])
    plan = _Plan.of(load_items(data) if untrimmed is None else untrimmed.videos, collection, folder)
    with held(folder / PARTS, part) as work:
        records = Records(folder)
        own = shard_of(len(plan.keys), rank=part.number - 1, world_size=part.count)
        pending = plan.pending(own, records)
        for row in tqdm(
            prepared_files((plan.job(row, work) for row in pending), settings, workers=workers or os.cpu_count() or 1),
            total=len(pending),
            desc="prepare",
            unit="file",
            disable=not (draws_bars(progress) and pending),
        ):
            if "problem" not in row:
                row["file"] = _place(row["key"])
            records.add(str(part), row)
    with FileLock(folder / PARTS / "tables.lock"):
        for path in (*folder.glob(".*.partial*"), *folder.glob(f"{SHARDS}/.*.partial*")):  # of killed commands
            path.unlink(missing_ok=True)
        records = Records(folder)
        waiting = len(plan.pending(slice(None), records))
        if waiting:
            return Prepared(folder, len(plan.keys), len(pending), waiting, plan.items.iloc[:0])
        if shard_megabytes:
            pack(plan.items, plan.keys, records, megabytes=shard_megabytes)
        tables = _write_tables(plan, records, folder)
        segments = "" if untrimmed is None else _write_segments(untrimmed, folder)
    shutil.rmtree(folder / PARTS, ignore_errors=True)
    return Prepared(folder, len(plan.keys), len(pending), 0, *tables, segments)


def _settle(folder: Path, collection: Path, asked: dict[str, Any]) -> None:
    """Make the folder this preparation's own, or find that it is."""
    if Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(collection)):
        raise DataError(f"{folder} lies in {collection}, whose files are never touched; give a folder outside of it")
    path = folder / PREPARED_FILE
    if path.is_file():
        there = read_prepared(folder)
        there["settings"] = {"log_mels": False, **there["settings"]}  # before these were made
        changed = [name for name in asked if there[name] != asked[name]]
        if changed:
            told = "; ".join(f"{name} {there[name]} (now {asked[name]})" for name in changed)
            raise DataError(f"{folder} was prepared otherwise: {told}; give another folder, or delete that one")
        return
    if folder.is_dir() and any(folder.iterdir()):
        raise DataError(f"{folder} holds other files and no {PREPARED_FILE}; give a new or an empty folder")
    write_text(path, json.dumps(asked, indent=1) + "\n")


def _place(key: str) -> str:
    return f"{CLIPS}/{key[-2:]}/{key}.mp4"  # 256 folders, for millions of files


@dataclass(frozen=True, eq=False)
class _Plan:
    """The items, the key of each, and where its file goes."""

    items: pd.DataFrame
    keys: list[str]
    folder: Path

    @classmethod
    def of(cls, items: pd.DataFrame, collection: Path, folder: Path) -> "_Plan":
        sources = (relative_path(path, collection) for path in items["path"].tolist())
        spans = zip(sources, *_spans(items), strict=True)
        return cls(items, [item_key(source, start, end) for source, start, end in spans], folder)

    def pending(self, rows: slice, records: Records) -> list[int]:
        """The rows that are still to do; of several with one key the first."""
        first = {key: row for row, key in reversed(list(enumerate(self.keys)))}
        named = list(enumerate(zip(self.keys, self.items["path"].tolist(), strict=True)))[rows]
        return [row for row, (key, path) in named if first[key] == row and not records.is_done(key, path)]

    def job(self, row: int, work: Path) -> Job:
        starts, ends = _spans(self.items.iloc[row : row + 1])
        key = self.keys[row]
        return Job(key, self.items["path"].iloc[row], starts[0], ends[0], work, self.folder / _place(key))


def _spans(items: pd.DataFrame) -> tuple[list[float], list[float | None]]:
    ends = [None if end != end else end for end in items["end_seconds"].tolist()]
    return items["start_seconds"].fillna(0.0).tolist(), ends


def _write_tables(plan: _Plan, records: Records, folder: Path) -> tuple[pd.DataFrame, int, int]:
    """Write items.csv, rejected.csv and the manifest; give the rejected items, and bytes before and after."""
    found = [records.known[key] for key in plan.keys]
    problems = np.array([row.get("problem", "") for row in found], dtype=object)
    bad = problems != ""
    details = [row["detail"] for row in found if "problem" in row]
    rejected = plan.items[bad].assign(problem=problems[bad], detail=details)
    good = [row for row in found if "problem" not in row]
    usable = plan.items[~bad].assign(
        path=[str(folder / row["file"]) for row in good],
        start_seconds=np.nan,
        end_seconds=np.nan,
        **{name: [row["probe"].get(name, np.nan) for row in good] for name in PROBED},
    )
    records.join(plan.keys)
    write_items(make_items(rejected), folder / REJECTED)
    write_items(make_items(usable), folder / ITEMS_FILE)
    once = {row["key"]: row for row in good}.values()
    before = {row["source"]: row["stamp"][0] for row in once}
    return rejected, sum(before.values()), sum(row["bytes"] for row in once)


def _write_segments(untrimmed: LocalizationSet, folder: Path) -> str:
    """Write segments.csv and ignored.csv for the videos that can be used; say how many there are."""
    names = set(read_items(folder / ITEMS_FILE)["video"])
    there = untrimmed.segments["video"].isin(names)
    write_segments(untrimmed.segments[there], folder / SEGMENTS_FILE)
    write_segments(untrimmed.ignored[untrimmed.ignored["video"].isin(names)], folder / IGNORED_FILE)
    return f"{there.sum()} of {len(there)} segments are in {SEGMENTS_FILE}; the others' videos cannot be used"
