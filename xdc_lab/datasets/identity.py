"""Which items a run was given, and what they are called, as digests: a result is of what it was made of."""

import hashlib
from typing import Any

import pandas as pd

from xdc_lab.datasets.items import SPLIT_COLUMN
from xdc_lab.datasets.table_file import BLOCK_ROWS

IDENTIFYING = ("path", "start_seconds", "end_seconds", "label", "labels")  # and the columns of splits


def identify_items(items: pd.DataFrame) -> dict[str, Any]:
    """How many items there are, and a digest of each column that says which they are and what they are called.

    >>> from xdc_lab.datasets.items import make_items
    >>> one, other = (make_items(pd.DataFrame({"path": ["a.mp4"], "label": [label]})) for label in ("bark", "meow"))
    >>> was, now = identify_items(one), identify_items(other)
    >>> was["count"], [name for name in was if was[name] != now[name]]
    (1, ['label'])
    """
    columns = [name for name in map(str, items) if name in IDENTIFYING or SPLIT_COLUMN.fullmatch(name)]
    return {"count": len(items), **{name: digest_of_values(items[name]) for name in columns}}


def digest_of_values(column: pd.Series) -> str:
    """Sixteen letters that stand for the values of a column."""
    digest = hashlib.sha256()
    for first in range(0, len(column), BLOCK_ROWS):
        text = "\0" * (first > 0) + "\0".join(map(str, column.iloc[first : first + BLOCK_ROWS].tolist()))
        digest.update(text.encode(errors="surrogatepass"))
    return digest.hexdigest()[:16]
