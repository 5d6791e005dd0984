"""Read a finished localization: its scores and detections (paper 7, Table 8)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.errors import RunError
from xdc_lab.runs.folder import RunFolder, read_json

KIND = "localize"
DETECTIONS, SCORES, PRECISIONS = "detections.json", "scores.json", "average_precision.csv"


@dataclass(frozen=True, eq=False)
class LocalizationResult:
    """How well segments were found.

    Attributes:
        run: the folder.
        about: what run.json says.
        map_percent: mean average precision at each tIoU.
        precisions: of each class: label, tiou, instances, detections, average_precision_percent.
        notes: what was left out, counted and named.
    """

    run: RunFolder
    about: dict[str, Any]
    map_percent: dict[float, float]
    precisions: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line, and the notes."""
        return "\n".join([scores_line(self.map_percent), *self.notes])


def scores_line(map_percent: dict[float, float]) -> str:
    """Mean average precisions in a line.

    >>> scores_line({0.3: 51.54, 0.5: 36.94})
    'mAP in percent: 51.5 at tIoU 0.3, 36.9 at tIoU 0.5'
    """
    return f"mAP in percent: {', '.join(f'{value:.1f} at tIoU {tiou}' for tiou, value in map_percent.items())}"


def load_localization(path: str | Path) -> LocalizationResult:
    """Read a finished localization.

    Raises:
        RunError: if there is none in the folder, or it has not finished.
    """
    run = RunFolder(path)
    about = run.read_about()
    if about["kind"] != KIND or about["status"] != "finished":
        raise RunError(
            f"{run.path} holds a run of kind {about['kind']!r} that is {about['status']}, no finished localization; "
            "start the command that made it again, or make one with: xdc-lab localization detect"
        )
    scores = read_json(
        run.path / SCORES,
        remedy=f"remove {run.about.name} and start the same command again: the videos' features are kept",
    )
    means = {row["tiou"]: row["map_percent"] for row in scores["map"]}
    precisions = pd.read_csv(run.path / PRECISIONS, dtype={"label": str}, keep_default_na=False)
    return LocalizationResult(run, about, means, precisions, tuple(scores["notes"]))
