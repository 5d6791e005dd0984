"""Read and write detections in the field's JSON: what any detector says of test videos (paper 7)."""

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets.segments import spans
from xdc_lab.errors import DataError, counted
from xdc_lab.runs.folder import write_text

COLUMNS = ("video", "label", "score", "start_seconds", "end_seconds")
VERSION = "THUMOS14"  # what the files say, whatever wrote them
LEFT_OUT = ("end before they start", "are of videos that are not tested")
SHAPE = '{"results": {VIDEO: [{"label": ..., "score": ..., "segment": [START, END]}]}}'


@dataclass(frozen=True, eq=False)
class Detections:
    """What was detected.

    Attributes:
        table: one row per detection (`COLUMNS`).
        left_out: how many were left out, and the first of them, by the reason.
    """

    table: pd.DataFrame
    left_out: Mapping[str, tuple[int, str]]

    def __str__(self) -> str:
        """One line, and one more for each reason to leave some out."""
        first = f"{counted(len(self.table), 'detection')} in {counted(self.table['video'].nunique(), 'video')}"
        rest = [f"left out: {n} that {why} (the first: {one})" for why, (n, one) in self.left_out.items()]
        return "\n".join([first, *rest])


def read_detections(path: str | Path, *, videos: Collection[str], labels: Collection[str]) -> Detections:
    """Read {"version", "results": {video: [{"label", "score", "segment": [start, end]}]}, "external_data"}.

    What cannot be scored is left out and counted: a detection that ends before it starts, or is of a video that is
    not tested. What shows that something went wrong is an error: a label that the set has not, a number that is none.

    Args:
        path: a .json file.
        videos: those that are tested.
        labels: of the set.

    Raises:
        DataError: if the file is missing, is not in this form, has an unknown label or a number that is none, or if
            none of its videos is tested.
    """
    if not Path(path).is_file():
        raise DataError(f"there is no file of detections at {path}; it is JSON: {SHAPE}")
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
        results = {str(video): list(found) for video, found in content["results"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"{path} has no detections ({error!r}); it should be {SHAPE}") from error
    if results and not set(results) & set(videos):
        raise DataError(
            f"{path}: none of its {len(results)} videos ({next(iter(results))}, ...) is tested; those that are: "
            f"{', '.join(sorted(videos)[:3])}, ..."
        )
    rows = [_row(video, one, path, labels) for video, found in results.items() for one in found]
    return sort_out(pd.DataFrame(rows, columns=list(COLUMNS)), videos=videos)


def sort_out(table: pd.DataFrame, *, videos: Collection[str]) -> Detections:
    """Leave out what cannot be scored, and count it."""
    turned = table["end_seconds"] <= table["start_seconds"]
    elsewhere = ~table["video"].isin(list(videos)) & ~turned
    left_out = {}
    for why, wrong in zip(LEFT_OUT, (turned, elsewhere), strict=True):
        if wrong.any():
            first = spans(table[wrong])[0]
            one = f"{first.video} {first.label} {first.start_seconds} to {first.end_seconds}"
            left_out[why] = (int(wrong.sum()), one)
    return Detections(table[~turned & ~elsewhere].reset_index(drop=True), left_out)


def write_detections(table: pd.DataFrame, path: str | Path, *, videos: Collection[str]) -> None:
    """Write detections, whole or not at all; a video without any has an empty list."""
    results: dict[str, list[dict[str, Any]]] = {video: [] for video in videos}
    for one, score in zip(spans(table), table["score"].tolist(), strict=True):
        segment = [one.start_seconds, one.end_seconds]
        results[one.video].append({"label": one.label, "score": float(score), "segment": segment})
    content = {"version": VERSION, "results": results, "external_data": {}}
    write_text(Path(path), json.dumps(content) + "\n")


def _row(video: str, one: Any, path: str | Path, labels: Collection[str]) -> tuple[str, str, float, float, float]:
    try:
        label, score = str(one["label"]), float(one["score"])
        start, end = map(float, one["segment"])
    except (TypeError, KeyError, ValueError) as error:
        raise DataError(f"{path}, video {video}: {one!r} is no detection; it should be in {SHAPE}") from error
    if not all(map(math.isfinite, (score, start, end))):
        raise DataError(f"{path}, video {video}: {one!r} has a number that is none; every number must be finite")
    if label not in labels:
        raise DataError(f"{path}, video {video}: unknown label {label!r}; there are {', '.join(sorted(labels))}")
    return video, label, score, start, end
