"""The items of a run: which it was given, and the usable ones, written when it begins and the same ever after."""

import hashlib
from typing import Any

import pandas as pd

from xdc_lab import distributed
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.errors import DataError, RunError
from xdc_lab.runs.folder import RunFolder, write_text


def items_of_run(run: RunFolder, items: pd.DataFrame, *, none: str, **how: Any) -> pd.DataFrame:
    """The usable items of a run: those of items.csv, which the main process writes when the run begins.

    Each of several processes probes its share; the cache brings them together.

    Args:
        run: an opened run (`xdc_lab.runs.opening.open_run`).
        items: what the run was given.
        none: what to say where none of them can be used.
        how: of `check_items`, with a cache.

    Raises:
        DataError: if no item is usable, with the counts of what is wrong.
        RunError: if items.csv is not as the run wrote it.
    """
    own = items.iloc[distributed.shard(len(items))]
    if 0 < len(own) < len(items) and not run.items.is_file():
        check_items(own, **how, workers=distributed.cores_each())
    distributed.barrier()
    if distributed.is_main():
        if not run.items.is_file():
            found = check_items(items, **how)
            if found.usable.empty:
                raise DataError(f"{none}.\n{found}")
            write_items(found.rejected, run.rejected)
            write_items(found.usable, run.items)
        _demand_unchanged(run)
    distributed.barrier()
    return read_items(run.items)


def _demand_unchanged(run: RunFolder) -> None:
    with run.items.open("rb") as file:
        told = f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {run.items.name}\n"
    if not run.items_digest.is_file():
        write_text(run.items_digest, told)
    elif run.items_digest.read_text(encoding="utf-8") != told:
        raise RunError(
            f"{run.items} is not as this run wrote it: cut off, edited, or made anew of files that have changed since. "
            "Remove it and start the same command again, which makes it anew. If this is said again, the files have "
            "changed: give another folder"
        )
