import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.datasets.items import make_items
from xdc_lab.errors import DataError
from xdc_lab.evaluation.splits import Split, classes_of, fewer_labels, make_folds, official_splits, validation_split


def items(**columns) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    return make_items(pd.DataFrame({"path": [f"{row}.mp4" for row in range(count)], **columns}))


def test_numbered_columns_are_splits_and_empty_rows_are_unused():
    table = items(
        label=list("abab"),
        split=["train", "train", "test", "test"],
        split_2=["test", "test", "train", "train"],
        split_10=["train", "train", "", "test"],
    )
    splits = official_splits(table)
    assert list(splits) == ["2", "10"]
    assert splits["2"].train_rows.tolist() == [2, 3]
    assert (splits["10"].train_rows.tolist(), splits["10"].test_rows.tolist()) == ([0, 1], [3])


def test_the_demo_set_keeps_its_training_clips_for_pretraining():
    table = items(label=list("abc"), split=["train", "downstream_train", "downstream_test"])
    split = official_splits(table)["downstream"]
    assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([1], [2])


def test_train_and_test_are_one_split():
    split = official_splits(items(label=list("aab"), split=["test", "train", "val"]))["1"]
    assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([1], [0])


def test_no_split_is_an_error_that_says_what_there_is():
    with pytest.raises(DataError, match="holds '', 'val'"):
        official_splits(items(label=list("ab"), split=["", "val"]))


def test_a_split_does_not_test_on_what_it_trains_on():
    with pytest.raises(DataError, match="trains on"):
        Split("1", np.array([0, 1]), np.array([1, 2]))
    with pytest.raises(DataError, match="0 test items"):
        Split("1", np.array([0]), np.array([], dtype=int))


def test_classes_are_those_of_training_in_order_of_name():
    table = items(label=["dog", "", "cat", "dog"], split=["train", "val", "train", "test"])
    names, targets = classes_of(table, official_splits(table)["1"])
    assert (names, list(targets)) == (["cat", "dog"], [1, -1, 0, 1])


def test_a_test_item_of_an_unseen_class_or_without_label_is_an_error():
    unseen = items(label=["dog", "cat"], split=["train", "test"])
    with pytest.raises(DataError, match="tests on cat"):
        classes_of(unseen, official_splits(unseen)["1"])
    unlabelled = items(label=["dog", ""], split=["train", "test"])
    with pytest.raises(DataError, match=r"1\.mp4 has no label"):
        classes_of(unlabelled, official_splits(unlabelled)["1"])


@given(st.lists(st.sampled_from("abcd"), min_size=8, max_size=60), st.integers(0, 5))
def test_a_validation_split_sees_no_test_item_and_every_class_twice(letters, seed):
    labels = np.array([*"aabbccdd", *letters, *"abcd"])
    split = Split("1", np.arange(len(labels) - 4), np.arange(len(labels) - 4, len(labels)))
    inner = validation_split(split, labels, fraction=0.25, seed=seed)
    assert np.array_equal(np.sort(np.r_[inner.train_rows, inner.test_rows]), split.train_rows)
    assert set(labels[inner.train_rows]) == set(labels[inner.test_rows]) == set("abcd")
    for label in "abcd":
        total, held = (labels[split.train_rows] == label).sum(), (labels[inner.test_rows] == label).sum()
        assert held == max(1, round(0.25 * total))


@given(st.integers(2, 5), st.integers(0, 5))
def test_folds_test_every_item_once_and_hold_every_class(folds, seed):
    labels = ["a"] * 7 + ["b"] * 5 + ["c"] * 11 + [""]
    dealt = make_folds(items(label=labels, split=["train"] * 24), folds=folds, seed=seed)
    splits = official_splits(dealt)
    assert len(splits) == folds
    assert sorted(np.concatenate([split.test_rows for split in splits.values()])) == list(range(23))
    for split in splits.values():
        assert set(dealt["label"].iloc[split.test_rows]) == set("abc")
        assert len(split.train_rows) + len(split.test_rows) == 23
    sizes = dealt.groupby(["label", "fold"]).size().unstack()
    assert (sizes.max(axis=1) - sizes.min(axis=1)).max() <= 1


def test_folds_leave_pretraining_items_alone_and_need_enough_of_a_class():
    table = items(label=list("aabb"), split=["train", "downstream_train", "downstream_test", "train"])
    with pytest.raises(DataError, match="class 'a' has 1 items, too few for 2 folds"):
        make_folds(table, folds=2)
    more = items(label=["a"] * 5, split=["train", *["downstream_train"] * 2, *["downstream_test"] * 2])
    assert make_folds(more, folds=2)["path"].tolist() == [f"{row}.mp4" for row in range(1, 5)]


def test_fewer_labels_are_drawn_by_the_seed_and_the_test_is_as_before():
    table = items(label=list("xy" * 10), split=["downstream_train"] * 16 + ["downstream_test"] * 4)

    def drawn(count: int, seed: int) -> list[int]:
        split = official_splits(fewer_labels(table, count, seed=seed))["1"]
        assert split.test_rows.tolist() == [16, 17, 18, 19]
        assert table["label"].iloc[split.train_rows].value_counts().to_dict() == {"x": count, "y": count}
        return split.train_rows.tolist()

    assert drawn(2, 0) == drawn(2, 0)
    assert len({tuple(drawn(2, seed)) for seed in range(8)}) > 4
    assert set(drawn(2, 3)) < set(drawn(4, 3))
    with pytest.raises(DataError, match="class '[xy]' has 8 training items; 9 were asked for"):
        fewer_labels(table, 9, seed=0)
