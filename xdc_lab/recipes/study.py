"""Cells in, one run folder each and a table of results out: the unattended, resumable engine of Tables 1 to 7."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from xdc_lab.datasets.catalogue import describe_data, load_items
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.store_filling import digest
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.engine import evaluate, fill_store
from xdc_lab.evaluation.protocols import find_protocol
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.evaluation.retraining import retrain_on_last_clusters
from xdc_lab.evaluation.splits import fewer_labels, official_splits
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.preparation import PRETRAINING_SPLITS, prepare_material, usable_items
from xdc_lab.recipes.record import COLUMNS, in_words, result_rows, whole_numbers, write_results
from xdc_lab.recipes.scales import StudySettings
from xdc_lab.recipes.supervised import pretrain_supervised, random_encoder
from xdc_lab.runs.folder import RunFolder

RUNS, STORE = "runs", "decoded"
PART_SEED = 0  # folders and label files are sorted by class: their first items would be a few classes
RANDOM = ("Scratch", "Random")  # two tables' names for one encoder: the first names its folders
SUPERVISED = "Superv"


@dataclass(frozen=True)
class Collection:
    """A collection of videos to pretrain on, or labelled items to evaluate on.

    Attributes:
        name: in tables.
        data: what `xdc_lab.datasets.catalogue.load_items` takes.
        clips: so many pretraining items, drawn once; a smaller part is within a larger one. None: all.
        per_class: so many labelled training items of each class, each seed's own; None: all.
    """

    name: str
    data: str
    clips: int | None = None
    per_class: int | None = None

    def items(self, *, seed: int = 0) -> pd.DataFrame:
        """Its items; for pretraining no more than `clips`, for an evaluation no more labels than `per_class`."""
        items = load_items(self.data)
        if self.per_class is not None:
            return fewer_labels(items, self.per_class, seed=seed)
        if self.clips is None:
            return items
        kept = items[items["split"].fillna("").isin(PRETRAINING_SPLITS)]
        drawn = np.random.default_rng(PART_SEED).permutation(len(kept))[: self.clips]
        return kept.iloc[np.sort(drawn)].reset_index(drop=True)


@dataclass(frozen=True)
class Source:
    """Where an encoder comes from: a row of a table, and a seed.

    Attributes:
        method: a key of `METHODS`, "Superv", or one of `RANDOM`.
        seed: of the pretraining, and of everything after it.
        collection: what it was pretrained on; None: nothing.
        k: clusters; None: the scale's, or none.
    """

    method: str
    seed: int
    collection: Collection | None = None
    k: int | None = None

    def __post_init__(self):
        if self.method not in (*METHODS, SUPERVISED, *RANDOM):
            allowed = ", ".join([*METHODS, SUPERVISED, *RANDOM])
            raise SettingError(f"unknown row {self.method!r}; a row is one of {allowed}")
        if (self.collection is None) != (self.method in RANDOM):
            raise SettingError(
                f"row {self.method!r} with collection {self.collection}: random encoders have none"
            )

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that it gives an encoder for (same-modality XDC: one)."""
        if self.method not in METHODS:
            return ("video", "audio")
        return tuple(dict.fromkeys(METHODS[self.method].encoders.values()))

    def folder(self, scale: str) -> Path:
        """Where its run lies below the folder of all runs: "demo/XDC-k32-s0"."""
        return pretraining_folder(
            self.collection.name if self.collection else "",
            RANDOM[0] if self.method in RANDOM else self.method,
            scale=scale,
            seed=self.seed,
            k=self.k,
            clips=self.collection.clips if self.collection else None,
        )


def pretraining_folder(
    data: str, method: str, *, scale: str, seed: int, k: int | None = None, clips: int | None = None
) -> Path:
    """Where a pretraining lies below the folder of all runs; a number that is None is not named.

    >>> pretraining_folder("demo", "XDC", scale="demo", seed=0, k=32).as_posix()
    'demo/XDC-k32-s0'
    >>> pretraining_folder("mine", "XDC", scale="tiny", seed=0, k=8).as_posix()
    'mine-tiny/XDC-k8-s0'
    """
    named = (
        data if data.startswith(scale) else f"{data}-{scale}".lstrip("-")
    )  # the demo sets are named after theirs
    parts = [method, *[f"n{clips}"] * (clips is not None), *[f"k{k}"] * (k is not None), f"s{seed}"]
    return Path(named.replace(" ", "-")) / "-".join(parts).replace(" ", "-")


def make_source(method: str, seed: int, collection: Collection, *, k: int | None = None) -> Source:
    """A row's source: a random encoder is pretrained on nothing, and only methods have clusters."""
    return Source(method, seed, None if method in RANDOM else collection, k if method in METHODS else None)


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


@dataclass(frozen=True)
class Place:
    """How and where the cells of a study run.

    Attributes:
        recipe: "table1", ...
        out: the folder of all runs, which tables share.
        scale: names the folder of the table.
        settings: what all cells share.
        device: "auto", "cpu", "cuda".
        threads: of each process; None: as many as PyTorch takes.
        progress: show bars, and a line for each cell.
    """

    recipe: str
    out: Path
    scale: str
    settings: StudySettings
    device: str = "auto"
    threads: int | None = None
    progress: bool = True

    @property
    def results(self) -> Path:
        """The table of results of this recipe."""
        return results_file(self.out, self.scale, self.recipe)

    @property
    def store(self) -> Path:
        """Decoded clips, shared by all runs."""
        return self.out / STORE


def results_file(out: Path, scale: str, recipe: str) -> Path:
    """Where the table of results of a recipe lies below the folder of all runs."""
    return out / "tables" / scale / recipe / "results.csv"


