"""Official training and test rows of an items table; several splits where a data set has them (paper 4.1)."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int
from scipy.sparse import csr_array

from xdc_lab.datasets.labels import LabelSets, has_several, label_sets
from xdc_lab.errors import DataError

SPLIT_COLUMN = re.compile(r"split_\d+")
TRAIN, TEST = "train", "test"
DOWNSTREAM = {"downstream_train": TRAIN, "downstream_test": TEST}


@dataclass(frozen=True, eq=False)
class Split:
    """The rows to learn from and the rows to be tested on.

    Raises:
        DataError: if one of them is empty, or they overlap.
    """

    name: str
    train_rows: Int[np.ndarray, " train"]
    test_rows: Int[np.ndarray, " test"]

    def __post_init__(self):
        if not len(self.train_rows) or not len(self.test_rows):
            raise DataError(
                f"split {self.name!r} has {len(self.train_rows)} training and {len(self.test_rows)} test items; "
                "it needs both"
            )
        if len(np.intersect1d(self.train_rows, self.test_rows)):
            raise DataError(f"split {self.name!r} tests on items that it trains on")


def official_splits(items: pd.DataFrame) -> dict[str, Split]:
    """The splits of a collection, by name.

    Columns split_1, split_2, ... are splits 1, 2, ..., each with "train", "test" or "" (unused) in a row. Without
    them there is one split: rows whose `split` is "downstream_train" and "downstream_test" (the demo set, which
    keeps "train" for pretraining), or else "train" and "test".

    Raises:
        DataError: if there is no split, or a labelled row is missing where it is needed.
    """
    columns = sorted((name for name in items if SPLIT_COLUMN.fullmatch(str(name))), key=_number)
    if columns:
        return {str(_number(name)): _split(str(_number(name)), items, items[name]) for name in columns}
    roles = items["split"].map(DOWNSTREAM)
    if roles.notna().any():
        return {"downstream": _split("downstream", items, roles)}
    return {"1": _split("1", items, items["split"])}


def validation_split(split: Split, labels: np.ndarray, *, fraction: float = 0.25, seed: int = 0) -> Split:
    """A split inside the training rows of another, to choose settings on: no test item is seen.

    Args:
        split: only its training rows are used.
        labels: the label of every item.
        fraction: of each class that is held out, one item at least.
        seed: which.
    """
    generator = np.random.default_rng(seed)
    held_out = []
    for label in np.unique(labels[split.train_rows]):
        rows = split.train_rows[labels[split.train_rows] == label]
        held_out.append(generator.permutation(rows)[: max(1, round(fraction * len(rows)))])
    test = np.sort(np.concatenate(held_out))
    return Split(f"{split.name}-validation", np.setdiff1d(split.train_rows, test), test)


def fewer_labels(items: pd.DataFrame, per_class: int, *, seed: int) -> pd.DataFrame:
    """The same items, of which every split learns from so many of each class, drawn at random; its test is as before.

    Which few are drawn matters more than most else, so each seed of a study draws its own, the same for all methods.

    Args:
        items: a collection with labels and splits.
        per_class: training items of each class.
        seed: which; with the same seed, those of a smaller number are among those of a larger.

    Returns:
        The items with columns split_1, split_2, ... in the order of `official_splits`.

    Raises:
        DataError: if a class has fewer, or items have several labels.
    """
    _demand_one_label(items, "few labels are drawn")
    roles = {}
    for number, split in enumerate(official_splits(items).values(), start=1):
        train = items.iloc[split.train_rows]
        sizes = train["label"].value_counts()
        if (sizes < per_class).any():
            least = sizes.index[-1]
            raise DataError(f"class {least!r} has {sizes[least]} training items; {per_class} were asked for")
        mixed = train.iloc[np.random.default_rng(seed).permutation(len(train))]
        kept = mixed.index[mixed.groupby("label").cumcount() < per_class]
        role = np.full(len(items), "", dtype=object)
        role[items.index.isin(kept)] = TRAIN
        role[split.test_rows] = TEST
        roles[f"split_{number}"] = role
    return items.assign(**roles)


def make_folds(items: pd.DataFrame, *, folds: int = 5, seed: int = 0) -> pd.DataFrame:
    """Deal labelled items into folds as ESC-50 has them: split n tests on fold n, learns from the others (paper 4.1).

    For a collection without several official splits. Each class is dealt evenly; parts of one recording are not kept
    together, as ESC-50's authors did, so use it where every file is a recording of its own.

    Args:
        items: those with a label and, where the column `split` names downstream items, of these.
        folds: how many.
        seed: of the dealing.

    Returns:
        The items that were dealt, with a column `fold` and columns split_1, split_2, ...

    Raises:
        DataError: if a class has fewer items than there are folds, or items have several labels.
    """
    _demand_one_label(items, "folds are dealt")
    used = items["label"].to_numpy(dtype=str) != ""
    if items["split"].isin(list(DOWNSTREAM)).any():
        used &= items["split"].isin(list(DOWNSTREAM)).to_numpy()
    dealt = items[used].reset_index(drop=True)
    generator, labels = np.random.default_rng(seed), dealt["label"].to_numpy(dtype=str)
    fold_of = np.zeros(len(dealt), dtype=np.int64)
    for number, label in enumerate(np.unique(labels)):
        rows = generator.permutation(np.flatnonzero(labels == label))
        if len(rows) < folds:
            raise DataError(f"class {str(label)!r} has {len(rows)} items, too few for {folds} folds")
        fold_of[rows] = (np.arange(len(rows)) + number) % folds + 1  # no fold gets every class's odd one
    roles = {f"split_{n}": np.where(fold_of == n, TEST, TRAIN) for n in range(1, folds + 1)}
    return dealt.assign(fold=fold_of, split=roles["split_1"], **roles)


def classes_of(items: pd.DataFrame, split: Split) -> tuple[list[str], Int[np.ndarray, " items"] | csr_array]:
    """The names of the classes, sorted, and each item's class (-1 where it is none of them).

    Of a multi-label collection a matrix (items, classes) of those that training shows: what a part of AudioSet lacks
    is left out of the test (`unlearned_labels`).

    Raises:
        DataError: if a row has no label, or the test asks for a class that training never shows; of several labels
            if it asks for no other.
    """
    sets = label_sets(items)
    used = np.concatenate([split.train_rows, split.test_rows])
    if (bare := used[sets.sizes[used] == 0]).size:
        first = items["path"].iloc[bare[0]]
        raise DataError(f"split {split.name!r}: {first} has no label; every training and test item needs one")
    if has_several(items):
        kept = np.flatnonzero(_shown(sets, split.train_rows))
        if not _shown(sets, split.test_rows)[kept].any():
            raise DataError(f"split {split.name!r} tests on no label that a training item has")
        return [sets.names[at] for at in kept], sets.matrix[:, kept]
    labels = items["label"].to_numpy(dtype=str)
    names = sorted(set(labels[split.train_rows]))
    unseen = sorted(set(labels[split.test_rows]) - set(names))
    if unseen:
        raise DataError(f"split {split.name!r} tests on {', '.join(unseen)}, of which it has no training item")
    index = {name: number for number, name in enumerate(names)}
    return names, np.array([index.get(label, -1) for label in labels])


def unlearned_labels(items: pd.DataFrame, split: Split) -> list[str]:
    """The labels of test items of a multi-label collection that no training item has."""
    sets = label_sets(items)
    unseen = _shown(sets, split.test_rows) & ~_shown(sets, split.train_rows)
    return [sets.names[at] for at in np.flatnonzero(unseen)]


def _shown(sets: LabelSets, rows: Int[np.ndarray, " rows"]) -> np.ndarray:
    """Which labels some items have."""
    return sets.matrix[rows].sum(axis=0) > 0


def _demand_one_label(items: pd.DataFrame, what: str) -> None:
    if has_several(items):
        raise DataError(f"{what} by an item's one class, and these have several; take all labels instead")


def _split(name: str, items: pd.DataFrame, roles: pd.Series) -> Split:
    roles = roles.fillna("")
    if not (roles == TRAIN).any() or not (roles == TEST).any():
        seen = ", ".join(repr(value) for value in sorted(set(items["split"])))
        raise DataError(
            "the items have no train and test split: the column `split` holds "
            f"{seen}; give 'train' and 'test', or columns split_1, split_2, ..."
        )
    return Split(name, np.flatnonzero(roles == TRAIN), np.flatnonzero(roles == TEST))


def _number(column: object) -> int:
    return int(str(column).removeprefix("split_"))
