"""Cells in, one run folder each and a table of results out: the unattended, resumable engine of Tables 1 to 7."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from xdc_lab.datasets.catalogue import describe_data
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.evaluation.engine import evaluate, fill_store
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.retraining import retrain_on_last_clusters
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.methods import METHODS
from xdc_lab.recipes.record import COLUMNS, in_words, result_rows, whole_numbers, write_results
from xdc_lab.recipes.source_encoders import (
    clusters_of,
    encoder_of,
    fill_pretraining_stores,
    name_in_run,
    origin_of,
    rows_of_groups,
)
from xdc_lab.recipes.sources import RANDOM, Collection, Place, Source
from xdc_lab.runs.folder import RunFolder


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
    """Run every cell that has not been run, and give the table of results, one row a cell.

    Pretrainings, cells and decoded clips lie in `place.out`, where another recipe finds them again. Start it again
    after a kill: what is finished is read, what was under way goes on where it was.

    Args:
        cells: what to measure.
        place: settings and folders.
        jobs: processes, each with its own source, GPU and one thread; 1 runs in this process with all its threads.

    Raises:
        SettingError: if several processes of torchrun call it.
    """
    groups: dict[Source, list[Cell]] = {}
    for cell in cells:
        # The scale's k is named in a folder, too.
        source = replace(cell.source, k=clusters_of(cell.source, place))
        groups.setdefault(source, []).append(replace(cell, source=source))
    results: list[dict[str, Any]] = []
    own = list(groups.values())
    for rows in rows_of_groups(own, place, work=run_group, fill=_fill_stores, jobs=jobs):
        results += rows
        write_results(rows, place.results)
        if place.progress:
            print(*map(in_words, rows), f"[{len(results)} of {len(cells)} cells]", sep="\n", flush=True)
    return whole_numbers(pd.DataFrame(results, columns=list(COLUMNS)))


def run_group(cells: Sequence[Cell], place: Place) -> list[dict[str, Any]]:
    """Make one source's encoders and judge them; one row of results a cell."""
    if place.threads is not None:
        torch.set_num_threads(place.threads)
    # A cell may have been measured for another table: its row here is this one's.
    return [
        {**row, "recipe": place.recipe, "method": cell.source.method}
        for cell in cells
        for row in result_rows(run_cell(cell, place))
    ]


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
