import sys

import pytest

from xdc_lab.bench.comparison import Comparison, compare
from xdc_lab.bench.kmeans import kmeans_comparisons
from xdc_lab.bench.speed import bench
from xdc_lab.errors import InstallError, SettingError


def test_without_faiss_it_says_so_before_it_measures_anything(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(InstallError, match=r"xdc-lab\[cpu\]"):
        bench("a collection that is not there")


def test_unknown_part_is_named_with_those_that_there_are():
    with pytest.raises(SettingError, match="no part k-means to measure; give some of data-path, training, kmeans"):
        bench(parts=["k-means"])


def test_both_sides_do_the_same_k_means():
    plain, normalised, *_ = kmeans_comparisons(items=2000, dim=8, iterations=3)
    for comparison in (plain, normalised):
        assert comparison.ours() == pytest.approx(comparison.theirs(), rel=0.05)


def test_ratio_is_above_one_where_ours_is_faster():
    calls = []
    row = compare(
        Comparison("part", "other", 10, lambda: calls.append("ours"), lambda: calls.extend(range(10**6))), rounds=2
    )
    assert calls.count("ours") == 3
    assert row["ratio"] > 1
