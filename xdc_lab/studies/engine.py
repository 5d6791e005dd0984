"""Run the cells of a table that are not done, one by one or side by side, and collect the results (paper 4.2)."""

import multiprocessing
import os
import queue
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from xdc_lab.errors import SettingError, XdcError
from xdc_lab.evaluation.localization.settings import WindowSettings
from xdc_lab.evaluation.result import load_evaluation
from xdc_lab.results.report import write_study_report
from xdc_lab.results.rows import COLUMNS, in_words, result_rows, whole_numbers, write_results
from xdc_lab.runs.folder import RunFolder, write_text
from xdc_lab.studies.cells import DONE, Cell, cells_of, left_out_rows, state_of
from xdc_lab.studies.evaluation_job import evaluate_source, find_encoder
from xdc_lab.studies.localization_job import detect
from xdc_lab.studies.place import Place
from xdc_lab.studies.source import MODALITIES, pretrain_row
from xdc_lab.studies.table import LOCALIZATION, SUPERVISED, Table

Group = tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a table came to.

    Attributes:
        rows: of results (`xdc_lab.results.rows.COLUMNS`).
        left_out: cells without a result, with the reason: what a collection can't do, or an error.
        failed: how many of these failed; the same command runs them again.
        remarks: what has to be said beside the scores, of each downstream set once.
    """

    rows: pd.DataFrame
    left_out: pd.DataFrame
    failed: int
    remarks: tuple[str, ...] = ()


def run_table(table: Table, place: Place) -> Outcome:
    """Measure every cell that is not done, then write and give the table's results.

    Pretrainings, cells and decoded clips lie in `place.out`, where another table finds them again. Start it again
    after a kill: what is finished is read, what was under way goes on where it was. A cell that fails is named with
    its error, and the others go on.

    Raises:
        SettingError: if several processes of torchrun call it.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise SettingError(
            "a table runs its cells side by side itself: give --jobs N (one GPU each), no torchrun; a single cell's "
            "command runs under torchrun, and --plan lists them"
        )
    cells = cells_of(table, place)
    check_done(cells)
    groups = groups_to_run(cells)
    waiting, measured = sum(map(len, groups)), sum(not cell.reason for cell in cells)
    done = measured - waiting
    for group in _side_by_side(groups, place) if place.jobs > 1 else _one_by_one(groups):
        done += len(group)
        _write_and_tell(group, table, place, f"[{done} of {measured} cells]")
    return collect(table, cells, place)


def check_done(cells: Sequence[Cell]) -> None:
    """Compare finished cells with what is asked for: one of other settings, splits or weights fails."""
    for cell in cells:
        if not cell.reason and state_of(cell.run) == state_of(cell.pretraining) == DONE:
            cell.failure.unlink(missing_ok=True)
            run_group((cell,))


def groups_to_run(cells: Sequence[Cell]) -> list[Group]:
    """The cells that are to be measured, those of one encoder together."""
    groups: dict[Path, list[Cell]] = {}
    for cell in cells:
        if not cell.reason and not cell.is_done:
            groups.setdefault(cell.pretraining.path, []).append(cell)
    return [tuple(group) for group in groups.values()]


def collect(table: Table, cells: Sequence[Cell], place: Place) -> Outcome:
    """Read the cells that are done, and write the table's results and report."""
    done = [cell.is_done for cell in cells]
    rows = [row for cell, is_done in zip(cells, done, strict=True) if is_done for row in _rows(cell, table)]
    others = [cell for cell, is_done in zip(cells, done, strict=True) if not is_done]
    named = [cell if cell.reason else replace(cell, reason=_failure(cell)) for cell in others]
    results = whole_numbers(pd.DataFrame(rows, columns=list(COLUMNS)))
    write_results(rows, place.results(table.name))
    outcome = Outcome(
        results,
        left_out_rows(named, table.protocols),
        failed=sum(not cell.reason for cell in others),
        remarks=_remarks([cell for cell in cells if cell.is_done and cell.protocol != LOCALIZATION]),
    )
    report = {"number": table.number, "comparison": table.report, "left_out": outcome.left_out}
    write_study_report(results, place.folder(table.name), **report)
    return outcome


def _remarks(cells: Sequence[Cell]) -> tuple[str, ...]:
    said = (
        f"{cell.downstream.title} {cell.modality}, {remark}"
        for cell in cells
        for remark in load_evaluation(cell.run.path).remarks
    )
    return tuple(dict.fromkeys(said))


