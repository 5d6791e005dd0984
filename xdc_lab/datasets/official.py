"""A benchmark's own label files as columns split_1, split_2, ... of its items (paper 4.1)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.table_file import read_text
from xdc_lab.errors import DataError


def items_with_splits(
    paths: Sequence[Path],
    labels: Sequence[str],
    roles: Mapping[int, Sequence[str]],
    *,
    data_set: str,
    layout: str,
    **columns: Sequence,
) -> ListedClips:
    """Make items whose column split_N says "train", "test" or "" (unused) in split N; `split` repeats the first.

    Args:
        paths: of the files that the label files name.
        labels: their classes.
        roles: for each split's number, the role of every file.
        data_set: its name, for the message.
        layout: how it should lie, for the message.
        columns: further columns.

    Raises:
        DataError: if none of the files is there.
    """
    there = np.array([os.path.isfile(path) for path in paths])  # Path's fails for a name that is too long
    if not there.any():
        raise DataError(
            f"none of the {len(paths)} files of {data_set} is there; it should lie as {layout}. The first: {paths[0]}"
        )
    first = min(roles)
    rows = pd.DataFrame({"path": [str(path.absolute()) for path in paths], "label": labels})
    rows = rows.assign(split=list(roles[first]), **columns)
    rows = rows.assign(**{f"split_{number}": list(role) for number, role in sorted(roles.items())})
    absent = rows.loc[~there, ["path", "label", "split"]].rename(columns={"path": "name"})
    return ListedClips(make_items(rows[there]), absent)


def read_label_lines(path: Path) -> list[str]:
    """The lines of a label file without line ends of either kind, blanks around them, and empty ones.

    Raises:
        DataError: if it is not there, or is no text in UTF-8.
    """
    if not path.is_file():
        raise DataError(f"there is no label file {path}; it comes with the data set's split files")
    return [line.strip() for line in read_text(path, what="label file").splitlines() if line.strip()]
