"""The cells of a table: an encoder and what it is evaluated on, with folder, state and command (paper 4.2)."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.errors import DataError, SettingError
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.settings import scale_settings
from xdc_lab.results.rows import whole_numbers
from xdc_lab.results.summary import CELL
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import changes_from
from xdc_lab.studies.collection import (
    ROLES,
    Collection,
    find_collection,
    parse_collection,
    pretraining_rows,
)
from xdc_lab.studies.place import Place
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.source import Source, make_source, with_choice
from xdc_lab.studies.table import LOCALIZATION, SUPERVISED, Clusters, Table

DONE, BEGUN, TO_DO, LEFT_OUT = "done", "begun", "to do", "left out"


@dataclass(frozen=True)
class Cell:
    """An encoder, and what it is evaluated on.

    Attributes:
        source: the row, the seed and the pretraining.
        modality: "video" or "audio".
        downstream: what it is evaluated on.
        protocol: the name of one, or `LOCALIZATION`.
        splits: names of official splits.
        part: the end of the folder's name where these are not all splits.
        reason: why it can't be measured; "" where it can.
    """

    source: Source
    modality: str
    downstream: Collection
    protocol: str
    splits: tuple[str, ...] = ()
    part: str = ""
    reason: str = ""

    @property
    def encoder(self) -> str:
        """The encoder's name in the run that makes it."""
        return self.source.encoders[self.modality]

    def pretraining(self, place: Place) -> RunFolder:
        """The run that makes its encoder; cells of a table share it."""
        return RunFolder(place.out / self.source.folder(place.scale, self.modality))

    def run(self, place: Place) -> RunFolder:
        """The run of its evaluation."""
        source = self.source.folder(place.scale, self.modality)
        row = source.name.removesuffix(f"-{self.modality}")
        slug = LOCALIZATION if self.protocol == LOCALIZATION else find_protocol(self.protocol).slug
        name = f"{row}-{self.modality}-{self.downstream.title}-{slug}{self.part}".replace(" ", "-")
        return RunFolder(place.out / "cells" / source.parent / name)

    def __str__(self) -> str:
        """What names it, in a line."""
        return ", ".join(str(value) for value in self.names().values() if value not in (None, 0, ""))

    def names(self) -> dict[str, Any]:
        """What names it in a table of results, beside what the run itself says."""
        collection, clusters = self.source.collection, self.source.clusters
        counts = {clusters.k, clusters.video, clusters.audio} - {None} if clusters else set()
        return {
            "method": self.source.row,
            "pretraining": collection.name if collection else "none",
            "pretraining_size": collection.clips if collection else 0,
            "k": counts.pop() if len(counts) == 1 else None,
            "downstream": self.downstream.title,
            "modality": self.modality,
            "network": self.source.settings.video_encoder,
            "protocol": self.protocol,
            "seed": self.source.seed,
        }


def state_of(run: RunFolder) -> str:
    """How far a run is: done, begun or to do."""
    if not run.about.is_file():
        return TO_DO
    return DONE if run.read_about()["status"] == "finished" else BEGUN


def cells_of(table: Table, place: Place) -> list[Cell]:
    """Expand a table: each row on each collection, size and k, with each seed, on each downstream set and protocol.

    A modality that a row has no encoder for, or a protocol that is not for it, makes no cell. What a collection can't
    do (labels that it lacks, a size above its own, more clusters than items) makes a cell with a reason.

    Raises:
        DataError: if a collection is not there.
        SettingError: if there is no cell at all.
    """
    cells = [
        replace(cell, reason=reason or cell.reason)
        for source, reason in _sources(table, place).items()
        for cell in _cells_of_source(source, table, place)
    ]
    if not cells:
        raise SettingError(
            f"{table.title}: no row has an encoder for {', '.join(modality for _, modality in table.downstreams)} that "
            f"{', '.join(table.protocols)} could evaluate"
        )
    return cells


def _sources(table: Table, place: Place) -> dict[Source, str]:
    """The table's sources, each once, with why it can't be pretrained."""
    base: StudySettings = place.settings
    sizes = base.sizes if "sizes" in table.sweeps and table.sizes == (None,) else table.sizes
    ks = base.ks if "ks" in table.sweeps and table.ks == (None,) else table.ks
    collections = [
        replace(found, clips=found.clips if size is None else size)
        for role in table.collections
        for found in [find_collection(role, place.scale)]
        for size in sizes
    ]
    clusters = [Clusters(k) if isinstance(k, int) else k for k in ks]
    settings = [
        with_choice(base.pretraining, clusters=k, encoder=encoder)
        for k in clusters
        for encoder in table.encoders
    ]
    sources = dict.fromkeys(
        make_source(row, seed, collection, own)
        for seed in table.seeds
        for row in table.rows
        for collection in collections
        for own in settings
    )
    whole = {collection.name for collection in collections if collection.clips is None}
    look = cache(load_items)
    return {source: _reason(source, look, whole) for source in sources}


def _reason(source: Source, look, whole: Iterable[str]) -> str:
    """Why a source can't be pretrained on its collection; "" where it can."""
    collection = source.collection
    if collection is None:
        return ""
    items = look(collection.data)
    items = items[pretraining_rows(items)]
    clips = len(items) if collection.clips is None else collection.clips
    if clips > len(items):
        return f"has {len(items):,} clips"
    if collection.clips == len(items) and collection.name in whole:
        return "is all of it"
    if source.row == SUPERVISED and items.loc[items["label"] != "", "label"].nunique() < 2:
        return "needs labels"
    if source.row in METHODS and (k := _largest(source.clusters)) > clips:
        return f"needs {k:,} clips"
    return ""


