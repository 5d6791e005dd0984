"""Average precision of detections at each tIoU, mean over the classes: the number of Table 8 (paper 7)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from xdc_lab.errors import DataError

TIOUS = (0.3, 0.4, 0.5, 0.6, 0.7)  # of Table 8
_ROUNDING = 1e-9  # a tIoU that misses a threshold by rounding alone reaches it


def average_precisions(
    detections: pd.DataFrame,
    segments: pd.DataFrame,
    *,
    ignored: pd.DataFrame | None = None,
    tious: Sequence[float] = TIOUS,
) -> pd.DataFrame:
    """Score detections of all classes: interpolated average precision in percent (Table 8).

    A class that has no segment is not scored, as there is nothing to find: its detections do not count.

    Args:
        detections: rows with video, label, score, start_seconds, end_seconds.
        segments: rows with video, label, start_seconds, end_seconds.
        ignored: ambiguous parts, of any class: a detection that finds no segment and touches one is not counted.
        tious: thresholds of the temporal intersection over union.

    Returns:
        One row per class and threshold: label, tiou, instances, detections, average_precision_percent.

    Raises:
        DataError: if there is no segment.
    """
    if not len(segments):
        raise DataError("there is no segment to find; a score needs at least one")
    parts = segments.iloc[:0] if ignored is None else ignored
    rows = []
    for label, truth in segments.groupby("label", sort=True):
        found = detections[detections["label"] == label]
        # The order of the rows decides nothing: equal scores are told apart by video and time.
        order = ["score", "video", "start_seconds", "end_seconds"]
        found = found.sort_values(order, ascending=[False, True, True, True], kind="stable")
        for tiou in tious:
            right, counted = match(found, truth, tiou=tiou, ignored=parts)
            score = average_precision(right[counted], instances=len(truth))
            rows.append((label, tiou, len(truth), int(counted.sum()), 100.0 * score))
    names = ["label", "tiou", "instances", "detections", "average_precision_percent"]
    return pd.DataFrame(rows, columns=names)


def mean_average_precisions(precisions: pd.DataFrame) -> dict[float, float]:
    """The mean over the classes in percent (mAP) at each threshold."""
    means = precisions.groupby("tiou", sort=True)["average_precision_percent"].mean()
    return dict(zip(means.index.tolist(), means.tolist(), strict=True))


def match(
    found: pd.DataFrame, truth: pd.DataFrame, *, tiou: float, ignored: pd.DataFrame
) -> tuple[Bool[np.ndarray, " detections"], Bool[np.ndarray, " detections"]]:
    """Which detections of one class, the surest first, find a segment; and which count at all.

    Each takes, of its video's segments that none has taken, the one it overlaps most, if the tIoU reaches the
    threshold: so a segment is found once. As in THUMOS14's own evaluation, one that takes none does not count if it
    overlaps an ambiguous part, however little.
    """
    free = {video: _times(rows) for video, rows in truth.groupby("video")}
    unclear = {video: _times(rows) for video, rows in ignored.groupby("video")}
    right, counted = np.zeros(len(found), dtype=bool), np.ones(len(found), dtype=bool)
    for place, (video, span) in enumerate(zip(found["video"], _times(found), strict=True)):
        overlaps = temporal_iou(span, free[video]) if video in free else np.zeros(0)
        if len(overlaps) and overlaps.max() >= tiou - _ROUNDING:
            right[place] = True
            free[video] = np.delete(free[video], overlaps.argmax(), axis=0)
        elif video in unclear:
            counted[place] = not (temporal_iou(span, unclear[video]) > 0).any()
    return right, counted


def temporal_iou(
    span: Float[np.ndarray, " 2"], others: Float[np.ndarray, "segments 2"]
) -> Float[np.ndarray, " segments"]:
    """Intersection over union of one span of time with several (tIoU).

    >>> temporal_iou(np.array([0.0, 2.0]), np.array([[1.0, 3.0], [0.0, 1.0], [5.0, 6.0]])).round(2).tolist()
    [0.33, 0.5, 0.0]
    """
    shared = np.minimum(span[1], others[:, 1]) - np.maximum(span[0], others[:, 0])
    shared = np.maximum(shared, 0.0)
    return shared / (span[1] - span[0] + others[:, 1] - others[:, 0] - shared)


def average_precision(right: Bool[np.ndarray, " detections"], *, instances: int) -> float:
    """Interpolated average precision, 0 to 1: the area under the precision over the recall that never rises again.

    Args:
        right: the detections in order of score, the surest first.
        instances: how many there were to find.

    >>> average_precision(np.array([True, False, True]), instances=2)
    0.8333333333333333
    """
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best_from_here[right].sum() / instances)


def _times(rows: pd.DataFrame) -> Float[np.ndarray, "segments 2"]:
    return rows[["start_seconds", "end_seconds"]].to_numpy(dtype=float)
