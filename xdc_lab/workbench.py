"""What a notebook stands on: scale, collection and device in; items and pretrainings out, made where missing."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab import distributed
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.datasets import esc50
from xdc_lab.datasets.catalogue import ITEMS_FILE, NAMED, data_folder, describe_data, load_items, name_of
from xdc_lab.errors import DataError
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.methods import Method, find_method
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.results.recorded import HERE, beside_recorded, recorded_results
from xdc_lab.results.rows import COLUMNS, read_results
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import table8
from xdc_lab.studies.catalogue import find_recipe
from xdc_lab.studies.evaluation_job import judge
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import RUNS, STORE, pretraining_folder, results_file
from xdc_lab.worlds.demo.render import render_demo_set

SCALE_VARIABLE, VIDEOS_VARIABLE, RUNS_VARIABLE = "XDC_LAB_SCALE", "XDC_LAB_VIDEOS", "XDC_LAB_RUNS"
ESC_VARIABLE = "XDC_LAB_ESC"
VARIABLES = (SCALE_VARIABLE, VIDEOS_VARIABLE, RUNS_VARIABLE, ESC_VARIABLE)
CLIPS_A_CLUSTER = 8
QUICKEST: dict[int, tuple[str, ...]] = {8: table8.PROTOCOLS}  # of other tables fc-only

NOTES = {
    "tiny": "Scale tiny shows that every step runs, in seconds. Nothing is learned in so few steps: look at the form "
    "of the tables, not at their numbers.",
    "demo": "Scale demo learns a small rendered world on two CPU cores. Its gaps between methods are those of that "
    "world, four hundred times smaller than Kinetics.",
    "paper": "Scale paper has the paper's settings: hours to weeks on GPUs.",
}


class Workbench:
    """What a notebook stands on.

    CI runs the notebooks as they are committed, at another scale: the environment variables XDC_LAB_SCALE,
    XDC_LAB_VIDEOS (a folder), XDC_LAB_RUNS and XDC_LAB_ESC (a folder) overrule the arguments, and the representation
    says so.

    Attributes:
        scale: "tiny", "demo" or "paper".
        data: what `xdc_lab.datasets.catalogue.load_items` takes.
        embedded: whether that is the embedded demo set.
        device: "auto", "cpu", "cuda".
        seed: everything random follows from it.
        runs: the folder of all runs.
        esc: a folder of real sounds in ESC-50's layout; None: there is none.
        settings: the scale's; for a collection of one's own, k is such that a cluster has eight clips on average.

    Raises:
        SettingError: if there is no such scale.
        DataError: if the collection is not there, or `esc` is no such folder.
    """

    def __init__(
        self,
        *,
        scale: str = "demo",
        data: str | None = None,
        device: str = "auto",
        seed: int = 0,
        runs: str | Path | None = None,
        esc: str | Path | None = None,
    ):
        self.scale = os.environ.get(SCALE_VARIABLE) or scale
        own = os.environ.get(VIDEOS_VARIABLE) or data
        self.embedded = own is None or own in NAMED
        self.data = own or self.scale
        self.device, self.seed = device, seed
        self.runs = Path(os.environ.get(RUNS_VARIABLE) or runs or data_folder().parent / RUNS)
        self.esc = _sounds_folder(os.environ.get(ESC_VARIABLE) or esc)
        self.settings: StudySettings = study_settings(self.scale)
        if not self.embedded:
            k = min(self.settings.pretraining.kmeans.k, max(2, len(self.items) // CLIPS_A_CLUSTER))
            self.settings = study_settings(self.scale, k=k)

    def __repr__(self) -> str:
        what = "the embedded demo set" if self.embedded else describe_data(self.data)["name"]
        overruled = [name for name in VARIABLES if os.environ.get(name)]
        where = f", overruled by {', '.join(overruled)}" if overruled else ""
        return (
            f"Workbench(scale {self.scale}, {what}: {len(self.items):,} files, k {self.k}, "
            f"{distributed.device(self.device)}{where})"
        )

    @property
    def k(self) -> int:
        """Clusters of each k-means."""
        return self.settings.pretraining.kmeans.k

    @property
    def note(self) -> str:
        """What this scale can show and what not."""
        return NOTES[self.scale]

    @property
    def study(self) -> dict[str, Any]:
        """What every recipe is told here: `table1(**lab.study, rows=("XDC",), seeds=(0,))`."""
        return {
            "out": self.runs,
            "scale": self.scale,
            "data": None if self.embedded else self.data,
            "settings": self.settings,
            "device": self.device,
        }

    @property
    def store(self) -> Path:
        """Where clips lie decoded, for all runs."""
        return self.runs / STORE

    @cached_property
    def items(self) -> pd.DataFrame:
        """The items table of the collection; the embedded demo set is rendered if it is not there."""
        if self.data in NAMED and not (data_folder() / self.data / ITEMS_FILE).is_file():
            render_demo_set(data_folder() / self.data, scale=self.data)
        return load_items(self.data)

    def folder(self, method: str = "XDC", *, k: int | None = None, seed: int | None = None) -> Path:
        """Where a pretraining lies, or will lie: the same place as for the command line and the tables."""
        seed = self.seed if seed is None else seed
        return self.runs / pretraining_folder(
            describe_data(self.data)["name"], method, scale=self.scale, seed=seed, k=k or self.k
        )

    def pretrain(
        self,
        method: str | Method = "XDC",
        *,
        k: int | None = None,
        seed: int | None = None,
        on_iteration: Callable[[list[dict[str, Any]]], None] | None = None,
        progress: bool = True,
    ) -> Result:
        """Pretrain by a method, or read the run if it is there; one that was stopped goes on where it was (paper 3).

        Args:
            method: a key of `xdc_lab.methods.METHODS`, or a method of one's own; its run is named after it.
            k: clusters; default: the workbench's.
            seed: default: the workbench's.
            on_iteration: called with the rows of clusterings.jsonl of each new iteration.
            progress: show bars.
        """
        settings = self.settings.pretraining
        chosen = find_method(method) if isinstance(method, str) else method
        run: RunFolder = pretrain(
            self.items,
            self.folder(chosen.name, k=k, seed=seed),
            method=chosen,
            settings=replace(settings, kmeans=replace(settings.kmeans, k=k or self.k)),
            seed=self.seed if seed is None else seed,
            data=describe_data(self.data),
            device=self.device,
            store_folder=self.store,
            on_iteration=on_iteration,
            progress=progress,
        )
        return load_result(run.path)

    def finished(self, method: str = "XDC", *, k: int | None = None) -> list[Result]:
        """The pretrainings by a method that are there, whole, of every seed; none is made."""
        pattern = self.folder(method, k=k, seed=0).name.removesuffix("0") + "*"
        folders = sorted(
            self.folder(method).parent.glob(pattern), key=lambda path: (len(path.name), path.name)
        )
        runs = [RunFolder(folder) for folder in folders]
        return [load_result(run.path) for run in runs if _is_finished(run)]

    def judge(
        self,
        encoder: str = "video",
        protocol: str = "fc-only",
        *,
        method: str = "XDC",
        progress: bool = True,
    ) -> EvaluationResult:
        """Judge one encoder of a pretraining on this collection's labels, or read it if that was done (paper 4.1).

        It is what a cell of a table is, by hand: in the run's own folder, with the scores of every test clip.

        Args:
            encoder: its name in the run.
            protocol: a name in `xdc_lab.evaluation.protocols.PROTOCOLS`.
            method: whose pretraining; made if it is not there.
            progress: show bars.
        """
        return judge(
            self.pretrain(method, progress=progress).path,
            data=self.data,
            encoder=encoder,
            protocol=protocol,
            settings=self.settings.evaluation,
            seed=self.seed,
            device=self.device,
            store_folder=self.store,
            progress=progress,
        )

    def table(
        self, number: int, *, protocols: Sequence[str] | None = None, progress: bool = True
    ) -> pd.DataFrame:
        """A table of the paper as far as it was measured; if it was not, one seed is now (paper 4.2, 6).

        What is read has all seeds and protocols that there are, also of a study that was stopped or still runs:
        `xdc_lab.results.summary.measured` says which. `xdc-lab table NUMBER --seeds N` measures more, and finds what
        was measured here.

        Args:
            number: 1 to 5, 7 or 8.
            protocols: what to measure if nothing was; default: the quickest, fc-only (Table 8: all its thresholds).
            progress: show bars.

        Returns:
            One row a cell, as `measured`.
        """
        recipe, there = find_recipe(number), self.measured(number)
        if len(there):
            return there
        protocols = protocols or QUICKEST.get(number, ("fc-only",))
        recipe(**self.study, seeds=(self.seed,), protocols=protocols, progress=progress)
        return self.measured(number)

    def measured(self, number: int) -> pd.DataFrame:
        """The rows of a table of the paper that were measured here, of this collection; none if none was.

        For the embedded demo set the cells and seeds that were not measured here are those recorded with the project.

        Returns:
            One row a cell: `xdc_lab.results.rows.COLUMNS`, and `measured` ("here" or "recorded").
        """
        return self.measured_by(f"table{number}")

    def measured_by(self, recipe: str) -> pd.DataFrame:
        """The same for any recipe, by its name: "table1", "few_labels"."""
        path = results_file(self.runs, self.scale, recipe)
        there = read_results(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))
        if self.embedded:
            return beside_recorded(there, recorded_results(recipe, scale=self.scale))
        mine = name_of(self.data)
        own = [name == mine or name.startswith(f"{mine} ") for name in there["downstream"]]  # "mine 3-shot"
        return there[own].assign(measured=HERE).reset_index(drop=True)

    def shown(self, path: str | Path) -> str:
        """A path as a notebook may show it: from the folder that the runs lie in, and so the same on every machine."""
        path = Path(path).absolute()
        top = self.runs.absolute().parent
        return path.relative_to(top).as_posix() if path.is_relative_to(top) else path.name


def _is_finished(run: RunFolder) -> bool:
    return run.about.is_file() and run.read_about()["status"] == "finished"


def _sounds_folder(esc: str | Path | None) -> Path | None:
    """The folder, if one is named and it is one."""
    if esc is None:
        return None
    folder = Path(esc).expanduser()
    if not esc50.recognise(folder):
        raise DataError(
            f"{folder} has no {esc50.LABELS.as_posix()}; real sounds should lie as {esc50.LAYOUT}"
        )
    return folder
