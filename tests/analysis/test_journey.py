"""Where a label's clips went."""

import numpy as np
import pytest

from xdc_lab.analysis.journey import journey, label_shares
from xdc_lab.errors import DataError


def test_a_journey_names_every_cluster_of_the_label(result):
    path = journey(result, "snorkeling")
    assert path[["clustering", "cluster", "clips"]].to_numpy().tolist() == [
        ["audio", 0, 6],
        ["video", 1, 3],
        ["video", 2, 3],
    ]
    assert path["share_of_label"].tolist() == [1.0, 0.5, 0.5]
    assert path["share_of_cluster"].tolist() == [0.5, 0.5, 0.5]
    assert path["rank"].tolist() == [3, 2, 3]


def test_the_shares_of_each_label_sum_to_one(result):
    shares = label_shares(result, "video")
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert dict(zip(shares.index, shares.to_numpy().tolist(), strict=True))["bell"] == [0, 0.5, 0.5]


def test_an_unknown_label_lists_those_there_are(result, unlabelled):
    with pytest.raises(DataError, match="the labels are bell, feeding fish"):
        journey(result, "whale")
    with pytest.raises(DataError, match="have no labels"):
        journey(unlabelled, "bell")
