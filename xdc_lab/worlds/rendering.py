"""Render the clips of a world: in parallel, resumable, and never those of two worlds in one folder."""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from tqdm.auto import tqdm

from xdc_lab.errors import DataError
from xdc_lab.runs.bars import draws_bars

TABLE_NAME, STAMP_NAME = "items.csv", "world.json"
Plan = TypeVar("Plan")


def settle_folder(
    folder: Path, made_from: Mapping[str, Any], *, splits: Sequence[str], overwrite: bool, command: str = "demo-set"
) -> None:
    """Record what the folder's clips are made from, and make room if they were made from something else.

    A set of another size shares its clips, so neither the scale nor the number of clips is part of the record.

    Args:
        folder: is made if missing.
        made_from: the world's version, the seed, and whatever else decides what the clips are.
        splits: the folders of the clips.
        overwrite: delete the clips that are there first, whatever they were made from.
        command: of `xdc-lab`, that renders them.

    Raises:
        DataError: if they were, and are not to be overwritten.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp, text = folder / STAMP_NAME, json.dumps(made_from, indent=1)
    if stamp.exists() and (overwrite or stamp.read_text(encoding="utf-8") != text):
        if not overwrite:
            raise DataError(
                f"{folder} holds clips made from other arguments or by another version (see {STAMP_NAME}); "
                f"render into another folder, or over it: the same `xdc-lab {command}` with --overwrite "
                "(overwrite=True in Python)"
            )
        (folder / TABLE_NAME).unlink(missing_ok=True)
        for path in (path for split in splits for path in (folder / split).glob("*.mp4")):
            path.unlink()
    stamp.write_text(text, encoding="utf-8", newline="\n")


def complete_folder(
    table: pd.DataFrame,
    plans: Mapping[str, Plan],
    folder: Path,
    *,
    render: Callable[[Plan], Path],
    workers: int | None,
    title: str | None,
) -> Path:
    """Render the clips that are missing, then write the items table: a folder that has one is complete.

    Args:
        table: the items.
        plans: path within the folder -> what `render` makes the file from.
        folder: where.
        render: writes one file, whole or not at all.
        workers: processes; None is one per core. 1 renders in this process.
        title: of the progress bar; None shows none.
    """
    missing = [plan for path, plan in plans.items() if not (folder / path).exists()]
    if missing:
        (folder / TABLE_NAME).unlink(missing_ok=True)
    for _ in tqdm(
        in_processes(render, missing, workers or cores()),
        total=len(plans),
        initial=len(plans) - len(missing),
        desc=title,
        unit="clip",
        disable=not draws_bars(title is not None),
    ):
        pass
    unfinished = folder / f".{TABLE_NAME}.{os.getpid()}.part"
    table.to_csv(unfinished, index=False, lineterminator="\n")
    os.replace(unfinished, folder / TABLE_NAME)
    return folder / TABLE_NAME


def in_processes(work: Callable[[Plan], Path], plans: Sequence[Plan], workers: int) -> Iterator[Path]:
    """Render plans by several processes; a few, or with one worker, in this one."""
    if workers == 1 or len(plans) < 8:
        yield from map(work, plans)
        return
    # "spawn": forked processes inherit locks of the threads that torch and notebooks run
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, plans, chunksize=4)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
