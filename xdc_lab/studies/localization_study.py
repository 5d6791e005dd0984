"""Sources and untrimmed videos in, a table of results out: the part of a study that localizes (paper 7, Table 8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.untrimmed import describe_untrimmed, load_untrimmed
from xdc_lab.evaluation.localization.engine import localize
from xdc_lab.evaluation.localization.result import LocalizationResult, scores_line
from xdc_lab.evaluation.localization.settings import LocalizationSettings, WindowSettings
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.studies.cells import run_cells
from xdc_lab.studies.source_encoders import Row, encoder_of, fill_pretraining_stores, origin_of
from xdc_lab.studies.sources import Collection, Place, Source


@dataclass(frozen=True)
class LocalizationCell:
    """A row of Table 8 for one seed: an encoder that is judged on untrimmed videos."""

    source: Source
    modality: str
    downstream: Collection

    def folder(self, scale: str) -> Path:
        """Where it lies below the folder of all cells."""
        source = self.source.folder(scale)
        name = f"{source.name}-{self.modality}-{self.downstream.name}-localization"
        return source.parent / name.replace(" ", "-")


def localization_settings(evaluation: EvaluationSettings) -> LocalizationSettings:
    """The clips of an evaluation, slid over whole videos; everything else is the same at every scale."""
    return LocalizationSettings(WindowSettings(video=evaluation.video, audio=evaluation.audio))


def run_localizations(cells: Sequence[LocalizationCell], place: Place, *, jobs: int = 1) -> pd.DataFrame:
    """Run every cell that has not been run; one row of results a cell and tIoU; as `cells.run_cells`."""
    return run_cells(cells, place, run=run_localization, fill=_fill_stores, say=_say, jobs=jobs)


def run_localization(cell: LocalizationCell, place: Place) -> LocalizationResult:
    """Judge one encoder, and pretrain it first if that has not been done."""
    encoder, pretraining = encoder_of(cell.source, cell.modality, place)
    return localize(
        encoder,
        load_untrimmed(cell.downstream.data),
        place.out / "cells" / cell.folder(place.scale),
        settings=localization_settings(place.settings.evaluation),
        seed=cell.source.seed,
        data=describe_untrimmed(cell.downstream.data),
        origin={**origin_of(cell.source, place, pretraining), "downstream": cell.downstream.name},
        device=place.device,
        progress=place.progress,
    )


def _fill_stores(cells: Sequence[LocalizationCell], place: Place) -> None:
    fill_pretraining_stores([cell.source for cell in cells], place)


def _say(rows: list[Row], done: int, of: int) -> None:
    told = list(_in_words(rows))
    for number, (name, seed, scores) in enumerate(told, start=done - len(told) + 1):
        print(f"{name}, seed {seed}: {scores} [{number} of {of} cells]", flush=True)


def _in_words(rows: Sequence[Row]) -> Iterator[tuple[str, int, str]]:
    """Method, seed and scores of each run among rows of results."""
    for run in dict.fromkeys(row["run"] for row in rows):
        own = [row for row in rows if row["run"] == run]
        scores = {float(row["protocol"].rpartition(" ")[2]): row["value"] for row in own}
        yield f"{own[0]['method']} on {own[0]['downstream']}", own[0]["seed"], scores_line(scores)