def open_place(
    recipe: str, out: str | Path | None, scale: str, settings: StudySettings, *, device: str, progress: bool
) -> Place:
    """Where a recipe runs; without `out` in `runs`, as everything else."""
    return Place(recipe, Path(out or RUNS), scale, settings, device, progress=progress)


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
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise SettingError(
            "a table runs its cells side by side itself: give --jobs N (one GPU each), no torchrun"
        )
    groups: dict[Source, list[Cell]] = {}
    for cell in cells:
        source = replace(
            cell.source, k=_clusters(cell.source, place)
        )  # the scale's k is named in a folder, too
        groups.setdefault(source, []).append(replace(cell, source=source))
    results: list[dict[str, Any]] = []
    for rows in _all_groups(list(groups.values()), place, jobs):
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
    origin = {
        "recipe": place.recipe,
        "method": source.method,
        "pretraining": source.collection.name if source.collection else "none",
        "pretraining_size": _size(source, pretraining),
        "k": _clusters(source, place),
        "downstream": cell.downstream.name,
    }
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


def _size(source: Source, pretraining: RunFolder | None) -> int:
    """Clips pretrained on: as many as were asked for, so that two collections pair; where all were, the usable ones.

    A collection that has fewer than were asked for says how many it has.
    """
    if pretraining is None or source.collection is None:
        return 0
    asked_for = source.collection.clips is not None
    return len(source.collection.items() if asked_for else read_items(pretraining.items))


def _encoder(cell: Cell, place: Place) -> tuple[Encoder | Path, RunFolder | None]:
    """The encoder of a cell and the run that made it; None for a random one."""
    source, modality = cell.source, cell.modality
    if source.method in RANDOM:
        random = random_encoder(modality, settings=place.settings.pretraining, seed=source.seed)
        return random, None
    if source.method not in METHODS:
        run = _supervised(source, modality, place)
        return run.encoder(modality), run
    run = _pretrained(source, place)
    name = next(name for name, kind in METHODS[source.method].encoders.items() if kind == modality)
    if not find_protocol(cell.protocol).long_clips:
        return run.encoder(name), run
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


def _pretrained(source: Source, place: Place) -> RunFolder:
    settings, k = place.settings.pretraining, _clusters(source, place)
    collection = _collection(source)
    return pretrain(
        collection.items(),
        place.out / source.folder(place.scale),
        method=METHODS[source.method],
        settings=replace(settings, kmeans=replace(settings.kmeans, k=k)),
        seed=source.seed,
        data=describe_data(collection.data),
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )


def _supervised(source: Source, modality: str, place: Place) -> RunFolder:
    collection, folder = _collection(source), source.folder(place.scale)
    return pretrain_supervised(
        collection.items(),
        place.out / folder.with_name(f"{folder.name}-{modality}"),
        modality=modality,
        settings=place.settings.pretraining,
        seed=source.seed,
        data=describe_data(collection.data),
        device=place.device,
        store_folder=place.store,
        progress=place.progress,
    )


def _collection(source: Source) -> Collection:
    if source.collection is None:
        raise SettingError(f"row {source.method!r} is pretrained on nothing")
    return source.collection


def _clusters(source: Source, place: Place) -> int | None:
    """The number of clusters; None where nothing is clustered."""
    return (source.k or place.settings.pretraining.kmeans.k) if source.method in METHODS else None


def _all_groups(groups: list[list[Cell]], place: Place, jobs: int) -> Iterator[list[dict[str, Any]]]:
    if jobs == 1:
        yield from (run_group(group, place) for group in groups)
        return
    _fill_stores([cell for group in groups for cell in group], place)  # before several processes want them
    quiet = replace(place, threads=1, progress=False)
    spawn = multiprocessing.get_context(
        "spawn"
    )  # forked processes inherit locks of the threads that torch runs
    numbers = spawn.Queue()
    for number in range(jobs):
        numbers.put(number)
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_take_a_gpu, initargs=(numbers,)) as pool:
        yield from pool.map(partial(run_group, place=quiet), groups)


def _take_a_gpu(numbers: "multiprocessing.Queue[int]") -> None:
    """Give each process a GPU of its own as far as there are enough (`xdc_lab.distributed.device`)."""
    os.environ["LOCAL_RANK"] = str(numbers.get() % max(1, torch.cuda.device_count()))


def _fill_stores(cells: Sequence[Cell], place: Place) -> None:
    """Decode once what the cells will read, so that two processes never write one store."""
    settings = place.settings
    for collection in dict.fromkeys(cell.source.collection for cell in cells if cell.source.collection):
        items = collection.items()
        run = RunFolder(
            place.store / "check" / digest(items["path"].tolist())
        )  # a folder that grew is another
        usable = usable_items(items, run, settings=settings.pretraining, progress=place.progress)
        prepare_material(
            usable, run, modalities=set(), settings=settings.pretraining, seed=0, store_folder=place.store
        )
    for downstream, modality, splits, seed in dict.fromkeys(map(_read_by, cells)):
        items = downstream.items(seed=seed)
        fill_store(
            items,
            modality=modality,
            settings=settings.evaluation,
            store_folder=place.store,
            splits=list(official_splits(items))[:splits],
            progress=place.progress,
        )


def _read_by(cell: Cell) -> tuple[Collection, str, int | None, int]:
    """What decides the items that a cell decodes; the seed, where it draws the labels."""
    seed = 0 if cell.downstream.per_class is None else cell.source.seed
    return cell.downstream, cell.modality, cell.splits, seed
