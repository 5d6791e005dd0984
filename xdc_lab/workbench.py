"""What a notebook works with: scale, collection and device, and the runs and tables made from them where missing."""

import hashlib
import os
import textwrap
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab import distributed
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.datasets import esc50
from xdc_lab.datasets.catalogue import (
    COUPLED_SUFFIX,
    ITEMS_FILE,
    NAMED,
    data_folder,
    describe_data,
    load_items,
    name_of,
)
from xdc_lab.errors import DataError, counted
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.methods import Method, find_method
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.results.recorded import HERE, beside_recorded, recorded_results
from xdc_lab.results.rows import COLUMNS, read_results
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.collection import RENDERED, Collection
from xdc_lab.studies.engine import run_table
from xdc_lab.studies.evaluation_job import evaluate_source, find_encoder
from xdc_lab.studies.place import RUNS, STORE, Place
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.source import pretraining_folder, with_choice
from xdc_lab.studies.table import Clusters, change_table
from xdc_lab.studies.tables import find_table
from xdc_lab.worlds.demo.render import render_demo_set
from xdc_lab.worlds.demo.world_settings import COUPLED

SCALE_VARIABLE, VIDEOS_VARIABLE, RUNS_VARIABLE = "XDC_LAB_SCALE", "XDC_LAB_VIDEOS", "XDC_LAB_RUNS"
ESC_VARIABLE = "XDC_LAB_ESC"
VARIABLES = (SCALE_VARIABLE, VIDEOS_VARIABLE, RUNS_VARIABLE, ESC_VARIABLE)
CLIPS_A_CLUSTER = 8
NOTE_WIDTH = 88  # letters
DIGEST_LETTERS = 12

NOTES = {
    "tiny": "Scale tiny shows that every step runs, in seconds. Nothing is learned in so few steps: look at the form "
    "of the tables, not at their numbers.",
    "demo": "Scale demo learns a small rendered world on two CPU cores. Its gaps between methods are those of that "
    "world, four hundred times smaller than Kinetics.",
    "paper": "Scale paper has the paper's settings: hours to weeks on GPUs.",
}


