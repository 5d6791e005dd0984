"""Which parts of the paper run here, and where: notebooks, commands and functions, as coverage.csv lists them."""

from pathlib import Path

import pandas as pd

FILE = Path(__file__).with_name("coverage.csv")


def coverage_table() -> pd.DataFrame:
    """One row per part of the paper: paper, what, notebook ("none", or "not in this version"), command, function.

    A part without a notebook and without a command is not in this version.
    """
    parts = pd.read_csv(FILE, dtype=str, keep_default_na=False)
    missing = ["none" if command else "not in this version" for command in parts["command"]]
    notebooks = parts.pop("notebooks").str.replace(" ", ", ")
    parts.insert(2, "notebook", notebooks.where(notebooks != "", pd.Series(missing)))
    return parts
