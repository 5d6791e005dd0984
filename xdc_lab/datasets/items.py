"""Read and write the items table: one row is one item, and row i is item i in every file of a run."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from xdc_lab.datasets.labels import LABELS, labels_text
from xdc_lab.datasets.table_file import BLOCK_ROWS, read_csv, typed, write_csv
from xdc_lab.errors import DataError

TEXTS = ("path", "label", "split", "problem")
# Of rejected items the decoder's words; of untrimmed videos their names; several labels (`xdc_lab.datasets.labels`).
OPTIONAL_TEXTS = ("detail", "video", LABELS)
SPLIT_COLUMN = re.compile(r"split(_\d+)?")
# What people call splits, in any case of letters; other names stay as they are.
SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "validate": "val",
    "test": "test",
    "testing": "test",
}
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

    Blanks around a label make no class of its own, and "Train" is "train" (`SPLIT_NAMES`). Several labels of an item
    stand in `labels` (a text, or a list), in the one form of `xdc_lab.datasets.labels`.

    Raises:
        DataError: if a column is missing or holds what it cannot.

    >>> items = make_items(pd.DataFrame({"path": ["a.mp4"], "label": ["bark "], "split": "Train", "factor_hue": [3]}))
    >>> items[["path", "label", "split", "factor_hue"]].to_dict("records")
    [{'path': 'a.mp4', 'label': 'bark', 'split': 'train', 'factor_hue': 3}]
    """
    items = rows.reset_index(drop=True)
    if LABELS in items:
        items[LABELS] = _texts([labels_text(value) for value in items[LABELS].tolist()])
    for name in (*TEXTS, *OPTIONAL_TEXTS):
        if name in items or name in ("label", "split", "problem"):
            items[name] = _texts_of(items[name]) if name in items else ""
    if os.sep != "/" and "path" in items:
        items["path"] = _texts(list(map(slashed, items["path"].tolist())))
    items["label"] = _each(items["label"], str.strip)
    for name in (name for name in items if SPLIT_COLUMN.fullmatch(str(name))):
        items[name] = _each(_texts_of(items[name]), split_name)
    for name in NUMBERS:
        items[name] = _numbers(items, name)
    validate_items(items)
    columns = [*COLUMNS, *(name for name in items.columns if name not in COLUMNS)]
    return items if list(items.columns) == columns else items.reindex(columns=columns)


def split_name(text: str) -> str:
    """The one name (`SPLIT_NAMES`) of "Train", "training" and "train "; other names lose their blanks only.

    >>> [split_name(text) for text in ("Training ", "downstream_test", "NA", "")]
    ['train', 'downstream_test', 'NA', '']
    """
    return SPLIT_NAMES.get(text.strip().lower(), text.strip())


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
    for first in range(0, len(items), BLOCK_ROWS):
        paths = items["path"].iloc[first : first + BLOCK_ROWS]
        nameless = np.flatnonzero(_texts_of(paths).str.strip() == "")
        if len(nameless):
            raise DataError(f"row {first + nameless[0] + 1} of the items table has an empty path; every item is a file")
    starts, ends = (items[name].to_numpy(float) for name in ("start_seconds", "end_seconds"))
    wrong = np.flatnonzero((starts < 0) | (ends <= np.nan_to_num(starts)))
    if len(wrong):
        raise DataError(
            f"{items['path'].iloc[wrong[0]]}: start_seconds={starts[wrong[0]]} and end_seconds={ends[wrong[0]]} are "
            "no part of a file; a part starts at 0 or later and ends after its start (empty: the whole file)"
        )