class Workbench:
    """What a notebook works with.

    CI runs the notebooks as they are committed, at another scale: the environment variables XDC_LAB_SCALE,
    XDC_LAB_VIDEOS (a folder), XDC_LAB_RUNS and XDC_LAB_ESC (a folder) overrule the arguments, and the representation
    says so.

    Attributes:
        scale: "tiny", "demo" or "paper".
        data: what `xdc_lab.datasets.catalogue.load_items` takes.
        embedded: whether that is the embedded demo set, on which the recorded tables were measured.
        device: "auto", "cpu", "cuda".
        seed: the random seed.
        runs: the folder of all runs.
        given: what it has given so far: the ids of runs, by where they lie, and digests of tables, by name.
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
        self.embedded = own is None or own in RENDERED
        self.data = own or self.scale
        self.device, self.seed = device, seed
        self.given: dict[str, str] = {}
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
            f"Workbench(scale {self.scale}, {what}: {counted(len(self.items), 'file')}, k {self.k}, "
            f"{distributed.device(self.device)}{where})"
        )

    @property
    def k(self) -> int:
        """Clusters of each k-means."""
        return self.settings.pretraining.kmeans.k

    @property
    def note(self) -> str:
        """What this scale can show and what not, in lines that no page breaks within a word."""
        return textwrap.fill(NOTES[self.scale], NOTE_WIDTH)

    @property
    def collection(self) -> Collection:
        """The collection, as a table takes it."""
        return Collection(describe_data(self.data)["name"], self.data)

    def place(self, *, progress: bool = True) -> Place:
        """Where and how the cells of a table run here."""
        execution = Execution(device=self.device, progress=progress)
        return Place(self.runs, self.scale, self.settings, execution)

    def execution(self, *, seed: int | None = None, progress: bool = True) -> Execution:
        """How a run is carried out here; decoded clips are shared by all runs."""
        return Execution(self.seed if seed is None else seed, self.device, progress=progress, store=self.store)

    @property
    def store(self) -> Path:
        """Where clips lie decoded, for all runs."""
        return self.runs / STORE

    @cached_property
    def items(self) -> pd.DataFrame:
        """The items table of the collection; a demo set is rendered if it is not there."""
        if self.data in NAMED and not (data_folder() / self.data / ITEMS_FILE).is_file():
            scale = self.data.removesuffix(COUPLED_SUFFIX)
            world = COUPLED if scale != self.data else None
            render_demo_set(data_folder() / self.data, scale=scale, world=world)
        return load_items(self.data)

    def folder(self, method: str = "XDC", *, k: int | None = None, seed: int | None = None) -> Path:
        """Where a pretraining lies, or will lie: the same place as for the command line and the tables."""
        return self.runs / pretraining_folder(
            self.collection,
            method,
            scale=self.scale,
            seed=self.seed if seed is None else seed,
            clusters=Clusters(k or self.k),
            encoder=self.settings.pretraining.video_encoder,
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
        chosen = find_method(method) if isinstance(method, str) else method
        run: RunFolder = pretrain(
            self.items,
            self.folder(chosen.name, k=k, seed=seed),
            method=chosen,
            settings=with_choice(self.settings.pretraining, clusters=Clusters(k or self.k)),
            data=describe_data(self.data),
            execution=self.execution(seed=seed, progress=progress),
            on_iteration=on_iteration,
        )
        return self._open(run)

    def finished(self, method: str = "XDC", *, k: int | None = None) -> list[Result]:
        """The pretrainings by a method that are there, whole, of every seed; none is made."""
        pattern = self.folder(method, k=k, seed=0).name.removesuffix("0") + "*"
        folders = sorted(self.folder(method).parent.glob(pattern), key=lambda path: (len(path.name), path.name))
        runs = [RunFolder(folder) for folder in folders]
        return [self._open(run) for run in runs if _is_finished(run)]

    def evaluate(
        self, encoder: str = "video", protocol: str = "fc-only", *, method: str = "XDC", progress: bool = True
    ) -> EvaluationResult:
        """Evaluate one encoder of a pretraining on this collection's labels, or read it if that was done (paper 4.1).

        It is what a cell of a table is, by hand: in the run's own folder, with the scores of every test clip.

        Args:
            encoder: its name in the run.
            protocol: a name in `xdc_lab.evaluation.protocols.PROTOCOLS`.
            method: whose pretraining; made if it is not there.
            progress: show bars.
        """
        found = find_encoder(self.pretrain(method, progress=progress).path, encoder)
        return evaluate_source(
            found,
            self.collection,
            protocol=protocol,
            settings=self.place().evaluation_on((self.collection.data_set, found.modality)),
            execution=self.execution(progress=progress),
        )

    def measure(self, name: str | int, *, progress: bool = True, **dimensions: Any) -> pd.DataFrame:
        """Run a table, or a part of it, on this collection: `lab.measure(1, rows=("XDC",), seeds=(0,))`.

        Args:
            name: of a table: 1, "few_labels", or a study of one's own as FILE.toml.
            progress: show bars, and a line per cell.
            dimensions: fields of `xdc_lab.studies.table.Table` to change.

        Returns:
            One row per cell (`xdc_lab.results.rows.COLUMNS`).
        """
        own = {} if self.embedded else {"collections": (self.data,)}
        table = change_table(find_table(name), **{**own, **dimensions})
        return run_table(table, self.place(progress=progress)).rows

    def table(self, number: int, *, protocols: Sequence[str] | None = None, progress: bool = True) -> pd.DataFrame:
        """A table of the paper as far as it was measured; if it was not, one seed is now (paper 4.2, 6).

        What is read has all seeds and protocols that there are, also of a study that was stopped or still runs:
        `xdc_lab.results.summary.measured` says which. `xdc-lab table NUMBER --seeds 0-4` measures more, and finds what
        was measured here.

        Args:
            number: 1 to 5, 7 or 8.
            protocols: what to measure if nothing was; default: the quickest, fc-only (Table 8: all its thresholds).
            progress: show bars.

        Returns:
            One row per cell, as `measured`.
        """
        table, there = find_table(number), self.measured(number)
        if len(there):
            return there
        quickest = table.protocols if table.localizes else ("fc-only",)
        self.measure(number, seeds=(self.seed,), protocols=tuple(protocols or quickest), progress=progress)
        return self.measured(number)

    def measured(self, name: str | int) -> pd.DataFrame:
        """The rows of a table, by its number or name, that were measured here, of this collection; none if none was.

        For the embedded demo set the cells and seeds that were not measured here are those recorded with the project.

        Returns:
            One row per cell: `xdc_lab.results.rows.COLUMNS`, and `measured` ("here" or "recorded").
        """
        table = find_table(name).name
        rows = self._measured(table)
        self.given[table] = hashlib.sha256(rows.to_csv(index=False).encode()).hexdigest()[:DIGEST_LETTERS]
        return rows

    def _measured(self, table: str) -> pd.DataFrame:
        path = self.place().results(table)
        there = read_results(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))
        if self.embedded:
            return beside_recorded(there, recorded_results(table, world=self.scale))
        mine = name_of(self.data)
        own = [name == mine or name.startswith(f"{mine} ") for name in there["downstream"]]  # "mine 3-shot"
        return there[own].assign(measured=HERE).reset_index(drop=True)

    def _open(self, run: RunFolder) -> Result:
        result = load_result(run.path)
        self.given[self.shown(run.path)] = result.meta.get("id", run.path.name)
        return result

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
        raise DataError(f"{folder} has no {esc50.LABELS.as_posix()}; real sounds should lie as {esc50.LAYOUT}")
    return folder
