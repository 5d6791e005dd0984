"""A classifier's scores of every test clip, and what averaging an item's clips is worth (paper 4.1: 10; 6: 60)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from xdc_lab.errors import SettingError
from xdc_lab.runs.folder import whole_file

CHOICES = 300  # of clips: all there are up to here, else so many at random


@dataclass(frozen=True, eq=False)
class ClipScores:
    """What a classifier said of each uniform clip of each test item, before it was averaged.

    Attributes:
        classes: their names.
        targets: the class of each item, an index into `classes`.
        scores: probabilities of a network, or an SVM's distances; the clips of an item in the order of time.
    """

    classes: tuple[str, ...]
    targets: Int[np.ndarray, " items"]
    scores: Float[np.ndarray, "items clips classes"]

    @property
    def clips(self) -> int:
        """Uniform clips per item."""
        return self.scores.shape[1]

    @property
    def clip_percent(self) -> float:
        """The share of clips that are right, each classified alone."""
        return 100.0 * float((self.scores.argmax(axis=2) == self.targets[:, None]).mean())

    @property
    def item_percent(self) -> float:
        """The share of items that are right, their clips averaged: the protocol's accuracy."""
        return 100.0 * self._accuracy(range(self.clips))

    def over_clips(self, counts: Sequence[int] | None = None) -> pd.DataFrame:
        """Accuracy with fewer clips per item: the mean over every choice of so many of them (or over 300 choices).

        Args:
            counts: numbers of clips; default: 1, 2, 5 and all.

        Returns:
            One row for each count: clips, top1_percent, lowest, highest, choices.

        Raises:
            SettingError: if an item has not so many clips.
        """
        counts = counts or sorted({n for n in (1, 2, 5, self.clips) if n <= self.clips})
        if wrong := [count for count in counts if not 1 <= count <= self.clips]:
            raise SettingError(f"{wrong[0]} clips per item; there are 1 to {self.clips}")
        rows = []
        for count in counts:
            values = [100.0 * self._accuracy(chosen) for chosen in _choices(self.clips, count)]
            rows.append(
                {
                    "clips": count,
                    "top1_percent": float(np.mean(values)),
                    "lowest": min(values),
                    "highest": max(values),
                    "choices": len(values),
                }
            )
        return pd.DataFrame(rows)

    def of_item(self, item: int) -> pd.DataFrame:
        """One item clip by clip, and their mean in the last row: what is predicted, and the score of the right class.

        Args:
            item: its place among the test items.
        """
        rows = np.concatenate([self.scores[item], self.scores[item].mean(axis=0, keepdims=True)])
        names = [*(str(number) for number in range(1, self.clips + 1)), "mean"]
        right = self.targets[item]
        return pd.DataFrame(
            {
                "clip": names,
                "predicted": [self.classes[index] for index in rows.argmax(axis=1)],
                "its score": rows.max(axis=1),
                f"score of {self.classes[right]}": rows[:, right],
                "correct": rows.argmax(axis=1) == right,
            }
        )

    def divided(self) -> Int[np.ndarray, " items"]:
        """The items in an order: those whose clips contradict the mean most come first, and of equals a right one."""
        by_mean = self.scores.mean(axis=1).argmax(axis=1)
        contradict = (self.scores.argmax(axis=2) != by_mean[:, None]).sum(axis=1)
        return np.lexsort((by_mean != self.targets, -contradict))

    def _accuracy(self, chosen: Sequence[int]) -> float:
        predicted = self.scores[:, list(chosen)].mean(axis=1).argmax(axis=1)
        return float((predicted == self.targets).mean())


def save_clip_scores(clip_scores: ClipScores, path: Path) -> None:
    """Write them as .npz, whole or not at all."""
    with whole_file(path) as partial:
        np.savez_compressed(
            partial,
            allow_pickle=False,
            classes=np.array(clip_scores.classes, dtype=np.str_),
            targets=clip_scores.targets.astype(np.int32),
            scores=clip_scores.scores.astype(np.float32),
        )


def load_clip_scores(path: Path) -> ClipScores:
    """Read what `save_clip_scores` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        return ClipScores(tuple(arrays["classes"].tolist()), arrays["targets"], arrays["scores"])


def _choices(clips: int, count: int) -> Iterator[Sequence[int]]:
    if comb(clips, count) <= CHOICES:
        yield from combinations(range(clips), count)
        return
    generator = np.random.default_rng(0)
    for _ in range(CHOICES):
        yield generator.permutation(clips)[:count].tolist()
