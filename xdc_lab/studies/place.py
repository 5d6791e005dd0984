"""Where and how the cells of a study run: folder of all runs, scale, settings, and processes side by side."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xdc_lab.evaluation.finetuning import READINGS, OnData
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.settings import changes_from, settings_table
from xdc_lab.studies.scales import StudySettings, evaluation_settings, study_settings

RUNS, STORE = "runs", "decoded"


@dataclass(frozen=True)
class Place:
    """Where and how the cells of a study run.

    Attributes:
        out: the folder of all runs, which tables share.
        scale: names the folders of pretrainings and of the table.
        settings: what all cells share.
        execution: device, workers and progress of each cell; its seed is not used, each cell has its own.
        jobs: processes side by side.
        threads: of each process; None: this machine's cores shared out, or with one job as many as PyTorch takes.
        given: names of the evaluation's settings that were chosen by hand: they win, also where they are the scale's.
    """

    out: Path
    scale: str
    settings: StudySettings
    execution: Execution = Execution()
    jobs: int = 1
    threads: int | None = None
    given: tuple[str, ...] = ()

    def changes_on(self, data: OnData) -> dict[str, Any]:
        """What was changed of the scale's evaluation, by name; a reading only where it has numbers for the data set."""
        told = {row["name"]: row["value"] for row in settings_table(self.settings.evaluation)}
        different = changes_from(study_settings(self.scale).evaluation, self.settings.evaluation)
        changes = different | {name: told[name] for name in self.given}
        if data not in READINGS.get(changes.get("full.reading", ""), {data: None}):
            del changes["full.reading"]
        return changes

    def evaluation_on(self, data: OnData) -> EvaluationSettings:
        """The settings of an evaluation on a data set: its own finetuning, and the changes."""
        return evaluation_settings(self.scale, self.changes_on(data), data=data)

    @property
    def store(self) -> Path:
        """Decoded clips, shared by all runs."""
        return self.out / STORE

    @property
    def threads_each(self) -> int | None:
        """The threads of each process."""
        if self.threads is not None or self.jobs == 1:
            return self.threads
        return max(1, (os.cpu_count() or 1) // self.jobs)

    def folder(self, table: str) -> Path:
        """Where the results of a table lie."""
        return self.out / "tables" / self.scale / table

    def results(self, table: str) -> Path:
        """The table of results of a table."""
        return self.folder(table) / "results.csv"
