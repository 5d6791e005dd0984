"""Cells in, one run folder each and a table of results out: the unattended, resumable engine of Tables 1 to 7."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.catalogue import describe_data
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.evaluation.engine import evaluate, fill_store
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.retraining import retrain_on_last_clusters
from xdc_lab.results.rows import in_words
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.cells import run_cells
from xdc_lab.studies.source_encoders import (
    Row,
    encoder_of,
    fill_pretraining_stores,
    name_in_run,
    origin_of,
)
from xdc_lab.studies.sources import RANDOM, Collection, Place, Source


@dataclass(frozen=True)
class Cell:
    """One number of a table: an encoder, judged.

    Attributes:
        source: where the encoder comes from.
        modality: "video" or "audio".
        protocol: the name of one.
        downstream: what it is judged on.
        splits: the first so many of its official splits; None: all of them.
    """

    source: Source
    modality: str
    protocol: str
    downstream: Collection
    splits: int | None = None

    def folder(self, scale: str) -> Path:
        """Where its evaluation lies below the folder of all cells."""
        slug, source = find_protocol(self.protocol).slug, self.source.folder(scale)
        name = f"{source.name}-{self.modality}-{self.downstream.name}-{slug}"
        return source.parent / name.replace(" ", "-")


def cells_of(
    sources: Sequence[Source],
    *,
    protocols: Sequence[str],
    downstreams: Sequence[tuple[Collection, str]],
    splits: int | None = None,
) -> list[Cell]:
    """Every source on every downstream collection and modality that it has an encoder for.

    Args:
        sources: the rows, for all seeds.
        protocols: names; one that is not for a modality is left out there.
        downstreams: a collection and the modality to judge on it.
        splits: 1 for Tables 1 to 5, which the paper judges on split 1 (4.1); None for all, as in Table 7.
    """
    return [
        Cell(source, modality, protocol, downstream, splits)
        for source in sources
        for downstream, modality in downstreams
        for protocol in protocols
        if modality in source.modalities and modality in find_protocol(protocol).modalities
    ]


def run_study(cells: Sequence[Cell], place: Place, *, jobs: int = 1) -> pd.DataFrame:
    """Run every cell that has not been run, and give the table of results, one row a cell; as `cells.run_cells`."""
    return run_cells(cells, place, run=run_cell, fill=_fill_stores, say=_say, jobs=jobs)


def run_cell(cell: Cell, place: Place) -> EvaluationResult:
    """Judge one encoder, and pretrain it first if that has not been done."""
    source = cell.source
    encoder, pretraining = _encoder(cell, place)
    origin = {**origin_of(source, place, pretraining), "downstream": cell.downstream.name}
    items = cell.downstream.items(seed=source.seed)
    names = list(official_splits(items))
    chosen = names[: cell.splits]
    part = f"-split-{'-'.join(chosen)}" * (chosen != names)
    folder, settings = cell.folder(place.scale), place.settings.evaluation
    if source.method in RANDOM:
        settings = replace(settings, full=settings.from_scratch)
    return evaluate(
        encoder,
        items,
        place.out / "cells" / folder.with_name(folder.name + part),
        protocol=find_protocol(cell.protocol),
        settings=settings,
        seed=source.seed,
        splits=chosen,
        data=describe_data(cell.downstream.data),
        origin=origin,
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )


def _encoder(cell: Cell, place: Place) -> tuple[Encoder | Path, RunFolder | None]:
    """The encoder of a cell; where the protocol has long clips, a method's is re-trained with them first."""
    source = cell.source
    encoder, run = encoder_of(source, cell.modality, place)
    if run is None or source.method not in METHODS or not find_protocol(cell.protocol).long_clips:
        return encoder, run
    name = name_in_run(source, cell.modality)
    longer = retrain_on_last_clusters(
        run.path,
        place.out / "retraining" / f"{source.folder(place.scale)}-{name}",
        encoder=name,
        settings=place.settings.evaluation,
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )
    return longer, run


def _say(rows: list[Row], done: int, of: int) -> None:
    print(*map(in_words, rows), f"[{done} of {of} cells]", sep="\n", flush=True)


def _fill_stores(cells: Sequence[Cell], place: Place) -> None:
    """Decode once what the cells will read, so that two processes never write one store."""
    fill_pretraining_stores([cell.source for cell in cells], place)
    for downstream, modality, splits, seed in dict.fromkeys(map(_read_by, cells)):
        items = downstream.items(seed=seed)
        fill_store(
            items,
            modality=modality,
            settings=place.settings.evaluation,
            store_folder=place.store,
            splits=list(official_splits(items))[:splits],
            progress=place.progress,
        )


def _read_by(cell: Cell) -> tuple[Collection, str, int | None, int]:
    """What decides the items that a cell decodes; the seed, where it draws the labels."""
    seed = 0 if cell.downstream.per_class is None else cell.source.seed
    return cell.downstream, cell.modality, cell.splits, seed
