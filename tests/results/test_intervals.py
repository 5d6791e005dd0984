"""Intervals and numbers of seeds against tables of the t test."""

import numpy as np
import pytest

from xdc_lab.results.intervals import interval, seeds_needed


def test_an_interval_is_that_of_students_t():
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.776 * values.std(ddof=1) / 5**0.5  # t of 4 degrees of freedom, 97.5 %
    assert interval(values) == pytest.approx((3 - half, 3 + half), abs=1e-3)


def test_more_comparisons_are_a_wider_interval():
    low, high = interval([1.0, 2.0, 3.0, 4.0, 5.0], comparisons=5)
    assert high - 3 == pytest.approx(4.604 * (2.5 / 5) ** 0.5, abs=1e-3)  # 99.5 %
    assert 3 - low == pytest.approx(high - 3)


@pytest.mark.parametrize("values", [[1.0], [1.0] * 5], ids=["one", "few alike"])
def test_what_has_no_spread_to_go_by_has_no_interval(values):
    assert np.isnan(interval(values)).all()


def test_six_that_are_alike_pass_a_sign_test():
    assert interval([1.0] * 6) == (1.0, 1.0)
    assert np.isnan(interval([1.0] * 6, comparisons=2)).all()


@pytest.mark.parametrize(("effect", "seeds"), [(2.0, 5), (1.0, 10), (0.8, 15), (0.5, 34), (0.3, 90), (0.2, 199)])
def test_seeds_needed_are_those_of_power_tables(effect, seeds):
    """The paired t test, two-sided 5 %, power 80 % (Cohen's d over n)."""
    assert seeds_needed(effect, 1.0) == seeds_needed(-3 * effect, 3.0) == seeds


def test_seeds_needed_beyond_200_are_none():
    assert seeds_needed(0.19, 1.0) is None
    assert seeds_needed(0.0, 1.0) is None
    assert seeds_needed(0.0, 0.0) is None
    assert seeds_needed(1.0, 0.0) == 6
    assert seeds_needed(1.0, 1.0, comparisons=4) == 15


def test_an_interval_holds_the_mean_as_often_as_it_says():
    draws = np.random.default_rng(0).normal(size=(2000, 5))
    inside = [low < 0 < high for low, high in map(interval, draws)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.015)