def _largest(clusters: Clusters | None) -> int:
    return max(filter(None, (clusters.k, clusters.video, clusters.audio)), default=0) if clusters else 0


def _cells_of_source(source: Source, table: Table, place: Place) -> Iterator[Cell]:
    protocols = (LOCALIZATION,) if table.localizes else table.protocols
    for role, modality in table.downstreams:
        if modality not in source.encoders:
            continue
        for count in table.per_class:
            downstream = replace(_downstream(role, table, place), per_class=count)
            chosen = ((), "", "") if table.localizes else _splits(downstream, _wanted(role, table))
            for protocol in protocols:
                if table.localizes or modality in find_protocol(protocol).modalities:
                    yield Cell(source, modality, downstream, protocol, *chosen)


def _downstream(role: str, table: Table, place: Place) -> Collection:
    """What to evaluate on; a collection of one's own that is pretrained on is its own labelled items, too.

    Raises:
        SettingError: if it has no untrimmed videos.
    """
    pretrained_on = table.collections[0]
    own = pretrained_on not in ("curated", "uncurated")
    if role == "untrimmed" and own:
        raise SettingError(f"{pretrained_on} is pretrained on, and is no stand-in for {ROLES[role]}")
    if role == "labelled" and own:
        return replace(parse_collection(pretrained_on), clips=None)
    return find_collection(role, place.scale)


def _wanted(role: str, table: Table) -> int | tuple[str, ...] | None:
    """The splits that a table asks for; of what is pretrained on one: others test on labels that Superv has seen."""
    return 1 if role == "labelled" and table.splits is None else table.splits


def _splits(collection: Collection, wanted: int | tuple[str, ...] | None) -> tuple[tuple[str, ...], str, str]:
    """Names of the splits, how a folder names them if they are not all, and why there are none."""
    try:
        names = tuple(official_splits(collection.items()))
    except DataError as error:
        return (), "", _first_sentence(error)
    chosen = wanted if isinstance(wanted, tuple) else names[:wanted]
    if missing := [name for name in chosen if name not in names]:
        return (), "", f"has no split {', '.join(missing)}"
    return chosen, f"-split-{'-'.join(chosen)}" * (chosen != names), ""


def _first_sentence(error: Exception) -> str:
    return str(error).split(";")[0].split("\n")[0]


def left_out_rows(cells: Sequence[Cell], protocols: Sequence[str]) -> pd.DataFrame:
    """Cells that are not measured, in the columns of a table of results, with `reason`."""
    rows = [
        {**cell.names(), "protocol": protocol, "reason": cell.reason}
        for cell in cells
        for protocol in (protocols if cell.protocol == LOCALIZATION else [cell.protocol])
    ]
    return whole_numbers(pd.DataFrame(rows, columns=[*CELL, "seed", "reason"]))


def pretrain_command(cell: Cell, place: Place) -> list[str]:
    """The command that makes a cell's encoder."""
    source = cell.source
    words = [
        "xdc-lab",
        "pretrain",
        "--method",
        source.row,
        "--scale",
        place.scale,
        "--seed",
        str(source.seed),
    ]
    if source.collection is not None:
        words += ["--data", written(source.collection)]
    if source.row == SUPERVISED:
        words += ["--modality", cell.modality]
    base = make_source(source.row, source.seed, source.collection, scale_settings(place.scale))
    changes = changes_from(base.settings, source.settings)
    return [*words, *_set(changes), "--out", str(cell.pretraining(place).path), *_execution(place)]


def evaluate_command(cell: Cell, place: Place) -> list[str]:
    """The command that evaluates it."""
    pretraining, downstream = str(cell.pretraining(place).path), cell.downstream
    words = ["--encoder", cell.encoder, "--scale", place.scale, "--seed", str(cell.source.seed)]
    words += ["--out", str(cell.run(place).path), *_execution(place)]
    if cell.protocol == LOCALIZATION:
        return ["xdc-lab", "localization", "detect", pretraining, "--data", downstream.data, *words]
    words += ["--data", written(downstream), "--protocol", find_protocol(cell.protocol).slug]
    words += [word for name in cell.splits for word in ("--split", name)] if cell.part else []
    words += [] if downstream.per_class is None else ["--per-class", str(downstream.per_class)]
    changes = changes_from(study_settings(place.scale).evaluation, place.settings.evaluation)
    return ["xdc-lab", "evaluate", pretraining, *words, *_set(changes)]


def written(collection: Collection) -> str:
    """A collection as `parse_collection` reads it.

    >>> written(Collection("demo", "demo", clips=240))
    'demo:240'
    """
    size = "" if collection.clips is None else f":{collection.clips}"
    return ("" if collection.name == collection.data else f"{collection.name}=") + collection.data + size


def plan_of(cells: Sequence[Cell], place: Place) -> pd.DataFrame:
    """Every command of a table with its state, pretrainings before what evaluates them.

    Columns: state, command (a cell that is left out: what it is, and the reason).
    """
    rows: dict[str, str] = {}
    for cell in cells:
        if cell.reason:
            rows[f"{cell}: {cell.reason}"] = LEFT_OUT
            continue
        rows[shlex.join(pretrain_command(cell, place))] = state_of(cell.pretraining(place))
        rows[shlex.join(evaluate_command(cell, place))] = state_of(cell.run(place))
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
