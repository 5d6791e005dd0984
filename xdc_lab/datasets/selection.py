"""Keep or throw out the clips that a selection names: the .csv that an explorer exports, and the collection it is of.

A selection is an items table, most of whose columns may be missing. Its paths are those of the collection, or begin
further down: a page that was sent around names no folders of a machine.
"""

import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Bool

from xdc_lab.datasets.items import placed
from xdc_lab.datasets.table_file import read_csv
from xdc_lab.errors import DataError, counted, printable

SHOWN = 5  # names of clips that are not in the collection


@dataclass(frozen=True)
class Curation:
    """What of a collection is used: all of it, only what a selection names, or all but that.

    Attributes:
        only: a .csv of the clips to keep; None: all.
        without: a .csv of the clips to throw out, also of those; None: none.
    """

    only: str | Path | None = None
    without: str | Path | None = None

    @property
    def name(self) -> str:
        """For names of runs and tables; "" where all is used.

        >>> Curation(without="lists/slideshows.csv").name
        'without-slideshows'
        """
        return "-".join(f"{how}-{Path(path).stem}" for how, path in self._files)

    @property
    def about(self) -> dict[str, str]:
        """For a run's record."""
        return {how: os.path.abspath(path) for how, path in self._files}

    def of(self, items: pd.DataFrame) -> pd.DataFrame:
        """The items that are used, in their order; how many, and what a selection names in vain, goes to stderr.

        Raises:
            DataError: if a selection names none of the items, or one name fits several, or nothing is left.
        """
        kept = np.ones(len(items), dtype=bool)
        for how, path in self._files:
            chosen = selected(items, path)
            kept &= chosen if how == "only" else ~chosen
            print(f"{how} {path}: {kept.sum():,} of {counted(len(items), 'clip')} stay", file=sys.stderr)
        if not kept.any():
            raise DataError(f"{self.name}: no clip of {len(items):,} is left; the selection names all of them")
        return items if kept.all() else items[kept].reset_index(drop=True)

    @property
    def _files(self) -> list[tuple[str, str | Path]]:
        return [(how, path) for how, path in (("only", self.only), ("without", self.without)) if path is not None]


def selected(items: pd.DataFrame, path: str | Path) -> Bool[np.ndarray, " items"]:
    """Which items a selection names; those that it names in vain go to stderr.

    A path is taken from the folder of the selection, if there is such an item, and else as the end of an item's path.
    Where the selection has `start_seconds`, that is the item's, too.

    Raises:
        DataError: if the file is missing or has no column `path`, one name fits several files, or none of them fits.
    """
    if not Path(path).is_file():
        raise DataError(f"no selection at {path}; give a .csv with a column path, as an explorer exports it")
    table = read_csv(path, what="selection", columns=["path"])
    files, folder = _by_name(items), Path(path).resolve().parent
    starts = items["start_seconds"].to_numpy(float)
    wanted = pd.to_numeric(table["start_seconds"], errors="coerce") if "start_seconds" in table else None
    found, vain = np.zeros(len(items), dtype=bool), []
    for row, name in enumerate(table["path"].tolist()):
        rows = _rows_of(name, files, folder, path)
        if wanted is not None:
            rows = rows[_same(starts[rows], wanted.iloc[row])]
        found[rows] = True
        vain += [name] * (not len(rows))
    if vain:
        told = ", ".join(map(printable, vain[:SHOWN])) + ", ..." * (len(vain) > SHOWN)
        said = f"{path}: {counted(len(vain), 'clip')} of {len(table):,} not in this collection: {told}"
        if not found.any():
            first = printable(items["path"].iloc[0]) if len(items) else "nothing"
            raise DataError(f"{said}; its clips are called as {first}. Is this selection of another collection?")
        print(said, file=sys.stderr)
    if not found.any():
        raise DataError(f"the selection {path} is empty; export one with clips in it")
    return found


def _by_name(items: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """Name of a file -> its paths -> their rows."""
    files: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, path in enumerate(items["path"].tolist()):
        files[path.rpartition("/")[2]][path].append(row)
    return files


def _rows_of(name: str, files: dict[str, dict[str, list[int]]], folder: Path, selection: str | Path) -> np.ndarray:
    if "\\" in name and name.rpartition("/")[2] not in files:  # written on Windows
        name = name.replace("\\", "/")
    alike = files.get(name.rpartition("/")[2], {})
    exact = placed(name, folder)
    fits = [exact] if exact in alike else [path for path in alike if path == name or path.endswith(f"/{name}")]
    if len(fits) > 1:
        raise DataError(
            f"{selection}: {printable(name)} fits {len(fits)} files, {printable(fits[0])} and {printable(fits[1])}; "
            "write more of the path"
        )
    return np.array([row for path in fits for row in alike[path]], dtype=np.int64)


def _same(starts: np.ndarray, wanted: float) -> np.ndarray:
    return np.isnan(starts) if np.isnan(wanted) else np.isclose(starts, wanted, rtol=1e-6, atol=1e-3)
