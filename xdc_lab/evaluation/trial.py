"""One split of an evaluation: what a classifier is trained and tested on, and its outcome (paper 4.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from torch import nn

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.labels import label_sets
from xdc_lab.evaluation.clip_scores import ClipScores
from xdc_lab.evaluation.clips import over_uniform_clips
from xdc_lab.evaluation.multi_label import ranking_scores
from xdc_lab.evaluation.protocols import Protocol
from xdc_lab.evaluation.settings import EvaluationSettings
from xdc_lab.evaluation.splits import Split
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Checkpointing


@dataclass(frozen=True, eq=False)
class Trial:
    """A split with its clips and classes.

    Attributes:
        items: all items; rows of `split` are rows of it.
        dataset: their clips, row i is item i.
        prepare: raw batch to encoder input.
        protocol: how to evaluate.
        settings: the numbers of it.
        split: what to learn from and what to test on.
        classes: their names.
        targets: each item's class, or of a multi-label collection a matrix (items, classes).
        execution: its seed is that of new heads, order, crops and the SVM.
        checkpointing: how a training is kept and resumed.
    """

    items: pd.DataFrame
    dataset: ClipDataset
    prepare: nn.Module
    protocol: Protocol
    settings: EvaluationSettings
    split: Split
    classes: list[str]
    targets: np.ndarray | csr_array
    execution: Execution = Execution()
    checkpointing: Checkpointing = Checkpointing()

    @property
    def clips(self) -> int:
        """Uniform clips per item."""
        return self.settings.svm_clips if self.protocol.many_clips else self.settings.test_clips

    @property
    def has_several_labels(self) -> bool:
        """Whether an item may be of several classes."""
        return isinstance(self.targets, csr_array)

    def over_clips(self, network: nn.Module, rows: np.ndarray, *, description: str) -> np.ndarray:
        """What a network makes of the uniform clips of some rows: (rows, clips, dim)."""
        return over_uniform_clips(
            network,
            self.dataset,
            rows,
            clips=self.clips,
            prepare=self.prepare,
            execution=self.execution,
            description=description,
        )

    def outcome(
        self,
        scores: Mapping[str, float | None],
        predicted: np.ndarray,
        *,
        clip_scores: np.ndarray | None = None,
        **columns: Any,
    ) -> "Outcome":
        """Scores with one row for each test item: path, label, predicted, correct, and further columns.

        Args:
            scores: by name.
            predicted: the class of each test item, of several the one that is likeliest.
            clip_scores: what it was made of: (test items, clips, classes); None: not of scores, or not kept.
            columns: further columns of the predictions.
        """
        test, texts = self.split.test_rows, label_sets(self.items).texts
        predictions = pd.DataFrame(
            {
                "row": test,
                "path": self.items["path"].to_numpy()[test],
                "label": [texts[row] for row in test],
                "predicted": [self.classes[index] for index in predicted],
                "correct": self.is_right(predicted),
                **columns,
            }
        )
        if clip_scores is None:
            return Outcome(scores, predictions)
        return Outcome(scores, predictions, ClipScores(tuple(self.classes), self.targets[test], clip_scores))

    def is_right(self, predicted: np.ndarray) -> np.ndarray:
        """Whether the class that is predicted of each test item is its own, or one of its own."""
        test = self.split.test_rows
        if isinstance(self.targets, csr_array):
            return self.targets[test].toarray()[np.arange(len(test)), predicted]
        return predicted == self.targets[test]

    def top1_percent(self, predicted: np.ndarray) -> float:
        """The share of test items whose class was predicted."""
        return 100.0 * float(self.is_right(predicted).mean())

    def scores_of(self, probabilities: np.ndarray) -> dict[str, float | None]:
        """What the probabilities (test items, classes) are worth: top-1, or for several labels mAP and d-prime."""
        if isinstance(self.targets, csr_array):
            return ranking_scores(self.targets[self.split.test_rows].toarray(), probabilities)
        return {"top1_percent": self.top1_percent(probabilities.argmax(1))}


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one split came to: scores by name, one row for each test item, and the scores of its clips."""

    scores: Mapping[str, float | None]
    predictions: pd.DataFrame
    clip_scores: ClipScores | None = None
