"""Cells of any table in, run source by source or side by side, a table of results out; resumes (paper 4.2, 6, 7)."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import torch

from xdc_lab.errors import SettingError
from xdc_lab.results.rows import COLUMNS, result_rows, whole_numbers, write_results
from xdc_lab.studies.source_encoders import Row, clusters_of
from xdc_lab.studies.sources import Place, Source

AnyCell = Any  # a frozen dataclass with a `source`
Group = Sequence[AnyCell]


def run_cells(
    cells: Group,
    place: Place,
    *,
    run: Callable[[AnyCell, Place], Any],
    fill: Callable[[Group, Place], None],
    say: Callable[[list[Row], int, int], None],
    jobs: int = 1,
) -> pd.DataFrame:
    """Run every cell that has not been run, and give the table of results.

    Pretrainings, cells and decoded clips lie in `place.out`, where another recipe finds them again. Start it again
    after a kill: what is finished is read, what was under way goes on where it was.

    Args:
        cells: what to measure.
        place: settings and folders.
        run: a cell in, its result out (`xdc_lab.results.rows.result_rows` makes rows of it).
        fill: decodes ahead what all cells will read, so that two processes never write one store.
        say: tells of the rows of some cells, how many cells are done, and of how many.
        jobs: processes, each with its own source, GPU and one thread; 1 runs in this process with all its threads.

    Raises:
        SettingError: if several processes of torchrun call it.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise SettingError(
            "a table runs its cells side by side itself: give --jobs N (one GPU each), no torchrun"
        )
    groups: dict[Source, list[AnyCell]] = {}
    for cell in cells:
        # The scale's k is named in a folder, too.
        source = replace(cell.source, k=clusters_of(cell.source, place))
        groups.setdefault(source, []).append(replace(cell, source=source))
    results: list[Row] = []
    done = 0
    own = list(groups.values())
    for group, rows in zip(own, _all_groups(own, place, run, fill, jobs), strict=True):
        results += rows
        done += len(group)
        write_results(rows, place.results)
        if place.progress:
            say(rows, done, len(cells))
    return whole_numbers(pd.DataFrame(results, columns=list(COLUMNS)))


def _all_groups(groups: Sequence[Group], place: Place, run, fill, jobs: int) -> Iterator[list[Row]]:
    """The rows of each group of cells, one after the other or side by side."""
    if jobs == 1:
        yield from (_run_group(group, place, run) for group in groups)
        return
    fill([cell for group in groups for cell in group], place)
    quiet = replace(place, threads=1, progress=False)
    # Forked processes would inherit locks of the threads that torch runs.
    spawn = multiprocessing.get_context("spawn")
    numbers = spawn.Queue()
    for number in range(jobs):
        numbers.put(number)
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_take_a_gpu, initargs=(numbers,)) as pool:
        yield from pool.map(partial(_run_group, place=quiet, run=run), groups)


def _run_group(cells: Group, place: Place, run: Callable[[AnyCell, Place], Any]) -> list[Row]:
    """Make one source's encoders and judge them."""
    if place.threads is not None:
        torch.set_num_threads(place.threads)
    # A cell may have been measured for another table: its row here is this one's.
    return [
        {**row, "recipe": place.recipe, "method": cell.source.method}
        for cell in cells
        for row in result_rows(run(cell, place))
    ]


def _take_a_gpu(numbers: "multiprocessing.Queue[int]") -> None:
    """Give each process a GPU of its own as far as there are enough (`xdc_lab.distributed.device`)."""
    os.environ["LOCAL_RANK"] = str(numbers.get() % max(1, torch.cuda.device_count()))
