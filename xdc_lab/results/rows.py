"""Rows of a table of results: run, commit, recipe, seed, device, time, score; read from finished runs, kept as CSV."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.table_file import read_csv, typed
from xdc_lab.errors import DataError, RunError
from xdc_lab.evaluation.localization.result import KIND, LocalizationResult, load_localization
from xdc_lab.evaluation.multi_label import SCORE
from xdc_lab.evaluation.result import EvaluationResult, load_evaluation
from xdc_lab.results.paper import THRESHOLD
from xdc_lab.results.summary import MEASURED_ONCE, keys_of
from xdc_lab.runs.folder import RunFolder, read_lines, whole_file
from xdc_lab.runs.records import demand_records

COLUMNS = (
    "run",
    "recipe",
    "method",
    "pretraining",
    "pretraining_size",
    "k",
    "downstream",
    "modality",
    "network",
    "protocol",
    "seed",
    "splits",
    "score",
    "value",
    "spread",
    "evaluation",
    "commit",
    "device",
    "seconds",
    "created",
)
NETWORK = "r2plus1d_18"  # the paper's video encoder
RUN = ("run", "score")  # what is recorded by hand


def result_rows(run: EvaluationResult | LocalizationResult | str | Path) -> list[dict[str, Any]]:
    """The rows of a finished run: one for an evaluation, one for each tIoU, or clustering and measure of a pretraining.

    Raises:
        RunError: if the run has not finished, lacks records, or is of a kind that has no score.
    """
    if isinstance(run, EvaluationResult):
        return [_evaluation_row(run)]
    if isinstance(run, LocalizationResult):
        return _localization_rows(run)
    about = RunFolder(run).read_about()
    rows = {
        "evaluate": lambda: [_evaluation_row(load_evaluation(run))],
        "pretrain": lambda: _pretrain_rows(run),
        KIND: lambda: _localization_rows(load_localization(run)),
    }
    if about["kind"] not in rows or about["status"] != "finished":
        raise RunError(
            f"{run} holds a run of kind {about['kind']!r} that is {about['status']}; "
            f"finished runs of kind {', '.join(rows)} have results to record"
        )
    return rows[about["kind"]]()


def record(
    run: EvaluationResult | LocalizationResult | str | Path, path: str | Path, *, recipe: str | None = None
) -> Path:
    """Put the rows of a finished run into a CSV file; rows of the same run that are there are replaced.

    By hand the run decides, not the cell: two runs of one cell may differ in their settings or their split, which no
    column says, and a pretraining has no protocol.

    Args:
        run: an evaluation, or a run folder.
        path: the CSV file; made if it is not there.
        recipe: the name to give in the column `recipe`; default: what the run says.
    """
    rows = [row if recipe is None else {**row, "recipe": recipe} for row in result_rows(run)]
    return write_results(rows, path, same=RUN)


def write_results(rows: Sequence[Mapping[str, Any]], path: str | Path, *, same: Sequence[str] = MEASURED_ONCE) -> Path:
    """Add rows to a CSV file, in the place of those that they repeat; whole or not at all.

    Args:
        rows: dicts with `COLUMNS`.
        path: the CSV file; made if it is not there.
        same: the columns by which a row repeats another; default: a study's cell and seed, which has one row
            however often its run was made anew.
    """
    path, added = Path(path), pd.DataFrame(rows, columns=list(COLUMNS))
    table = added
    if path.is_file():
        there = read_results(path)
        known = set(keys_of(added, columns=same))
        kept = [key not in known for key in keys_of(there, columns=same)]
        table = pd.concat([there[kept].astype(object), added.astype(object)], ignore_index=True)
    with whole_file(path) as partial:
        whole_numbers(table).to_csv(partial, index=False, lineterminator="\n")
    return path


def in_words(row: Mapping[str, Any]) -> str:
    """What a cell came to, in a line.

    >>> row = {"method": "XDC", "k": 32, "pretraining": "demo", "pretraining_size": 960, "seed": 0, "seconds": 80}
    >>> in_words({**row, "downstream": "demo", "modality": "video", "protocol": "fc-only", "value": 71})
    'XDC (k 32, 960 clips of demo), seed 0, demo video, fc-only: 71.0 (80 s)'
    """
    clusters = f"k {row['k']}, " if row["k"] else ""
    origin = f" ({clusters}{row['pretraining_size']} clips of {row['pretraining']})"
    score = "mAP " * (row.get("score") == SCORE)
    return (
        f"{row['method']}{origin if row['pretraining_size'] else ''}, seed {row['seed']}, {row['downstream']} "
        f"{row['modality']}, {row['protocol']}: {score}{row['value']:.1f} ({row['seconds']:.0f} s)"
    )


def read_results(path: str | Path) -> pd.DataFrame:
    """Read what `record` wrote.

    Raises:
        RunError: if it is not there, or no table of results.
    """
    if not Path(path).is_file():
        raise RunError(f"there is no table of results at {path}; `xdc-lab record RUN` and `xdc-lab table` write one")
    try:
        texts = read_csv(path, what="table of results")
    except DataError as error:
        raise RunError(str(error)) from error
    table = pd.DataFrame({name: _missing_said(typed(texts[name])) for name in texts})
    if "network" not in table:  # before there was a choice
        table["network"] = NETWORK
    if "evaluation" not in table:  # before evaluations had versions
        table["evaluation"] = None
    if missing := [name for name in COLUMNS if name not in table]:
        raise RunError(f"{path} is no table of results: it has no column {', '.join(missing)}")
    return whole_numbers(table)


def _missing_said(column: pd.Series) -> pd.Series:
    missing = column == ""
    return pd.Series(np.nan, index=column.index) if missing.all() else column.mask(missing, np.nan)


def whole_numbers(table: pd.DataFrame) -> pd.DataFrame:
    """Keep counts whole where some rows have none: 8 and empty, not 8.0 and NaN."""
    counts = [name for name in ("pretraining_size", "k", "splits", "evaluation") if name in table]
    return table.assign(**{name: pd.to_numeric(table[name]).astype("Int64") for name in counts})


def _evaluation_row(result: EvaluationResult) -> dict[str, Any]:
    own = {
        "protocol": result.about["protocol"],
        "splits": len(result.scores),
        "score": result.score,
        "value": round(result.mean, 4),
        "spread": result.spread,
    }
    return {**_where_from(result.about), **_evaluated(result.about, recipe="evaluate"), **own}


def _localization_rows(result: LocalizationResult) -> list[dict[str, Any]]:
    shared = {**_where_from(result.about), **_evaluated(result.about, recipe="localize"), "splits": 1, "spread": None}
    return [
        {**shared, "protocol": tiou_name(tiou), "score": f"map_percent, {tiou_name(tiou)}", "value": round(value, 4)}
        for tiou, value in result.map_percent.items()
    ]


def tiou_name(tiou: float) -> str:
    """What a table calls a threshold: a protocol.

    >>> tiou_name(0.3)
    'tIoU 0.3'
    """
    return f"{THRESHOLD}{tiou:g}"


def _evaluated(about: Mapping[str, Any], *, recipe: str) -> dict[str, Any]:
    """Whose encoder was evaluated, and on what."""
    origin, made_by = about["origin"], about["encoder"]["about"]
    return {
        "recipe": origin.get("recipe", recipe),
        "method": origin.get("method", made_by.get("method", "")),
        "pretraining": origin.get("pretraining", made_by.get("run", "")),
        "pretraining_size": origin.get("pretraining_size"),
        "k": origin.get("k"),
        "downstream": origin.get("downstream", about["data"].get("name", "")),
        "modality": about["encoder"]["modality"],
        "evaluation": about.get("evaluation_version"),
        "network": origin.get("network", about["encoder"]["name"]),
    }


def _pretrain_rows(run: str | Path) -> list[dict[str, Any]]:
    folder = RunFolder(run)
    demand_records(folder)
    about, log = folder.read_about(), read_lines(folder.clusterings_log)
    last = [row for row in log if row["iteration"] == log[-1]["iteration"]]
    items = len(read_items(folder.items))
    return [
        {
            **_where_from(about),
            "recipe": "pretrain",
            "method": about["method"]["name"],
            "pretraining": about["data"].get("name", ""),
            "pretraining_size": items,
            "k": row["k"],
            "score": f"{measure}, {row['clustering']} clusters",
            "value": round(row[measure], 4),
        }
        for row in last
        for measure in ("purity", "nmi_label")
        if row[measure] is not None
    ]


def _where_from(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "run": about["id"],
        "seed": about["seed"],
        "commit": about["environment"]["commit"],
        "device": about["environment"]["device"],
        "seconds": about["wall_seconds"],
        "created": about["created"],
    }
