"""Read an items table from a .parquet file: the same columns as a .csv, paths relative to its folder."""

import importlib
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.items import make_items, placed
from xdc_lab.errors import DataError
from xdc_lab.extras import imports_of_an_extra


def read_parquet_items(path: str | Path) -> pd.DataFrame:
    """Read an items table; paths in it are relative to its folder, and absolute in memory.

    Raises:
        InstallError: if pyarrow is not installed, with the command that installs it.
        DataError: if it is no Parquet file, or has no column `path`.
    """
    with imports_of_an_extra():
        importlib.import_module("pyarrow")
    try:
        rows = pd.read_parquet(path, engine="pyarrow")
    except (OSError, ValueError) as error:  # pyarrow's own are ValueErrors
        raise DataError(f"{path} is not a Parquet file ({error}); write it again, or give a .csv") from error
    items = make_items(rows)
    folder = Path(path).resolve().parent
    return items.assign(path=[placed(name, folder) for name in items["path"].tolist()])
