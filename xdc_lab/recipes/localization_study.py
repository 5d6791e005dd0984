"""Sources and untrimmed videos in, a table of results out: the part of a study that localizes (paper 7, Table 8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from xdc_lab.datasets.untrimmed import describe_untrimmed, load_untrimmed
from xdc_lab.evaluation.localization.engine import localize
from xdc_lab.evaluation.localization.result import LocalizationResult, scores_line
from xdc_lab.evaluation.localization.settings import LocalizationSettings, WindowSettings
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.recipes.record import COLUMNS, result_rows, whole_numbers, write_results
from xdc_lab.recipes.source_encoders import (
    clusters_of,
    encoder_of,
    fill_pretraining_stores,
    origin_of,
    rows_of_groups,
)
from xdc_lab.recipes.sources import Collection, Place, Source


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
    """Run every cell that has not been run; one row of results a cell and tIoU. Start it again after a kill.

    Args:
        cells: what to measure.
        place: settings and folders.
        jobs: processes, each with its own source, GPU and one thread; 1 runs in this process with all its threads.

    Raises:
        SettingError: if several processes of torchrun call it.
    """
    groups: dict[Source, list[LocalizationCell]] = {}
    for cell in cells:
        source = replace(cell.source, k=clusters_of(cell.source, place))
        groups.setdefault(source, []).append(replace(cell, source=source))
    results: list[dict[str, Any]] = []
    done = 0
    own = list(groups.values())
    for rows in rows_of_groups(own, place, work=run_group, fill=_fill_stores, jobs=jobs):
        results += rows
        write_results(rows, place.results)
        for name, seed, scores in _in_words(rows):
            done += 1
            if place.progress:
                print(f"{name}, seed {seed}: {scores} [{done} of {len(cells)} cells]", flush=True)
    return whole_numbers(pd.DataFrame(results, columns=list(COLUMNS)))


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


def run_group(cells: Sequence[LocalizationCell], place: Place) -> list[dict[str, Any]]:
    """Make one source's encoders and judge them."""
    if place.threads is not None:
        torch.set_num_threads(place.threads)
    # A cell may have been measured for another table: its row here is this one's.
    return [
        {**row, "recipe": place.recipe, "method": cell.source.method}
        for cell in cells
        for row in result_rows(run_localization(cell, place))
    ]


def _fill_stores(cells: Sequence[LocalizationCell], place: Place) -> None:
    fill_pretraining_stores([cell.source for cell in cells], place)


def _in_words(rows: Sequence[dict[str, Any]]) -> Iterator[tuple[str, int, str]]:
    """Method, seed and scores of each run among rows of results."""
    for run in dict.fromkeys(row["run"] for row in rows):
        own = [row for row in rows if row["run"] == run]
        scores = {float(row["protocol"].rpartition(" ")[2]): row["value"] for row in own}
        yield f"{own[0]['method']} on {own[0]['downstream']}", own[0]["seed"], scores_line(scores)
