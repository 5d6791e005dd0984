"""Where the encoders of a study come from and where its runs lie: rows of a table, for all seeds, as folders (4.1)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.splits import fewer_labels
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.preparation import PRETRAINING_SPLITS
from xdc_lab.studies.scales import StudySettings

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
    # The demo sets are named after their scales.
    named = data if data.startswith(scale) else f"{data}-{scale}".lstrip("-")
    parts = [method, *[f"n{clips}"] * (clips is not None), *[f"k{k}"] * (k is not None), f"s{seed}"]
    return Path(named.replace(" ", "-")) / "-".join(parts).replace(" ", "-")


def make_source(method: str, seed: int, collection: Collection, *, k: int | None = None) -> Source:
    """A row's source: a random encoder is pretrained on nothing, and only methods have clusters."""
    return Source(method, seed, None if method in RANDOM else collection, k if method in METHODS else None)


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
