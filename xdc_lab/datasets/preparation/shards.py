"""Pack prepared files into webdataset shards, as video2dataset writes them, with what the items table says."""

import io
import json
import shutil
import tarfile
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.datasets.labels import LABELS, split_labels
from xdc_lab.datasets.preparation.records import CLIPS, Records
from xdc_lab.runs.folder import whole_file

SHARDS = "shards"
_MOST_SAMPLES = 10_000  # of a shard: four digits of a sample's key
_NOT_SAID = ("path", "start_seconds", "end_seconds", "problem", "detail")  # of the original


def pack(items: pd.DataFrame, keys: list[str], records: Records, *, megabytes: float) -> None:
    """Move the files that lie in no shard yet into shards of about a size, in the order of the items.

    A shard is written whole or not at all, and its files are deleted once it is recorded: a call after a kill goes on,
    and makes the same shards.
    """
    first = {key: row for row, key in reversed(list(enumerate(keys)))}
    files = {key: records.known[key].get("file", "") for key in first}
    packed = {file.split("/")[1] for file in files.values() if file.startswith(SHARDS)}
    loose = sorted(first[key] for key, file in files.items() if file.startswith(CLIPS))
    sizes = [records.known[keys[row]]["bytes"] for row in loose]
    for number, chosen in enumerate(_groups(loose, sizes, megabytes * 1e6), start=len(packed)):
        samples = {keys[row]: _about(items.iloc[row]) for row in chosen}
        records.pack(_write_shard(number, samples, records))
        for key in samples:
            (records.folder / files[key]).unlink()
    shutil.rmtree(records.folder / CLIPS, ignore_errors=True)


def _groups(rows: list[int], sizes: list[int], most: float) -> Iterator[list[int]]:
    """Rows one after the other, each group as large as it may be and not empty."""
    group, total = [], 0
    for row, size in zip(rows, sizes, strict=True):
        if group and (total + size > most or len(group) == _MOST_SAMPLES):
            yield group
            group, total = [], 0
        group.append(row)
        total += size
    if group:
        yield group


def _about(item: pd.Series) -> dict[str, Any]:
    """What a sample's json says: the item's row, without what is empty."""
    row = {str(name): value.item() if isinstance(value, np.generic) else value for name, value in item.items()}
    said = {name: value for name, value in row.items() if name not in _NOT_SAID and value == value and value != ""}
    return said | ({LABELS: list(split_labels(said[LABELS]))} if LABELS in said else {})


def _write_shard(number: int, samples: dict[str, dict[str, Any]], records: Records) -> dict[str, str]:
    """Write a shard, the same bytes each time; give each sample's place in it."""
    name, places = f"{SHARDS}/{number:05d}.tar", {}
    with (
        whole_file(records.folder / name) as partial,
        tarfile.open(partial, "w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for place, (key, about) in enumerate(samples.items()):
            sample = f"{number:05d}{place:04d}"
            record = records.known[key]
            places[key] = f"{name}/{archive.offset}/{sample}.mp4"
            _add(archive, f"{sample}.mp4", (records.folder / record["file"]).read_bytes())
            told = {"key": sample, "status": "success", **about, **record["probe"]}
            _add(archive, f"{sample}.json", json.dumps(told).encode())
    return places


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
