"""Average precision against cases computed by hand, and what holds for any detections."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.errors import DataError
from xdc_lab.evaluation.localization.average_precision import (
    TIOUS,
    average_precision,
    average_precisions,
    mean_average_precisions,
    temporal_iou,
)
from xdc_lab.evaluation.localization.detections import COLUMNS

SEGMENT = ["video", "label", "start_seconds", "end_seconds"]


def segments(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=SEGMENT)


def detections(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list(COLUMNS))


def scores(found: pd.DataFrame, truth: pd.DataFrame, **words) -> dict[float, float]:
    means = mean_average_precisions(average_precisions(found, truth, **words))
    return {tiou: round(value, 2) for tiou, value in means.items()}


def test_a_case_by_hand():
    truth = segments(("a", "jump", 0.0, 10.0), ("a", "jump", 20.0, 30.0), ("b", "jump", 5.0, 6.0))
    found = detections(
        ("a", "jump", 0.9, 0.0, 5.0),  # tIoU .5 with the first
        ("b", "jump", 0.8, 8.0, 9.0),  # nothing is there
        ("a", "jump", 0.7, 21.0, 30.0),  # tIoU .9 with the second
        ("a", "jump", 0.6, 20.0, 30.0),  # better, and too late
    )
    # up to .5: right, wrong, right, wrong of 3: (1 + 2/3) / 3; above: wrong, wrong, right, wrong: (1/3) / 3
    assert scores(found, truth) == {0.3: 55.56, 0.4: 55.56, 0.5: 55.56, 0.6: 11.11, 0.7: 11.11}


def test_the_surest_takes_the_segment_it_overlaps_most_and_the_next_one_what_is_left():
    truth = segments(("a", "jump", 0.0, 10.0), ("a", "jump", 4.0, 14.0))
    both = ("a", "jump", 0.9, 2.0, 11.0)  # tIoU 8/11 with the first, 7/12 with the second
    assert scores(detections(both, ("a", "jump", 0.8, 4.0, 14.0)), truth)[0.5] == 100.0
    assert scores(detections(both, ("a", "jump", 0.8, 0.0, 10.0)), truth)[0.3] == 100.0
    # The second overlaps the first segment alone, at this threshold, and it is taken.
    assert scores(detections(both, ("a", "jump", 0.8, 0.0, 10.0)), truth)[0.5] == 50.0


def test_the_mean_is_over_the_classes_that_have_segments():
    truth = segments(("a", "jump", 0.0, 1.0), ("a", "dive", 2.0, 3.0))
    found = detections(("a", "jump", 0.5, 0.0, 1.0), ("a", "throw", 0.9, 0.0, 1.0))
    table = average_precisions(found, truth, tious=[0.5])
    assert table["label"].tolist() == ["dive", "jump"]
    assert table["average_precision_percent"].tolist() == [0.0, 100.0]
    assert scores(found, truth, tious=[0.5]) == {0.5: 50.0}


def test_ambiguous_parts_are_ignored():
    truth, unclear = segments(("a", "jump", 0.0, 1.0)), segments(("a", "Ambiguous", 4.0, 9.0))
    found = detections(("a", "jump", 0.9, 8.9, 11.0), ("a", "jump", 0.5, 0.0, 1.0))
    assert scores(found, truth, tious=[0.5]) == {0.5: 50.0}
    assert scores(found, truth, tious=[0.5], ignored=unclear) == {0.5: 100.0}
    assert scores(found, truth, tious=[0.5], ignored=unclear.assign(video="b")) == {0.5: 50.0}
    # What finds a segment counts, also where it is unclear.
    over = segments(("a", "Ambiguous", 0.0, 1.0))
    assert scores(found, truth, tious=[0.5], ignored=over) == {0.5: 50.0}


def test_there_must_be_something_to_find():
    with pytest.raises(DataError, match="no segment"):
        average_precisions(detections(), segments())
    assert scores(detections(), segments(("a", "jump", 0.0, 1.0)), tious=[0.5]) == {0.5: 0.0}


def test_precision_is_interpolated():
    right = np.array([False, True, True, False, True])
    # precision at the hits: 1/2, 2/3, 3/5; from each on the best: 2/3, 2/3, 3/5; one of four was never found
    assert average_precision(right, instances=4) == pytest.approx((2 / 3 + 2 / 3 + 3 / 5) / 4)


TIMES = st.tuples(st.integers(0, 40), st.integers(1, 12)).map(lambda pair: (pair[0] / 4, sum(pair) / 4))
TRUTH = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["jump", "dive"]), TIMES), min_size=1, max_size=8
).map(lambda rows: segments(*((video, label, *times) for video, label, times in rows)))
FOUND = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["jump", "dive"]), st.integers(0, 5), TIMES), max_size=12
).map(lambda rows: detections(*((video, label, score / 5, *times) for video, label, score, times in rows)))


@given(TRUTH)
def test_perfect_detections_have_everything(truth):
    found = truth.assign(score=np.linspace(0, 1, len(truth)))
    assert set(scores(found, truth).values()) == {100.0}


@given(TRUTH, FOUND, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(truth, found, random):
    rows = list(range(len(found)))
    random.shuffle(rows)
    assert scores(found.iloc[rows], truth.iloc[::-1], ignored=truth[:1]) == scores(found, truth, ignored=truth[:1])


@given(TRUTH, FOUND)
def test_map_never_rises_with_the_threshold_where_nothing_is_ignored(truth, found):
    means = list(scores(found, truth, tious=[0.1, *TIOUS, 0.9]).values())
    assert all(low >= high for low, high in zip(means, means[1:], strict=False))
    assert all(0.0 <= mean <= 100.0 for mean in means)


@given(TRUTH, FOUND, TRUTH)
def test_ignoring_never_lowers_map(truth, found, unclear):
    plain, lenient = (scores(found, truth, ignored=parts) for parts in (None, unclear))
    assert all(lenient[tiou] >= plain[tiou] for tiou in plain)


@given(TIMES, TIMES)
def test_tiou_is_symmetric_and_one_for_the_same(one, other):
    first, second = np.array(one), np.array(other)
    forth, back = temporal_iou(first, second[None])[0], temporal_iou(second, first[None])[0]
    assert forth == pytest.approx(back)
    assert 0.0 <= forth <= 1.0
    assert temporal_iou(first, first[None])[0] == 1.0
