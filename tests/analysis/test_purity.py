"""Purity's interval and its chance level."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.analysis.purity import LARGE, STEPS, _chance_purity, chance_purity, wilson_interval
from xdc_lab.errors import ClusteringError


@given(trials=st.integers(1, 500), share=st.floats(0, 1))
def test_an_interval_holds_the_share_and_lies_in_0_to_1(trials, share):
    successes = round(share * trials)
    low, high = wilson_interval(successes, trials)
    assert 0 <= low <= successes / trials
    assert successes / trials <= high <= 1


def test_a_larger_cluster_is_surer():
    assert wilson_interval(90, 100).low > wilson_interval(9, 10).low > wilson_interval(1, 1).low


def test_chance_equals_its_enumeration():
    # Two items of {a, a, b, b}: 2 of 6 pairs are alike (purity 1), 4 are not (purity 1/2): (2 + 4/2) / 6 = 2/3.
    assert chance_purity(np.array([2, 2]), 2) == pytest.approx(2 / 3, abs=0.04)


def test_small_clusters_look_pure_by_luck():
    counts = np.full(10, 20)
    chances = [chance_purity(counts, size) for size in (1, 2, 5, 20, 200)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 1.0
    assert chances[-1] == pytest.approx(0.1)


def test_chance_is_the_same_every_time():
    counts = np.array([30, 20, 10])
    assert chance_purity(counts, 7, seed=1) == chance_purity(counts, 7, seed=1)
    assert chance_purity(counts, 7, seed=1) != chance_purity(counts, 7, seed=2)


def test_chance_of_large_clusters_is_interpolated():
    counts = np.full(40, 100)
    drawn = {size: _chance_purity(tuple(counts.tolist()), size, 0) for size in (600, 1000, 3000)}
    assert [chance_purity(counts, size) for size in drawn] == pytest.approx(list(drawn.values()), rel=0.02)
    _chance_purity.cache_clear()
    chances = [chance_purity(counts, size) for size in range(LARGE, 2 * LARGE)]
    assert _chance_purity.cache_info().misses <= STEPS + 1
    assert chances == sorted(chances, reverse=True)
    assert chance_purity(counts, 4000) == 1 / 40


@pytest.mark.parametrize("impossible", [lambda: wilson_interval(3, 2), lambda: chance_purity(np.array([1, 1]), 3)])
def test_what_cannot_be_is_refused(impossible):
    with pytest.raises(ClusteringError):
        impossible()
