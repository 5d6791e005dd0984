"""mAP and d-prime against their definitions, and an evaluation of items with several labels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_array
from scipy.stats import norm

from xdc_lab.datasets.items import make_items
from xdc_lab.errors import DataError
from xdc_lab.evaluation.benchmark import Benchmark
from xdc_lab.evaluation.multi_label import d_prime, mean_average_precision, ranking_scores
from xdc_lab.evaluation.splits import classes_of, fewer_labels, make_folds, official_splits, unlearned_labels


def average_precision(truth: np.ndarray, scores: np.ndarray) -> float:
    """The mean, over the positives, of the precision down to them (scores differ)."""
    ranked = truth[np.argsort(-scores)]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


@given(arrays.arrays(bool, (8, 3)), st.permutations(range(24)))
def test_map_is_the_mean_over_the_classes_that_have_a_positive(truth, order):
    scores = np.reshape(order, (8, 3)) / 24
    ranked = [at for at in range(3) if truth[:, at].any()]
    told = ranking_scores(truth, scores)
    assert told["ranked_classes"] == len(ranked)
    if not ranked:
        assert np.isnan(mean_average_precision(truth, scores)) and told["map_percent"] is None
        return
    expected = np.mean([average_precision(truth[:, at], scores[:, at]) for at in ranked])
    assert told["map_percent"] == pytest.approx(100 * expected)


def test_d_prime_is_the_distance_of_two_normals_with_this_area():
    generator = np.random.default_rng(0)
    truth = np.repeat([[True], [False]], 20_000, axis=0)
    scores = np.r_[generator.normal(1.5, 1.0, 20_000), generator.normal(0.0, 1.0, 20_000)][:, None]
    told = ranking_scores(truth, scores)
    assert told["auc"] == pytest.approx(norm.cdf(1.5 / np.sqrt(2)), abs=0.01)
    assert told["d_prime"] == pytest.approx(1.5, abs=0.05) == d_prime(told["auc"] or 0.0)


def test_a_perfect_or_one_sided_ranking_has_no_finite_d_prime():
    truth = np.array([[True, True], [False, True]])
    told = ranking_scores(truth, np.array([[0.9, 0.5], [0.1, 0.5]]))
    assert told == {"map_percent": 100.0, "auc": 1.0, "d_prime": None, "ranked_classes": 2}


ROWS = {
    "path": [f"{name}.mp4" for name in "abcdef"],
    "labels": ["speech; music", "speech", "music", "music; bark", "bark", "speech"],
    "split": ["train"] * 3 + ["test"] * 3,
}


def test_classes_are_those_that_training_shows_and_the_others_are_named():
    items = make_items(pd.DataFrame(ROWS))
    split = official_splits(items)["1"]
    names, targets = classes_of(items, split)
    assert names == ["music", "speech"] and unlearned_labels(items, split) == ["bark"]
    assert isinstance(targets, csr_array)
    assert targets.toarray().astype(int).tolist() == [[1, 1], [0, 1], [1, 0], [1, 0], [0, 0], [0, 1]]
    with pytest.raises(DataError, match="tests on no label that a training item has"):
        classes_of(items.assign(labels=[*ROWS["labels"][:3], *["bark"] * 3]), split)
    with pytest.raises(DataError, match=r"f\.mp4 has no label"):
        classes_of(items.assign(labels=[*ROWS["labels"][:5], ""]), split)


def test_what_needs_one_label_an_item_says_so():
    items = make_items(pd.DataFrame(ROWS))
    for act in (lambda: fewer_labels(items, 1, seed=0), lambda: make_folds(items, folds=2)):
        with pytest.raises(DataError, match="by an item's one class, and these have several"):
            act()
    (validation,) = Benchmark(items, validation=True).chosen_splits()
    assert set(validation.test_rows) < {0, 1, 2} and len(validation.train_rows)
