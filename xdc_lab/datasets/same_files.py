"""Files that several splits have: the same content, whatever their names; a test on them is no result (paper 4.1)."""

import hashlib
import os
import stat
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from xdc_lab.datasets.items import SPLIT_COLUMN
from xdc_lab.errors import printable

HEAD_BYTES = 65_536  # of two files of one size few begin alike and go on differently
SHOWN = 5
NO_FILE = -1  # as a size


def same_files(paths: Sequence[str] | ExtensionArray, groups: Sequence[str]) -> list[list[int]]:
    """The rows of each content that stands in more than one group.

    Sizes are compared first, then how files begin, then what is left as a whole; links to one file are read once.

    Args:
        paths: of the files; one that is not there is like no other.
        groups: the split of each; "" is none.
    """
    sizes = np.fromiter((_size(path) if group else NO_FILE for path, group in zip(paths, groups, strict=True)), int)
    pairs = pd.DataFrame({"size": sizes, "group": groups}).drop_duplicates()["size"].value_counts()
    likely = np.flatnonzero(np.isin(sizes, pairs.index[pairs > 1]) & (sizes != NO_FILE)).tolist()
    digests: dict[Hashable, bytes] = {}

    def digest(row: int, bytes_read: int) -> bytes:
        status = os.stat(paths[row])
        key = status.st_dev, status.st_ino, bytes_read
        if key not in digests:
            digests[key] = _digest(paths[row], bytes_read)
        return digests[key]

    rows = _parted([likely], lambda row: int(sizes[row]), groups)
    rows = _parted(rows, lambda row: digest(row, HEAD_BYTES), groups)
    return _parted(rows, lambda row: digest(row, -1), groups)


def in_several_splits(items: pd.DataFrame) -> list[list[str]]:
    """The paths of each content that more than one split of a column `split`, `split_1`, ... has, one of each first."""
    columns = [str(name) for name in items if SPLIT_COLUMN.fullmatch(str(name))]
    found, paths = {}, items["path"].array  # of millions, a list takes a quarter of a gigabyte
    for name in columns:
        codes, known = pd.factorize(items[name])
        if len(set(known) - {""}) < 2:
            continue
        splits = np.asarray(known, dtype=object)[codes].tolist()
        for rows in same_files(paths, splits):
            firsts = {splits[row]: row for row in reversed(rows)}  # one of each split is named first
            found[tuple(rows)] = sorted(rows, key=lambda row, firsts=firsts, splits=splits: firsts[splits[row]] != row)
    return [[paths[row] for row in found[rows]] for rows in sorted(found)]


def say_shared(shared: Sequence[Sequence[str]]) -> str:
    """Count what `in_several_splits` found, and name the first; "" if there is none.

    >>> say_shared([["/a/train/x.mp4", "/a/test/x.mp4"]])
    'warning: 1 file is in several splits, by content: /a/train/x.mp4 = /a/test/x.mp4'
    """
    if not shared:
        return ""
    first = ", ".join(printable(" = ".join(paths[:2])) for paths in shared[:SHOWN]) + ", ..." * (len(shared) > SHOWN)
    files = "1 file is" if len(shared) == 1 else f"{len(shared)} files are"
    return f"warning: {files} in several splits, by content: {first}"


def _parted(rows: list[list[int]], fact: Callable[[int], Hashable], groups: Sequence[str]) -> list[list[int]]:
    """Part rows by a fact, and keep what is of several groups."""
    parts = defaultdict(list)
    for number, own in enumerate(rows):
        for row in own:
            parts[number, fact(row)].append(row)
    return [own for own in parts.values() if len({groups[row] for row in own}) > 1]


def _size(path: str) -> int:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return NO_FILE
    return status.st_size if stat.S_ISREG(status.st_mode) else NO_FILE


def _digest(path: str, bytes_read: int) -> bytes:
    """Of the beginning, or (-1) of all; a file that cannot be read is like itself alone."""
    try:
        with open(path, "rb") as file:
            if bytes_read >= 0:
                return hashlib.sha256(file.read(bytes_read)).digest()
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return os.fsencode(path)
