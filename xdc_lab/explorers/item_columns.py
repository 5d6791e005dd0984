"""The clips of a payload: their labels, their names, and which part of which file each is."""

import base64
import gzip
import os
from collections.abc import Sequence

import numpy as np
import pandas as pd

from xdc_lab.analysis.result import Result
from xdc_lab.datasets.items import slashed
from xdc_lab.explorers.schema import ItemsJson, Packed, SeveralJson, pack

NAMED = 20_000  # collections up to this size name every clip as it stands; of larger ones all names are packed


def item_columns(result: Result, shown: Sequence[Sequence[int]]) -> ItemsJson:
    """The columns of all items; of a large collection the clips that are `shown` are named at once."""
    items, count = result.items, len(result.items)
    names, named = names_below(items["path"].tolist(), result.meta.get("data", {}).get("path", "")), np.arange(count)
    if count > NAMED:
        named = np.unique(np.concatenate([np.asarray(some, dtype=np.int64) for some in shown]))
    return {
        "count": count,
        "label": pack(result.label_codes),
        "several": _several(result) if result.has_several_labels else None,
        "names": [names[item] for item in named.tolist()],
        "named": pack(named) if count > NAMED else None,
        "paths": _packed_texts(names) if count > NAMED else None,
        "starts": _seconds(items, "start_seconds"),
        "ends": _seconds(items, "end_seconds"),
    }


def names_below(paths: Sequence[str], collection: str = "") -> list[str]:
    """Names of files below the folder of their collection, or else below what all share: no machine's folders travel.

    >>> names_below(["/data/demo/train/a.mp4", "/data/demo/train/b.mp4"])
    ['a.mp4', 'b.mp4']
    >>> names_below(["/data/demo/train/a.mp4", "/data/demo/train/b.mp4"], "/data/demo/items.csv")
    ['train/a.mp4', 'train/b.mp4']
    """
    shared, collection = slashed(_common_folder(paths)), slashed(collection)
    for folder in (collection, os.path.dirname(collection)):
        if folder and (shared == folder or shared.startswith(folder.rstrip("/") + "/")):
            shared = folder
            break
    start = shared.rstrip("/") + "/" if shared else ""
    return [path[len(start) :] if start and path.startswith(start) else path for path in paths]


def _common_folder(paths: Sequence[str]) -> str:
    first = min(paths)
    try:
        common = os.path.commonpath([first, max(paths)])  # what the two ends share, those between share, too
    except ValueError:  # different drives
        return ""
    return os.path.dirname(common) if common == first else common


def _several(result: Result) -> SeveralJson:
    matrix = result.label_sets.matrix
    return {"starts": pack(matrix.indptr.astype(np.int64)), "codes": pack(matrix.indices.astype(np.int64))}


def _packed_texts(texts: Sequence[str]) -> str:
    return base64.b64encode(gzip.compress("\0".join(texts).encode("utf-8", "replace"), 6, mtime=0)).decode("ascii")


def _seconds(items: pd.DataFrame, name: str) -> Packed | None:
    values = items[name].to_numpy(np.float32)
    return None if np.isnan(values).all() else pack(values)
