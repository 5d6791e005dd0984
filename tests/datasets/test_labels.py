"""Several labels of an item: one written form, and the matrix that every measure reads."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.items import make_items, read_items, write_items
from xdc_lab.datasets.labels import UNLABELLED, grouping, has_several, join_labels, label_sets, split_labels

LABELS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(["a;b", "\\", "\\;", ";", "a\\", "A, b"])
SETS = st.lists(LABELS, max_size=5)


@given(SETS)
def test_labels_that_are_joined_come_apart_again(labels):
    named = tuple(dict.fromkeys(label.strip() for label in labels if label.strip()))
    assert split_labels(join_labels(labels)) == named


@given(st.text())
def test_any_text_is_some_labels_and_has_one_form(text):
    labels = split_labels(text)
    assert all(label and label == label.strip() for label in labels) and len(set(labels)) == len(labels)
    assert split_labels(join_labels(labels)) == labels


@given(st.lists(st.tuples(SETS, st.sampled_from(["", "bell", "rain"])), min_size=1, max_size=6))
def test_the_matrix_says_what_the_texts_say(rows):
    table = pd.DataFrame({"path": "a.mp4", "label": [label for _, label in rows]})
    items = make_items(table.assign(labels=pd.Series([labels for labels, _ in rows], dtype=object)))
    sets = label_sets(items)
    for row, (text, label) in enumerate(zip(items["labels"], items["label"], strict=True)):
        own = set(split_labels(text)) or {label} - {""}
        assert {sets.names[column] for column in np.flatnonzero(sets.matrix[[row]].toarray()[0])} == own
        assert (sets.firsts[row] == UNLABELLED) == (not own)
        assert sets.texts[row] == (text or label)
    assert sets.sizes.tolist() == sets.matrix.sum(axis=1).tolist()
    assert list(sets.names) == sorted(sets.names)
    assert has_several(items) == any(items["labels"] != "")


def test_what_clusters_are_measured_against():
    items = make_items(pd.DataFrame({"path": ["a.mp4", "b.mp4"], "label": ["bell", ""]}))
    assert list(grouping(items)) == ["bell", ""] and not has_several(items)
    assert grouping(items.assign(labels=["rain; bell", ""])).shape == (2, 2)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_of_ones_own_may_have_them(tmp_path, suffix):
    table = tmp_path / f"mine{suffix}"
    rows = pd.DataFrame({"path": ["a.mp4", "b.mp4", "c.mp4"], "labels": ["7; 08 ;7", "1", ""]})
    if suffix == ".csv":
        rows.to_csv(table, index=False)
    else:
        pytest.importorskip("pyarrow")
        rows.assign(labels=pd.Series([["7", "08", "7"], ["1"], None], dtype=object)).to_parquet(table)
    items = load_items(table)
    assert items["labels"].tolist() == ["7; 08", "1", ""] and items["label"].tolist() == [""] * 3
    write_items(items, tmp_path / "again.csv")
    pd.testing.assert_frame_equal(read_items(tmp_path / "again.csv"), items)
