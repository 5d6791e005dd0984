"""One split of an evaluation: what a classifier is trained and tested on, and its outcome (paper 4.1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.evaluation.clip_scores import ClipScores
from xdc_lab.evaluation.clips import over_uniform_clips
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
        targets: each item's class.
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
    targets: np.ndarray
    execution: Execution = Execution()
    checkpointing: Checkpointing = Checkpointing()

    @property
    def clips(self) -> int:
        """Uniform clips per item."""
        return self.settings.svm_clips if self.protocol.many_clips else self.settings.test_clips

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
        self, scores: dict[str, float], predicted: np.ndarray, *, clip_scores: np.ndarray | None = None, **columns: Any
    ) -> "Outcome":
        """Scores with one row for each test item: path, label, predicted, correct, and further columns.

        Args:
            scores: by name.
            predicted: the class of each test item.
            clip_scores: what it was made of: (test items, clips, classes); None: not of scores.
            columns: further columns of the predictions.
        """
        test = self.split.test_rows
        predictions = pd.DataFrame(
            {
                "row": test,
                "path": self.items["path"].to_numpy()[test],
                "label": self.items["label"].to_numpy()[test],
                "predicted": [self.classes[index] for index in predicted],
                "correct": predicted == self.targets[test],
                **columns,
            }
        )
        if clip_scores is None:
            return Outcome(scores, predictions)
        return Outcome(scores, predictions, ClipScores(tuple(self.classes), self.targets[test], clip_scores))

    def top1_percent(self, predicted: np.ndarray) -> float:
        """The share of test items whose class was predicted."""
        return 100.0 * float((predicted == self.targets[self.split.test_rows]).mean())


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one split came to: scores by name, one row for each test item, and the scores of its clips."""

    scores: dict[str, float]
    predictions: pd.DataFrame
    clip_scores: ClipScores | None = None
