"""A small baseline detector on window features; it stands where G-TAD stands in the paper (7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from xdc_lab.datasets.segments import spans
from xdc_lab.errors import DataError
from xdc_lab.evaluation.localization.average_precision import temporal_iou
from xdc_lab.evaluation.localization.detections import COLUMNS
from xdc_lab.evaluation.localization.settings import DetectorSettings

BACKGROUND = ""  # where nothing happens; no class is called so


@dataclass(frozen=True, eq=False)
class VideoWindows:
    """The features of one video.

    Attributes:
        video: its name.
        features: row i speaks of the stretch from i x step_seconds on.
        step_seconds: from one row to the next.
    """

    video: str
    features: Float[np.ndarray, "windows dim"]
    step_seconds: float

    @property
    def middles_seconds(self) -> Float[np.ndarray, " windows"]:
        """The middle of each row's stretch."""
        return (np.arange(len(self.features)) + 0.5) * self.step_seconds


@dataclass(frozen=True, eq=False)
class Detector:
    """A linear classifier of single windows, and how its probabilities become segments."""

    classifier: Pipeline
    settings: DetectorSettings

    def probabilities(self, windows: VideoWindows) -> pd.DataFrame:
        """The smoothed probability of each class in each window; the background is left out."""
        values = self.classifier.predict_proba(windows.features)
        width = max(1, round(self.settings.smoothing_seconds / windows.step_seconds))
        smooth = {
            label: smoothed(values[:, column], width)
            for column, label in enumerate(self.classifier.classes_)
            if label != BACKGROUND
        }
        return pd.DataFrame(smooth)

    def detect(self, windows: VideoWindows) -> pd.DataFrame:
        """Find segments of every class in one video, the surest first."""
        rows = [
            (windows.video, label, score, start, end)
            for label, probabilities in self.probabilities(windows).items()
            for start, end, score in find_segments(
                probabilities.to_numpy(), step_seconds=windows.step_seconds, settings=self.settings
            )
        ]
        found = pd.DataFrame(rows, columns=list(COLUMNS))
        return found.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def train_detector(
    videos: Sequence[VideoWindows],
    segments: pd.DataFrame,
    ignored: pd.DataFrame,
    *,
    settings: DetectorSettings,
    seed: int,
) -> Detector:
    """Fit the classifier to the windows of training videos; each has the class of the segment around its middle.

    Windows in ambiguous parts are left out. Where segments of two classes overlap, the one that starts later counts.

    Raises:
        DataError: if there are not two classes, the background being one.
    """
    labels = [window_labels(one, segments, ignored) for one in videos]
    used = [np.array([label is not None for label in own], dtype=bool) for own in labels]
    rows = np.concatenate([one.features[keep] for one, keep in zip(videos, used, strict=True)])
    targets = np.array([label for own in labels for label in own if label is not None], dtype=str)
    if len(set(targets)) < 2:
        raise DataError(
            f"the {len(targets)} training windows have one class alone, {targets[:1]}; to learn where something "
            "happens a detector needs windows in segments and windows in none"
        )
    regression = LogisticRegression(C=settings.c, max_iter=2_000, random_state=seed % 2**32)
    return Detector(make_pipeline(StandardScaler(), regression).fit(rows, targets), settings)


def window_labels(windows: VideoWindows, segments: pd.DataFrame, ignored: pd.DataFrame) -> list[str | None]:
    """The class of each window, "" where nothing happens; None in ambiguous parts outside of segments."""
    labels: list[str | None] = [BACKGROUND] * len(windows.features)
    for table, fixed in ((ignored, True), (segments, False)):
        own = table[table["video"] == windows.video].sort_values("start_seconds", kind="stable")
        for span in spans(own):
            for place in np.flatnonzero(_within(windows.middles_seconds, span.start_seconds, span.end_seconds)):
                labels[place] = None if fixed else span.label
    return labels


def find_segments(
    probabilities: Float[np.ndarray, " windows"], *, step_seconds: float, settings: DetectorSettings
) -> list[tuple[float, float, float]]:
    """Stretches above any of the thresholds, scored and thinned: start, end, score, the surest first.

    The score of a stretch is its mean probability minus that of a margin on either side: so of the nested stretches
    that the thresholds give, the one with the sharpest ends is the surest.
    """
    sums = np.concatenate([[0.0], np.cumsum(probabilities, dtype=float)])
    stretches = {run for threshold in settings.thresholds for run in _runs(probabilities >= threshold)}
    found = []
    for first, last in sorted(stretches):
        if (last - first) * step_seconds < settings.min_seconds - 1e-9:
            continue
        score = _mean(sums, first, last) - _around(sums, first, last, margin=settings.margin)
        found.append((first * step_seconds, last * step_seconds, score))
    return thinned(sorted(found, key=lambda one: -one[2]), overlap=settings.overlap)


def thinned(found: Sequence[tuple[float, float, float]], *, overlap: float) -> list[tuple[float, float, float]]:
    """Leave out what overlaps a surer one by more than `overlap` (non-maximum suppression).

    >>> thinned([(0.0, 4.0, 0.9), (0.0, 3.0, 0.8), (5.0, 6.0, 0.1)], overlap=0.5)
    [(0.0, 4.0, 0.9), (5.0, 6.0, 0.1)]
    """
    kept: list[tuple[float, float, float]] = []
    for one in found:
        others = np.array([other[:2] for other in kept], dtype=float).reshape(-1, 2)
        if not (temporal_iou(np.array(one[:2], dtype=float), others) > overlap).any():
            kept.append(one)
    return kept


def smoothed(values: Float[np.ndarray, " windows"], width: int) -> Float[np.ndarray, " windows"]:
    """Average over `width` neighbours; at the ends over those that there are.

    >>> smoothed(np.array([0.0, 3.0, 0.0, 0.0]), 3).tolist()
    [1.5, 1.0, 1.0, 0.0]
    """
    window = np.ones(min(width, len(values)))
    return np.convolve(values, window, "same") / np.convolve(np.ones_like(values), window, "same")


def _runs(above: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and one past the last window of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], above, [False]]).astype(int)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _mean(sums: np.ndarray, first: int, last: int) -> float:
    return float(sums[last] - sums[first]) / (last - first)


def _around(sums: np.ndarray, first: int, last: int, *, margin: float) -> float:
    """The mean probability of a margin on either side; 0 where the video ends."""
    width = max(1, round(margin * (last - first)))
    before, after = max(0, first - width), min(len(sums) - 1, last + width)
    return float(sums[first] - sums[before] + sums[after] - sums[last]) / (2 * width)


def _within(instants: np.ndarray, start: float, end: float) -> np.ndarray:
    return (instants >= start) & (instants < end)
