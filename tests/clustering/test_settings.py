"""Settings of k-means say where they come from and refuse what cannot work."""

import numpy as np
import pytest

from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.errors import ClusteringError, SettingError
from xdc_lab.settings import settings_table


def test_every_default_has_a_source_and_a_reason():
    rows = settings_table(KMeansSettings())
    assert all(row["note"] for row in rows)
    assert {row["name"]: row["source"] for row in rows}["iterations"] == "DeepCluster"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"k": 1}, "k=1 .* at least 2"),
        ({"iterations": 0}, "iterations=0"),
        ({"restarts": 0}, "restarts=0"),
        ({"pca_dim": 0}, "pca_dim=0"),
        ({"points_per_centroid": 0}, "points_per_centroid=0"),
        ({"whiten": True}, "set pca_dim"),
    ],
)
def test_values_that_cannot_work(values, message):
    with pytest.raises(SettingError, match=message):
        KMeansSettings(**values)


def test_more_clusters_than_items_says_both_numbers():
    with pytest.raises(ClusteringError, match="k=8 clusters need at least 8 items, and there are 5"):
        fit_kmeans(np.eye(5, dtype=np.float32), settings=KMeansSettings(k=8), seed=0)


def test_joined_features_need_the_same_items():
    with pytest.raises(ClusteringError, match=r"\(5, 5\), \(4, 4\)"):
        arrays = [np.eye(5, dtype=np.float32), np.eye(4, dtype=np.float32)]
        fit_kmeans(arrays, settings=KMeansSettings(k=2), seed=0)


def test_no_features_are_an_error():
    with pytest.raises(ClusteringError, match=r"shapes \[\]"):
        fit_kmeans([], settings=KMeansSettings(k=2), seed=0)


def test_more_axes_than_dimensions_is_an_error():
    with pytest.raises(SettingError, match="pca_dim=256 is more than the features' 5 dimensions"):
        fit_kmeans(np.eye(5, dtype=np.float32), settings=KMeansSettings(k=2, pca_dim=256), seed=0)
