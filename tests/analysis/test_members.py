"""The clips of a cluster, in order of distance or drawn."""

import pytest

from xdc_lab.analysis.members import members
from xdc_lab.errors import ClusteringError, SettingError


def test_nearest_come_first_with_their_distance(result):
    near = members(result, "audio", 1, count=3)
    assert near.index.tolist() == [12, 13, 14]
    assert near["distance"].tolist() == pytest.approx([1.2, 1.3, 1.4])
    assert near["position"].tolist() == [1, 2, 3]
    assert set(near["label"]) == {"feeding fish"}


def test_farthest_are_the_nearest_backwards(result):
    far = members(result, "audio", 1, order="farthest", count=None)
    assert far.index.tolist() == members(result, "audio", 1, count=None).index.tolist()[::-1]


def test_a_draw_is_of_the_cluster_and_follows_its_seed(result):
    draws = {seed: tuple(members(result, "audio", 0, order="random", seed=seed).index) for seed in range(4)}
    assert draws[0] == tuple(members(result, "audio", 0, order="random", seed=0).index)
    assert len(set(draws.values())) > 1
    assert all(len(set(items)) == 10 and set(items) <= set(range(12)) for items in draws.values())


def test_a_small_cluster_gives_what_it_has(single):
    assert len(members(single, "audio", 0)) == 1


def test_what_there_is_not(result):
    with pytest.raises(ClusteringError, match="no cluster 3; its ids are 0 to 2"):
        members(result, "audio", 3)
    with pytest.raises(SettingError, match="nearest, farthest, random"):
        members(result, "audio", 0, order="best")
