"""The plan of a table: the command and the state of every pretraining and every cell (paper 4.2)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.launch import command_line
from xdc_lab.pretraining.settings import scale_settings
from xdc_lab.settings import changes_from
from xdc_lab.studies.cells import LEFT_OUT, Cell, state_of
from xdc_lab.studies.collection import Collection
from xdc_lab.studies.place import Place
from xdc_lab.studies.source import make_source
from xdc_lab.studies.table import LOCALIZATION, SUPERVISED


def pretrain_command(cell: Cell) -> list[str]:
    """The command that makes a cell's encoder."""
    source, place = cell.source, cell.place
    words = ["xdc-lab", "pretrain", "--method", source.row, "--scale", place.scale, "--seed", str(source.seed)]
    if source.collection is not None:
        words += ["--data", written(source.collection)]
    if source.row == SUPERVISED:
        words += ["--modality", cell.modality]
    base = make_source(source.row, source.seed, source.collection, scale_settings(place.scale))
    changes = changes_from(base.settings, source.settings)
    return [*words, *_set(changes), "--out", str(cell.pretraining.path), *_execution(place)]


def evaluate_command(cell: Cell) -> list[str]:
    """The command that evaluates it."""
    pretraining, downstream, place = str(cell.pretraining.path), cell.downstream, cell.place
    words = ["--encoder", cell.encoder, "--scale", place.scale, "--seed", str(cell.source.seed)]
    words += ["--out", str(cell.run.path), *_execution(place)]
    if cell.protocol == LOCALIZATION:
        return ["xdc-lab", "localization", "detect", pretraining, "--data", downstream.data, *words]
    words += ["--data", written(downstream), "--protocol", find_protocol(cell.protocol).slug]
    words += [word for name in cell.splits for word in ("--split", name)] if cell.part else []
    words += [] if downstream.per_class is None else ["--per-class", str(downstream.per_class)]
    return ["xdc-lab", "evaluate", pretraining, *words, *_set(place.changes_on(cell.evaluated_on))]


def written(collection: Collection) -> str:
    """A collection as `parse_collection` reads it.

    >>> written(Collection("demo", "demo", clips=240))
    'demo:240'
    """
    size = "" if collection.clips is None else f":{collection.clips}"
    return ("" if collection.name == collection.data else f"{collection.name}=") + collection.data + size


def plan_of(cells: Sequence[Cell]) -> pd.DataFrame:
    """Every command of a table with its state, pretrainings before what evaluates them.

    Columns: state, command (a cell that is left out: what it is, and the reason).
    """
    rows: dict[str, str] = {}
    for cell in cells:
        if cell.reason:
            rows[f"{cell}: {cell.reason}"] = LEFT_OUT
            continue
        rows[command_line(pretrain_command(cell))] = state_of(cell.pretraining)
        rows[command_line(evaluate_command(cell))] = state_of(cell.run)
    return pd.DataFrame({"state": list(rows.values()), "command": list(rows)}, columns=["state", "command"])


def _set(changes: Mapping[str, Any]) -> list[str]:
    return [word for name, value in changes.items() for word in ("--set", f"{name}={_text(value)}")]


def _text(value: Any) -> str:
    """A value as `xdc_lab.settings.change_settings` reads it."""
    if isinstance(value, tuple):
        return str(list(value))
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _execution(place: Place) -> list[str]:
    words = ["--store", str(Path(place.store))]
    if place.execution.device != "auto":
        words += ["--device", place.execution.device]
    if place.execution.workers:
        words += ["--workers", str(place.execution.workers)]
    return words
