"""Which factor a clustering follows, and what explains features made of known factors."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.factors import factor_columns, factor_table, features_explained
from xdc_lab.datasets.items import make_items
from xdc_lab.errors import DataError


def test_the_factor_that_made_the_clusters_is_found(result):
    first = factor_table(result, iteration=0)
    audio = first[first["clustering"] == "audio"]
    assert audio["factor"].iloc[0] == "noise"
    assert audio["ami"].iloc[0] == pytest.approx(1.0)
    last = factor_table(result)
    assert last[last["clustering"] == "audio"]["factor"].iloc[0] == "event"


def test_every_clustering_is_asked_about_every_factor(result):
    assert factor_table(result).groupby("clustering")["factor"].agg(set).tolist() == [{"event", "noise", "pan"}] * 2


def test_numbers_are_binned_and_categories_are_not():
    items = pd.DataFrame({"factor_hue": np.arange(100.0), "factor_kind": list("ab") * 50, "factor_same": 1})
    columns = factor_columns(items, bins=5)
    assert set(columns) == {"hue", "kind"}  # one that never varies explains nothing
    assert np.bincount(columns["hue"]).tolist() == [20] * 5
    assert len(np.unique(columns["kind"])) == 2


def test_what_is_not_recorded_is_left_out():
    columns = factor_columns(make_items(pd.DataFrame({"path": list("abc"), "label": ["x", "", "y"]})))
    assert columns["event"].tolist() == [0, -1, 1]


def test_features_made_of_one_factor_are_explained_by_it():
    generator = np.random.default_rng(0)
    kind, other = generator.integers(0, 4, 400), generator.integers(0, 4, 400)
    features = np.eye(4)[kind] + generator.normal(size=(400, 4)) * 0.01
    explained = features_explained(features, pd.DataFrame({"factor_kind": kind, "factor_other": other}))
    assert explained.index[0] == "kind"
    assert explained["kind"] > 0.99
    assert abs(explained["other"]) < 0.03


def test_the_share_is_the_analysis_of_variance_by_hand():
    # Groups {0, 2} and {4, 6}: total 20, within 4, so eta squared is .8; corrected: 1 - .2 * 3 / 2 = .7.
    features = np.array([[0.0], [2.0], [4.0], [6.0]])
    explained = features_explained(features, pd.DataFrame({"factor_half": list("aabb")}))
    assert explained["half"] == pytest.approx(0.7)


def test_constant_features_are_explained_by_nothing():
    assert features_explained(np.ones((4, 2)), pd.DataFrame({"factor_half": list("aabb")}))["half"] == 0.0


def test_many_random_groups_explain_nothing():
    generator = np.random.default_rng(1)
    items = pd.DataFrame({"factor_many": generator.integers(0, 100, 300).astype(str)})
    assert abs(features_explained(generator.normal(size=(300, 20)), items)["many"]) < 0.05


def test_nothing_recorded_is_said():
    with pytest.raises(DataError, match="neither labels nor recorded factors"):
        factor_columns(make_items(pd.DataFrame({"path": ["a", "b"]})))


def test_features_of_other_items_are_refused():
    with pytest.raises(DataError, match="3 features and 2 items"):
        features_explained(np.zeros((3, 1)), pd.DataFrame({"factor_half": ["a", "b"]}))
