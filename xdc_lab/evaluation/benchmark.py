"""Labelled items to evaluate on, and on which of their official splits (paper 4.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from xdc_lab.datasets.labels import has_several, label_sets
from xdc_lab.errors import DataError
from xdc_lab.evaluation.splits import Split, official_splits, validation_split


@dataclass(frozen=True, eq=False)
class Benchmark:
    """Labelled items with splits.

    Attributes:
        items: with labels and splits (`official_splits`).
        data: name, path and licence of the collection, for the record.
        splits: names of official splits; None: all of them.
        validation: test on a part of the training items instead: to choose settings without seeing a test item.
    """

    items: pd.DataFrame
    data: Mapping[str, str] | None = None
    splits: Sequence[str] | None = None
    validation: bool = False

    @property
    def split_names(self) -> list[str]:
        """The names of the splits to evaluate on."""
        return list(official_splits(self.items)) if self.splits is None else list(self.splits)

    def chosen_splits(self) -> list[Split]:
        """The splits to evaluate on.

        Raises:
            DataError: if one is not there.
        """
        splits = self._official()
        if not self.validation:
            return splits
        # Of several labels the first: sets of labels are nearly as many as items.
        several = has_several(self.items)
        labels = label_sets(self.items).firsts if several else self.items["label"].to_numpy(dtype=str)
        # The same part for every seed: seeds are compared on the same items.
        return [validation_split(split, labels) for split in splits]

    def used_items(self) -> pd.DataFrame:
        """The items of these splits."""
        rows = [np.r_[split.train_rows, split.test_rows] for split in self._official()]
        return self.items.iloc[np.unique(np.concatenate(rows))].reset_index(drop=True)

    def _official(self) -> list[Split]:
        there = official_splits(self.items)
        if missing := [name for name in self.split_names if name not in there]:
            raise DataError(f"there is no split {', '.join(missing)}; there are {', '.join(there)}")
        return [there[name] for name in self.split_names]
