"""Read and write the items table: one row is one item, and row i is item i in every file of a run."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.errors import DataError
from xdc_lab.runs.folder import whole_file

TEXTS = ("path", "label", "split", "problem")
OPTIONAL_TEXTS = ("detail",)  # of rejected items: the decoder's words
NUMBERS = (
    "start_seconds",  # of the part that is used; NaN: the whole file
    "end_seconds",
    "duration_seconds",  # from here on: what probing found
    "width_px",
    "height_px",
    "frame_rate_hz",
    "sample_rate_hz",
    "channels",
)
COLUMNS = ("path", "start_seconds", "end_seconds", "label", "split", *NUMBERS[2:], "problem")


def make_items(rows: pd.DataFrame) -> pd.DataFrame:
    """Complete a table that has at least `path` to an items table; further columns are kept.

    Raises:
        DataError: if a column is missing or holds what it cannot.

    >>> items = make_items(pd.DataFrame({"path": ["a.mp4"], "label": ["bark"], "factor_hue": [3]}))
    >>> items[["path", "label", "split", "factor_hue"]].to_dict("records")
    [{'path': 'a.mp4', 'label': 'bark', 'split': '', 'factor_hue': 3}]
    """
    items = rows.reset_index(drop=True)
    for name in (*TEXTS, *OPTIONAL_TEXTS):
        if name in items or name in ("label", "split", "problem"):
            values = items[name].tolist() if name in items else [""] * len(items)
            items[name] = _texts(["" if value is None or value != value else str(value) for value in values])
    for name in NUMBERS:
        items[name] = _numbers(items, name)
    validate_items(items)
    return items.reindex(columns=[*COLUMNS, *(name for name in items.columns if name not in COLUMNS)])


def validate_items(items: pd.DataFrame) -> None:
    """Raise a DataError if the table is not an items table.

    Raises:
        DataError: naming the column, or the first row, that is wrong.
    """
    missing = [name for name in COLUMNS if name not in items]
    if missing:
        raise DataError(
            f"the items table has no column {', '.join(missing)}; it has {', '.join(map(str, items.columns))}"
        )
    for row, path in enumerate(items["path"], start=1):
        if not str(path).strip():
            raise DataError(f"row {row} of the items table has an empty path; every item is a file")
    starts, ends = (items[name].to_numpy(float) for name in ("start_seconds", "end_seconds"))
    wrong = np.flatnonzero((starts < 0) | (ends <= np.nan_to_num(starts)))
    if len(wrong):
        raise DataError(
            f"{items['path'].iloc[wrong[0]]}: start_seconds={starts[wrong[0]]} and end_seconds={ends[wrong[0]]} are "
            "no part of a file; a part starts at 0 or later and ends after its start (empty: the whole file)"
        )


def read_items(path: str | Path) -> pd.DataFrame:
    """Read an items table; paths in it are relative to its folder, and absolute in memory.

    Raises:
        DataError: if the file is missing, is no CSV, or has no column `path`.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"no items table at {path}; give the path of a .csv file with a column named path")
    texts: Any = dict.fromkeys((*TEXTS, *OPTIONAL_TEXTS), str)
    try:
        # A label may be "None" or "NA": only an empty cell is empty. utf-8-sig reads a spreadsheet's mark too.
        rows = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8 ({error}); its first line names the columns") from error
    rows.columns = rows.columns.astype(str).str.strip()
    items = make_items(rows)
    folder = path.resolve().parent
    return _with_paths(items, [os.path.normpath(folder / name) for name in items["path"]])


def write_items(items: pd.DataFrame, path: str | Path) -> None:
    """Write an items table whole or not at all, its paths relative to its folder."""
    validate_items(items)
    folder = Path(path).resolve().parent
    relative = _with_paths(items, [_relative(name, folder) for name in items["path"]])
    with whole_file(Path(path)) as partial:
        relative.to_csv(partial, index=False, encoding="utf-8", lineterminator="\n")


def _with_paths(items: pd.DataFrame, paths: list[str]) -> pd.DataFrame:
    return items.assign(path=_texts(paths).set_axis(items.index))


def _texts(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype=object).astype(str)


def _relative(name: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(os.path.abspath(name), folder)).as_posix()
    except ValueError:  # another drive of Windows has no relative path
        return os.path.abspath(name)


def _numbers(items: pd.DataFrame, name: str) -> pd.Series:
    if name not in items:
        return pd.Series(np.nan, index=items.index)
    given = items[name]
    numbers = pd.Series(pd.to_numeric(given, errors="coerce"), index=items.index, dtype=float)
    wrong = np.flatnonzero(numbers.isna() & given.notna())
    if len(wrong):
        row, value = wrong[0], given.iloc[wrong[0]]
        raise DataError(f"row {row + 1}: {name}={value!r} is not a number; leave it empty if it is unknown")
    return numbers
