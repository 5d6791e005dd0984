"""What settings and starts of k-means do, on features whose length and direction mean different things."""

from dataclasses import replace

import numpy as np
import pytest

from xdc_lab.analysis.kmeans_choices import try_settings, try_starts
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.errors import SettingError

PLAIN = KMeansSettings(k=4, restarts=2, center=False)


@pytest.fixture
def features():
    """Four directions, and lengths from 1 to 100 that say nothing of them."""
    random = np.random.default_rng(0)
    directions = np.eye(4, 6)[np.arange(200) % 4] + 0.05 * random.normal(size=(200, 6))
    return (directions * np.geomspace(1, 100, 200)[random.permutation(200), None]).astype(np.float32)


def test_without_l2_clusters_follow_the_length(features):
    labels = np.array(["a", "b", "c", "d"])[np.arange(200) % 4]
    table = try_settings(features, {"l2": PLAIN, "raw": replace(PLAIN, l2=False)}, labels=labels)
    assert list(table.index) == ["l2", "raw"]
    assert table["nmi_label"]["l2"] == pytest.approx(1)
    assert abs(table["follows_length"]["l2"]) < 0.05 < 0.2 < table["follows_length"]["raw"]
    assert table["size_entropy"]["l2"] == pytest.approx(1)
    assert (table["smallest"]["l2"], table["largest"]["l2"]) == (50, 50)
    assert "nmi_label" not in try_settings(features, {"l2": PLAIN})


def test_starts_are_sorted_and_compared_with_the_tightest(features):
    table = try_starts(features, settings=replace(PLAIN, restarts=1), starts=4)
    assert sorted(table["seed"]) == [0, 1, 2, 3]
    assert table["inertia"].is_monotonic_increasing
    assert (table["above_best"][0], table["nmi_best"][0]) == (0, pytest.approx(1))
    joint = try_starts([features, features], settings=PLAIN, starts=1)
    assert len(joint) == 1


def test_nothing_to_try_is_an_error(features):
    with pytest.raises(SettingError, match="no setting to try"):
        try_settings(features, {})
    with pytest.raises(SettingError, match="starts=0"):
        try_starts(features, settings=PLAIN, starts=0)
