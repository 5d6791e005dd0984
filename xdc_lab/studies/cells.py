"""The cells of a table: an encoder and what it is evaluated on, with folder, state and command (paper 4.2)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets.catalogue import describe_data, load_items, loader_of
from xdc_lab.datasets.labels import has_several, label_sets
from xdc_lab.datasets.pictures import are_pictures
from xdc_lab.errors import DataError, SettingError, counted
from xdc_lab.evaluation.finetuning import OnData
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.methods import METHODS
from xdc_lab.results.rows import whole_numbers
from xdc_lab.results.summary import CELL
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.collection import ROLES, Collection, find_collection, parse_collection, pretraining_rows
from xdc_lab.studies.place import Place
from xdc_lab.studies.scales import StudySettings
from xdc_lab.studies.source import Source, make_source, with_choice
from xdc_lab.studies.table import LOCALIZATION, SUPERVISED, Clusters, Table

DONE, BEGUN, TO_DO, LEFT_OUT = "done", "begun", "to do", "left out"
Wanted = int | tuple[str, ...] | None
SILENT = "pictures have no sound"


@dataclass(frozen=True)
class Kind:
    """What a collection is made of."""

    several_labels: bool
    pictures: bool


KindOf = Callable[[str], Kind]
SplitsOf = Callable[[Collection, Wanted], tuple[tuple[str, ...], str, str]]


@dataclass(frozen=True)
class Cell:
    """An encoder, and what it is evaluated on.

    Attributes:
        place: where and how it runs.
        source: the row, the seed and the pretraining.
        modality: "video" or "audio".
        downstream: what it is evaluated on.
        protocol: the name of one, or `LOCALIZATION`.
        splits: names of official splits.
        part: the end of the folder's name where these are not all splits.
        reason: why it can't be measured; "" where it can.
    """

    place: Place
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

    @property
    def pretraining(self) -> RunFolder:
        """The run that makes its encoder; cells of a table share it."""
        return RunFolder(self.place.out / self.source.folder(self.place.scale, self.modality))

    @property
    def run(self) -> RunFolder:
        """The run of its evaluation."""
        source = self.source.folder(self.place.scale, self.modality)
        row = source.name.removesuffix(f"-{self.modality}")
        slug = LOCALIZATION if self.protocol == LOCALIZATION else find_protocol(self.protocol).slug
        name = f"{row}-{self.modality}-{self.downstream.title}-{slug}{self.part}".replace(" ", "-")
        return RunFolder(self.place.out / "cells" / source.parent / name)

    @property
    def evaluated_on(self) -> OnData:
        """The data set whose finetuning it has, and the modality."""
        return self.downstream.data_set, self.modality

    @property
    def failure(self) -> Path:
        """The error of its last attempt: its message, and below it the traceback of an unexpected one."""
        return self.run.path.with_name(f"{self.run.path.name}.failed.txt")

    @property
    def is_done(self) -> bool:
        """Whether it has a result, and the last attempt did not find it to be another's."""
        return not self.reason and state_of(self.run) == DONE and not self.failure.is_file()

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
    for role in dict.fromkeys([*table.collections, *(where for where, _ in table.downstreams)]):
        if role not in ROLES:  # what was named and is not there comes before a stand-in that is not there
            describe_data(parse_collection(role).data)
    splits_of, kind_of = cache(_splits), cache(_kind)
    cells = [
        replace(cell, reason=reason or cell.reason)
        for source, reason in _sources(table, place).items()
        for cell in _cells_of_source(source, table, place, splits_of, kind_of)
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
    sizes = table.sizes or (base.sizes if "sizes" in table.sweeps else (None,))
    ks = table.ks or (base.ks if "ks" in table.sweeps else (None,))
    collections = [
        replace(found, clips=found.clips if size is None else size)
        for role in table.collections
        for found in [find_collection(role, place.scale)]
        for size in sizes
    ]
    clusters = [Clusters(k) if isinstance(k, int) else k for k in ks]
    settings = [
        with_choice(base.pretraining, clusters=k, encoder=encoder) for k in clusters for encoder in table.encoders
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
        return f"has {counted(len(items), 'clip')}"
    if collection.clips == len(items) and collection.name in whole:
        return "is all of it"
    if source.row == SUPERVISED and len(label_sets(items).names) < 2:
        return "needs labels"
    if source.row in METHODS and are_pictures(items):
        return SILENT
    if source.row in METHODS and (k := _largest(source.clusters)) > clips:
        return f"needs {k:,} clips"
    return ""


def _largest(clusters: Clusters | None) -> int:
    return max(filter(None, (clusters.k, clusters.video, clusters.audio)), default=0) if clusters else 0


def _cells_of_source(
    source: Source, table: Table, place: Place, splits_of: SplitsOf, kind_of: KindOf
) -> Iterator[Cell]:
    protocols = (LOCALIZATION,) if table.localizes else table.protocols
    for role, modality in table.downstreams:
        if modality not in source.encoders:
            continue
        for count in table.per_class:
            downstream = replace(_downstream(role, table, place), per_class=count)
            names, part, reason = ((), "", "") if table.localizes else splits_of(downstream, _wanted(role, table))
            for protocol in protocols:
                if table.localizes or modality in find_protocol(protocol).modalities:
                    why = reason or _elsewhere(protocol, role, downstream, table)
                    why = why or _unfit(source, downstream, protocol, modality, kind_of)
                    yield Cell(place, source, modality, downstream, protocol, names, part, why)


def _elsewhere(protocol: str, role: str, downstream: Collection, table: Table) -> str:
    """Why a protocol that the paper has for one data set alone does not run here; "" where it does."""
    only = dict(table.only_on).get(protocol)
    if only is None or role == "labelled" or loader_of(downstream.data) == only:
        return ""
    return f"the paper has it for {only.upper()} alone; --protocols {find_protocol(protocol).slug} asks for it"


def _unfit(source: Source, downstream: Collection, protocol: str, modality: str, kind_of: KindOf) -> str:
    """What a protocol or a modality can't do with pictures, or with several labels an item; "" where it can."""
    if protocol == LOCALIZATION:
        return ""
    learned = [source.collection] if source.collection and source.row == SUPERVISED else []
    if modality == "audio" and any(kind_of(one.data).pictures for one in [*learned, downstream]):
        return SILENT
    if find_protocol(protocol).classifier != "network" and kind_of(downstream.data).several_labels:
        return "is for one label per item"
    return ""


def _kind(data: str) -> Kind:
    items = load_items(data)
    return Kind(has_several(items), are_pictures(items))


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


def _wanted(role: str, table: Table) -> Wanted:
    """The splits that a table asks for; of what is pretrained on one: others test on labels that Superv has seen."""
    return 1 if role == "labelled" and table.splits is None else table.splits


def _splits(collection: Collection, wanted: Wanted) -> tuple[tuple[str, ...], str, str]:
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
