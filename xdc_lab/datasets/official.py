"""A benchmark's own label files as columns split_1, split_2, ... of its items (paper 4.1)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.table_file import read_text
from xdc_lab.errors import DataError


def items_with_splits(
    paths: Sequence[Path], labels: Sequence[str], roles: Mapping[int, Sequence[str]], **columns: Sequence
) -> pd.DataFrame:
    """Make items whose column split_N says "train", "test" or "" (unused) in split N; `split` repeats the first.

    Args:
        paths: of the files.
        labels: their classes.
        roles: for each split's number, the role of every file.
        columns: further columns.
    """
    first = min(roles)
    rows = pd.DataFrame({"path": [str(path.absolute()) for path in paths], "label": labels})
    rows = rows.assign(split=list(roles[first]), **columns)
    return make_items(rows.assign(**{f"split_{number}": list(role) for number, role in sorted(roles.items())}))


def read_label_lines(path: Path) -> list[str]:
    """The lines of a label file without line ends of either kind, blanks around them, and empty ones.

    Raises:
        DataError: if it is not there, or is no text in UTF-8.
    """
    if not path.is_file():
        raise DataError(f"there is no label file {path}; it comes with the data set's split files")
    return [line.strip() for line in read_text(path, what="label file").splitlines() if line.strip()]


def demand_files(paths: Sequence[Path], *, data_set: str, layout: str) -> None:
    """Raise if a file that the label files name is not there.

    Raises:
        DataError: naming the first ones and how many there are.
    """
    missing = [path for path in paths if not os.path.isfile(path)]  # Path's fails for a name that is too long
    if missing:
        named = "".join(f"\n    {path}" for path in missing[:5])
        raise DataError(
            f"{len(missing)} of {len(paths)} files of {data_set} are missing; it should lie as {layout}. "
            f"The first:{named}"
        )