def pretrain_cell(cell: Cell) -> RunFolder:
    """Make the encoder of a cell, if that has not been done."""
    return pretrain_row(
        cell.source,
        cell.pretraining.path,
        modalities=(cell.modality,) if cell.source.row == SUPERVISED else MODALITIES,
        execution=replace(cell.place.execution, store=cell.place.store),
    )


def evaluate_cell(cell: Cell) -> None:
    """Evaluate the encoder of a cell, if that has not been done."""
    place = cell.place
    execution = replace(place.execution, store=place.store, seed=cell.source.seed)
    encoder = find_encoder(cell.pretraining.path, cell.encoder)
    if cell.protocol == LOCALIZATION:
        clips = place.settings.evaluation
        windows = WindowSettings(video=clips.video, audio=clips.audio)
        detect(encoder, cell.downstream.data, cell.run.path, windows=windows, execution=execution)
        return
    evaluate_source(
        encoder,
        cell.downstream,
        cell.run.path,
        protocol=cell.protocol,
        settings=place.evaluation_on(cell.evaluated_on),
        splits=cell.splits,
        execution=execution,
    )


def run_group(group: Group) -> None:
    """Make one encoder and evaluate it; an error is kept for `collect`, and ends no other cell."""
    threads = group[0].place.threads_each
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        pretrain_cell(group[0])
    except Exception as error:
        _keep_failures(group, error)
        return
    for cell in group:
        try:
            evaluate_cell(cell)
            cell.failure.unlink(missing_ok=True)
        except Exception as error:
            _keep_failures([cell], error)


def _one_by_one(groups: Sequence[Group]) -> Iterator[Group]:
    for group in groups:
        run_group(group)
        yield group


def _side_by_side(groups: Sequence[Group], place: Place) -> Iterator[Group]:
    """Each group in a process of its own, so that one that is killed ends no other; groups as they end."""
    quiet = replace(place, execution=replace(place.execution, progress=False))
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(place.jobs):
        numbers.put(number)
    with ThreadPoolExecutor(place.jobs) as pool:
        running = [pool.submit(_in_a_process, group, quiet, numbers) for group in groups]
        try:
            for done in as_completed(running):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_a_process(group: Group, place: Place, numbers: "queue.SimpleQueue[int]") -> Group:
    number, group = numbers.get(), tuple(replace(cell, place=place) for cell in group)
    # Forked processes would inherit locks of the threads that torch runs.
    process = multiprocessing.get_context("spawn").Process(target=_run_on_gpu, args=(group, number))
    process.start()
    process.join()
    numbers.put(number)
    if process.exitcode:
        lost = [cell for cell in group if not cell.is_done]
        reason = f"its process ended with code {process.exitcode} (killed, or out of memory)"
        _keep_failures(lost, XdcError(reason))
    return group


def _run_on_gpu(group: Group, number: int) -> None:
    """Run a group on a GPU of its own as far as there are enough (`xdc_lab.distributed.device`)."""
    os.environ["LOCAL_RANK"] = str(number % max(1, torch.cuda.device_count()))
    run_group(group)


def _write_and_tell(group: Group, table: Table, place: Place, progress: str) -> None:
    """Add a group's rows to the table of results, so that a study that is stopped leaves them."""
    rows, lines = [], []
    for cell in group:
        if cell.is_done:
            own = _rows(cell, table)
            lines += map(in_words, own)
            rows += own
        else:
            lines.append(f"{cell}: {_failure(cell)}")
    if rows:
        write_results(rows, place.results(table.name))
    if place.execution.progress:
        print(*lines, progress, sep="\n", flush=True)


def _rows(cell: Cell, table: Table) -> list[dict[str, Any]]:
    """A cell's rows of results; it may have been measured for another table, and its row here is this one's."""
    names = {name: value for name, value in cell.names().items() if value is not None}
    if cell.protocol == LOCALIZATION:
        del names["protocol"]
    rows = [{**row, **names, "recipe": table.name} for row in result_rows(cell.run.path)]
    return [row for row in rows if row["protocol"] in table.protocols]


def _keep_failures(cells: Iterable[Cell], error: Exception) -> None:
    expected = isinstance(error, XdcError)
    text = str(error) if expected else f"{type(error).__name__}: {error}\n\n{traceback.format_exc()}"
    for cell in cells:
        write_text(cell.failure, text + "\n")


def _failure(cell: Cell) -> str:
    """Why a cell has no result: the first line of its last error."""
    file = cell.failure
    return f"failed: {file.read_text(encoding='utf-8').splitlines()[0]}" if file.is_file() else "not run yet"
