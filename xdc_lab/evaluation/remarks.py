"""What has to be said beside a score: test files that training has, too, and classes without a usable item."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.datasets.same_files import SHOWN, same_files
from xdc_lab.evaluation.splits import TEST, TRAIN, Split


def without_lost_classes(split: Split, items: pd.DataFrame, rejected: pd.DataFrame) -> Split:
    """The split without the test items of classes of which a check rejected every training item."""
    labels = items["label"].to_numpy(dtype=str)
    lost = set(rejected["label"]) - set(labels[split.train_rows])
    return replace(split, test_rows=split.test_rows[~np.isin(labels[split.test_rows], sorted(lost))])


def remarks_on(split: Split, items: pd.DataFrame, rejected: pd.DataFrame) -> dict[str, Any]:
    """Count and name both, as further scores of the split: `in_training`, `first_in_training`, `classes_left_out`."""
    paths = items["path"].to_numpy(dtype=object)
    rows = np.r_[split.train_rows, split.test_rows]
    roles = [TRAIN] * len(split.train_rows) + [TEST] * len(split.test_rows)
    shared = [row for same in same_files(paths[rows].tolist(), roles) for row in same if roles[row] == TEST]
    tested = set(items["label"].iloc[split.test_rows])
    return {
        "in_training": len(shared),
        "first_in_training": [PurePath(path).name for path in paths[rows[sorted(shared)[:SHOWN]]]],
        "classes_left_out": sorted(set(rejected["label"]) - tested - {""}),
    }


def in_words(scores: Mapping[str, Any]) -> list[str]:
    """Say the remarks on one split.

    >>> in_words({"test_items": 9, "in_training": 2, "first_in_training": ["a.mp4", "b.mp4"]})
    ['2 of 9 test items are files that training has, too (by content), so this is no result: a.mp4, b.mp4']
    >>> in_words({"test_items": 9, "classes_left_out": ["bell"]})
    ['1 class has no usable item and is not in the score: bell']
    """
    lines = []
    if count := scores.get("in_training"):
        what = "is a file" if count == 1 else "are files"
        lines.append(
            f"{count} of {scores['test_items']} test items {what} that training has, too (by content), so this is no "
            f"result: {_first(scores['first_in_training'], count)}"
        )
    if names := scores.get("classes_left_out"):
        what = "class has no usable item and is" if len(names) == 1 else "classes have no usable item and are"
        lines.append(f"{len(names)} {what} not in the score: {_first(names, len(names))}")
    return lines


def _first(names: list[str], count: int) -> str:
    return ", ".join(names[:SHOWN]) + f", ... ({count} in all)" * (count > SHOWN)