def read_items(path: str | Path) -> pd.DataFrame:
    """Read an items table; paths in it are relative to its folder, and absolute in memory.

    Only an empty cell is empty: a label may be "None", "NA" or "001". A further column is one of numbers where every
    cell that is not empty is a number without leading zeros, and else one of texts.

    Raises:
        DataError: if the file is missing, has no column `path`, or naming the line that is wrong.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"no items table at {path}; give the path of a .csv file with a column named path")
    rows = read_csv(path, what="items table", columns=["path"])
    known = (*TEXTS, *OPTIONAL_TEXTS, *NUMBERS)
    further = [name for name in map(str, rows) if name not in known and not SPLIT_COLUMN.fullmatch(name)]
    rows = rows.assign(**{name: typed(rows[name]) for name in further})
    folder = path.resolve().parent
    items = make_items(rows)
    del rows  # of millions, each copy of the table is half a gigabyte
    return items.assign(path=_by_folder(items["path"], lambda at: placed(at, folder)))


def write_items(items: pd.DataFrame, path: str | Path) -> None:
    """Write an items table whole or not at all, its paths relative to its folder.

    Raises:
        DataError: if it is none, or a text cannot be written.
    """
    validate_items(items)
    folder = Path(path).resolve().parent
    names = _by_folder(items["path"], lambda at: relative_path(at, folder))
    write_csv(items.assign(path=names.set_axis(items.index)), path)


def used_part(starts: ArrayLike, ends: ArrayLike, durations: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Start and length, in seconds, of the part of its file that each item is; NaN long where no end is known.

    Args:
        starts: in the file; NaN is its beginning.
        ends: in the file; NaN is its end, and so is what lies behind that.
        durations: of the files; NaN is unknown.

    >>> used_part([2.0, np.nan], [30.0, np.nan], [10.0, 8.0])
    (array([2., 0.]), array([8., 8.]))
    """
    begins = np.asarray(np.nan_to_num(starts))
    return begins, np.asarray(np.fmin(ends, durations) - begins)


def _by_folder(paths: pd.Series, move: Callable[[str], str]) -> pd.Series:
    """Move every path as its folder moves: many files share few folders."""
    known: dict[str, str] = {}

    def moved(path: str) -> str:
        folder, _, name = path.rpartition("/")
        if os.sep != "/" or "\\" in path or name in ("", ".", "..") or (not folder and path.startswith("/")):
            return move(path)
        if folder not in known:
            known[folder] = move(folder or ".")
        return name if known[folder] == "." else f"{known[folder]}/{name}"

    blocks = range(0, max(1, len(paths)), BLOCK_ROWS)
    parts = [_texts(list(map(moved, paths.iloc[at : at + BLOCK_ROWS].tolist()))) for at in blocks]
    return pd.concat(parts, ignore_index=True)


def _texts(values: list[str]) -> pd.Series:
    try:
        return pd.Series(values, dtype="str")
    except UnicodeEncodeError as error:  # pandas with pyarrow keeps UTF-8
        raise DataError(f"{error.object!r} cannot be written in UTF-8; rename the file") from error


def _texts_of(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.StringDtype):
        return column.fillna("")
    return _texts(["" if value is None or value != value else str(value) for value in column.tolist()])


def _each(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Change every text of a column in which few differ."""
    codes, texts = pd.factorize(column)
    return _texts([change(text) for text in texts.tolist()]).iloc[codes].set_axis(column.index)


def placed(name: str, folder: Path) -> str:
    r"""Where a file lies that a table in `folder` names, with "/" between folders on every system.

    A table from Windows may have "\" there, elsewhere a letter of a name: it is read as whichever file is there.
    """
    path = os.path.normpath(folder / name)
    if "\\" in name and not os.path.exists(path):
        of_windows = os.path.normpath(folder / name.replace("\\", "/"))
        path = of_windows if os.path.exists(of_windows) else path
    return slashed(path)


def slashed(path: str) -> str:
    """A path with "/" between folders, as paths of items have it; Windows takes both signs."""
    return path.replace(os.sep, "/")


def relative_path(name: str, folder: Path) -> str:
    """A path as a table in `folder` has it."""
    try:
        return Path(os.path.relpath(os.path.abspath(name), folder)).as_posix()
    except ValueError:  # another drive of Windows has no relative path
        return slashed(os.path.abspath(name))


def _numbers(items: pd.DataFrame, name: str) -> pd.Series:
    if name not in items:
        return pd.Series(np.nan, index=items.index)
    if items[name].dtype == np.float64:
        return items[name]
    codes, given = pd.factorize(items[name], use_na_sentinel=False)
    known = list(given)
    numbers = pd.to_numeric(pd.Series(known, dtype=object), errors="coerce").to_numpy(float)
    wrong = [at for at in np.flatnonzero(np.isnan(numbers)) if not _empty(known[at])]
    if wrong:
        row = int(np.flatnonzero(np.isin(codes, wrong))[0])
        raise DataError(f"row {row + 1}: {name}={known[codes[row]]!r} is not a number; leave it empty if it is unknown")
    return pd.Series(numbers[codes], index=items.index, dtype=float)


def _empty(value: object) -> bool:
    return value is None or value != value or not str(value).strip()
