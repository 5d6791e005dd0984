"""The spans of items: what the table says, in arrays that a worker gets by handle."""

import io
import os
import pickle
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.item_spans import ItemSpan, ItemSpans, item_spans
from xdc_lab.errors import DataError

PATHS = ["a b/ü.mp4", "", "shards/00.tar::x\n.mp4"]


def test_an_item_is_as_its_row_says():
    rows = {"path": PATHS, "start_seconds": [np.nan, 1, 2], "end_seconds": [np.nan, 3, 30]}
    spans = item_spans(pd.DataFrame(rows | {"duration_seconds": [5.0, 9, 10]}))
    assert list(spans) == [ItemSpan(PATHS[0], 0, 5), ItemSpan("", 1, 2), ItemSpan(PATHS[2], 2, 8)]
    assert spans[-1] == spans[2] and spans.durations_seconds.tolist() == [5, 2, 8]
    with pytest.raises(IndexError):
        spans[3]


@pytest.mark.parametrize(
    ("duration", "why"), [(np.nan, "its duration is not known"), (10.0, "it begins after its file ends")]
)
def test_an_item_without_a_length_says_why(duration, why):
    rows = {"path": ["ok.mp4", "bad.mp4"], "start_seconds": [0, 12.0], "end_seconds": [np.nan, 15]}
    with pytest.raises(DataError, match=rf"bad.mp4: {why}, as of 1 of 2 items; check the items first"):
        item_spans(pd.DataFrame(rows | {"duration_seconds": [5.0, duration]}))


def test_no_items_and_a_name_that_is_no_text():
    assert list(ItemSpans([], np.zeros(0), np.zeros(0))) == []
    name = os.fsdecode(b"latin-\xfc.mp4")
    assert ItemSpans([name], np.zeros(1), np.ones(1))[0].path == name


def test_a_worker_gets_handles_and_a_file_the_arrays():
    count = 10_000
    spans = ItemSpans([f"folder/{row}.mp4" for row in range(count)], np.zeros(count), np.ones(count))
    assert list(pickle.loads(pickle.dumps(spans))) == list(spans)
    assert len(pickle.dumps(spans)) < 50 * count
    sent = io.BytesIO()
    ForkingPickler(sent).dump(spans)  # as what a process is started with is sent
    assert len(sent.getvalue()) < 2000
