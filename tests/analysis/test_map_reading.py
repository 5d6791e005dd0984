"""What a map kept of the features: its neighbours, its distances; for maps whose answer is known."""

import numpy as np
import pytest

from xdc_lab.analysis import map_reading as module
from xdc_lab.analysis import projection as projection_module
from xdc_lab.analysis.map_reading import map_reading, neighbours_kept


def test_a_random_map_keeps_neighbours_by_chance_only():
    generator = np.random.default_rng(0)
    features, places = generator.normal(size=(300, 2)), generator.normal(size=(300, 2))
    assert neighbours_kept(features, features) == 1.0
    assert neighbours_kept(features, places) == pytest.approx(10 / 299, abs=0.02)


def test_each_seed_is_read_beside_the_first(result, monkeypatch):
    # The stand-in for UMAP shows two dimensions of the features; another seed mirrors them, which moves no distance.
    monkeypatch.setattr(
        projection_module, "_umap", lambda features, seed, _: features[:, :2] * (1 if seed == 0 else -1)
    )
    table = map_reading(result, "audio", seeds=(0, 1))
    assert table["seed"].tolist() == [0, 1]
    assert table["as_first_map"].tolist() == pytest.approx([1.0, 1.0])
    assert table["neighbours_kept"].between(0.2, 0.99).all()
    assert table["by_chance"].tolist() == pytest.approx([10 / 23] * 2)
    assert not (result.folder.report / "projection_video.csv").exists()


def test_too_few_clusters_have_no_order_of_distances():
    assert np.isnan(module._rank_correlation(np.array([1.0]), np.array([2.0])))
