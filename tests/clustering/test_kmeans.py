"""k-means: its invariants, its agreement with scikit-learn, and what it refuses."""

from typing import Any

import faiss
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans

from xdc_lab.clustering import arrays, rows
from xdc_lab.clustering.clusters_file import Clusters
from xdc_lab.clustering.kmeans import KMeansSettings, assign, fit_kmeans
from xdc_lab.clustering.lloyd import changes_of_sums, first_centroids, lloyd, settle
from xdc_lab.clustering.measures import nmi
from xdc_lab.clustering.nearest import nearest
from xdc_lab.clustering.preprocessing import Preprocessing
from xdc_lab.clustering.rows import Rows
from xdc_lab.errors import ClusteringError

PLAIN = {"l2": False, "center": False}
AS_THEY_ARE = Preprocessing(None, None, l2=False)


def planted(items: int = 601, groups: int = 6, dim: int = 12, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    centres, group = generator.normal(size=(groups, dim)) * 4, generator.integers(groups, size=items)
    return (centres[group] + generator.normal(size=(items, dim))).astype(np.float32), group


def plain_rows(features: np.ndarray) -> Rows:
    return Rows([features], [AS_THEY_ARE])


def prepared(features: np.ndarray, clusters: Clusters) -> np.ndarray:
    (prepare,) = clusters.preprocessing
    return prepare(features).astype(np.float64)


@st.composite
def grids(draw) -> tuple[np.ndarray, int, int]:
    """Points of a small grid, with many duplicates among them; k; a seed."""
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    features = generator.integers(0, draw(st.integers(1, 5)), size=(draw(st.integers(2, 60)), draw(st.integers(1, 4))))
    return features.astype(np.float32), draw(st.integers(2, 12)), draw(st.integers(0, 100))


@given(grids())
def test_every_item_is_labelled_and_every_cluster_has_one(case):
    features, k, seed = case
    items, distinct = len(features), len(np.unique(features, axis=0))
    settings = KMeansSettings(k=k, restarts=1, **PLAIN)
    if k > distinct:
        with pytest.raises(ClusteringError):
            fit_kmeans(features, settings=settings, seed=seed)
        return
    clusters = fit_kmeans(features, settings=settings, seed=seed)
    assert clusters.assignment.shape == clusters.distance.shape == (items,)
    assert clusters.k == k
    assert clusters.sizes.min() >= 1
    assert clusters.sizes.sum() == items
    apart = np.linalg.norm(prepared(features, clusters)[:, None] - clusters.centroids, axis=2)
    np.testing.assert_allclose(clusters.distance, apart.min(axis=1), atol=1e-3)


@given(grids())
def test_inertia_never_rises(case):
    features, k, seed = case
    if k > len(features):
        return
    data, generator = plain_rows(features), np.random.default_rng(seed)
    inertias = lloyd(data, first_centroids(data, k, generator=generator), iterations=20, generator=generator).inertias
    rises = np.diff(inertias)
    assert rises.max(initial=0.0) <= 1e-6 * max(data.squares, 1.0)


def test_inertia_is_the_sum_of_squared_distances():
    features, _ = planted()
    clusters = fit_kmeans(features, settings=KMeansSettings(k=6, **PLAIN), seed=0)
    by_hand = np.square(prepared(features, clusters) - clusters.centroids[clusters.assignment]).sum()
    assert clusters.about["inertia"] == pytest.approx(by_hand, rel=1e-6)
    assert clusters.about["inertias"][-1] == pytest.approx(by_hand, rel=1e-6)


def test_from_the_same_start_it_goes_where_scikit_learn_goes():
    features, _ = planted(groups=9)
    data, generator = plain_rows(features), np.random.default_rng(3)
    start = first_centroids(data, 9, generator=generator)
    fit = lloyd(data, start, iterations=100, generator=generator)
    same: dict[str, Any] = {"init": start, "n_init": 1, "tol": 0, "max_iter": 100, "algorithm": "lloyd"}
    oracle = KMeans(9, **same).fit(features)
    assert fit.inertia == pytest.approx(oracle.inertia_, rel=1e-6)
    np.testing.assert_allclose(fit.centroids, oracle.cluster_centers_, atol=1e-4)


def test_it_is_as_good_as_faiss():
    features = np.random.default_rng(0).normal(size=(2000, 16)).astype(np.float32)
    clusters = fit_kmeans(features, settings=KMeansSettings(k=20, restarts=1, **PLAIN), seed=0)
    oracle = faiss.Kmeans(16, 20, niter=20, max_points_per_centroid=10**6)
    oracle.train(features)
    _, squared = nearest(torch.tensor(features), torch.tensor(oracle.centroids))
    assert clusters.about["inertia"] == pytest.approx(float(squared.sum()), rel=0.02)


def test_it_finds_planted_groups():
    features, group = planted()
    clusters = fit_kmeans(features, settings=KMeansSettings(k=6, restarts=5), seed=0)
    assert nmi(clusters.assignment, group) > 0.95


def test_a_seed_is_a_clustering():
    features = np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)
    first, same, other = (fit_kmeans(features, settings=KMeansSettings(k=9), seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.assignment, same.assignment)
    np.testing.assert_array_equal(first.centroids, same.centroids)
    assert (first.assignment != other.assignment).any()


def test_restarts_keep_the_best():
    features, _ = planted(groups=12)
    about = fit_kmeans(features, settings=KMeansSettings(k=12, restarts=6), seed=0).about
    assert len(set(about["restart_inertias"])) > 1
    assert about["inertias"][-1] == min(about["restart_inertias"])


def test_it_stops_when_nothing_moves():
    features, _ = planted(groups=2)
    about = fit_kmeans(features, settings=KMeansSettings(k=2, iterations=1000, restarts=1), seed=0).about
    assert len(about["inertias"]) < 20


def test_joined_features_are_normalised_one_by_one():
    small, _ = planted(seed=1)
    loud = 1000 * planted(dim=7, seed=2)[0]
    clusters = fit_kmeans([small, loud], settings=KMeansSettings(k=6), seed=0)
    for prepare, part in zip(clusters.preprocessing, [small, loud], strict=True):
        np.testing.assert_allclose(np.linalg.norm(prepare(part) + prepare.origin, axis=1), 1, rtol=1e-5)
    again, distance = assign([small, loud], clusters)
    np.testing.assert_array_equal(again, clusters.assignment)
    np.testing.assert_allclose(distance, clusters.distance, rtol=1e-5)


@pytest.mark.parametrize("l2", [False, True])
def test_a_common_offset_costs_no_precision(l2):
    features, group = planted()
    settings = KMeansSettings(k=6, l2=l2)
    clusters = fit_kmeans(features + np.float32(10_000), settings=settings, seed=0)
    assert nmi(clusters.assignment, group) > 0.95


def test_blocks_change_nothing(monkeypatch):
    features, _ = planted()
    settings = KMeansSettings(k=9, pca_dim=5, whiten=True)
    whole = fit_kmeans(features, settings=settings, seed=0)
    monkeypatch.setattr(arrays, "BLOCK_ROWS", 50)
    monkeypatch.setattr(rows, "KEPT_BYTES", 0)
    in_blocks = fit_kmeans(features, settings=settings, seed=0)
    np.testing.assert_array_equal(whole.assignment, in_blocks.assignment)
    np.testing.assert_allclose(whole.centroids, in_blocks.centroids, atol=1e-5)


@pytest.mark.parametrize("l2", [False, True])
def test_features_may_be_a_memory_mapped_file(tmp_path, l2):
    features, _ = planted()
    np.save(tmp_path / "features.npy", features)
    settings = KMeansSettings(k=6, l2=l2)
    mapped = fit_kmeans(np.load(tmp_path / "features.npy", mmap_mode="r"), settings=settings, seed=0)
    np.testing.assert_array_equal(mapped.assignment, fit_kmeans(features, settings=settings, seed=0).assignment)


def test_half_precision_features_are_read():
    features, group = planted()
    clusters = fit_kmeans(features.astype(np.float16), settings=KMeansSettings(k=6, restarts=5), seed=0)
    assert nmi(clusters.assignment, group) > 0.95


def test_a_sample_is_taken_only_when_asked_for():
    features, group = planted(items=5000)
    assert fit_kmeans(features, settings=KMeansSettings(k=6), seed=0).about["items_sampled"] == 5000
    sampled = fit_kmeans(features, settings=KMeansSettings(k=6, points_per_centroid=50, restarts=5), seed=0)
    assert sampled.about["items_sampled"] == 300
    assert len(sampled.assignment) == 5000
    assert nmi(sampled.assignment, group) > 0.95


@pytest.mark.parametrize("moving", [0.0, 0.2, 1.0])
def test_sums_change_by_the_rows_that_move(moving):
    generator, k = np.random.default_rng(0), 7
    features, old, other = planted()[0], generator.integers(k + 1, size=601), generator.integers(k, size=601)
    new = np.where((generator.random(601) < moving) | (old == k), other, old)  # k: of no cluster yet
    expected = [features[new == number].sum(axis=0) - features[old == number].sum(axis=0) for number in range(k)]
    moved = np.flatnonzero(new != old)
    tensors = (torch.tensor(part) for part in (features, moved, new[moved], old[moved]))
    np.testing.assert_allclose(changes_of_sums(*tensors, k=k).numpy(), expected, atol=1e-3)


def test_iterations_leave_no_centroid_behind():
    features, _ = planted(groups=3)
    start = np.array([features[0], features[1], np.full(12, 1e3)], dtype=np.float32)  # the third gets no row
    fit = lloyd(plain_rows(features), start, iterations=20, generator=np.random.default_rng(0))
    assignment, _ = nearest(torch.tensor(features), torch.tensor(fit.centroids))
    assert np.bincount(assignment, minlength=3).min() > 30
    assert np.diff(fit.inertias).max() <= 0


def test_an_empty_cluster_is_split_off_a_large_one():
    features, group = planted(groups=2)
    means = [features[group == number].mean(axis=0) for number in range(2)]
    centroids = np.array([*means, np.full(12, 1e3)], dtype=np.float32)  # the third is far from everything
    assignment, settled, refilled = settle(plain_rows(features), centroids, generator=np.random.default_rng(0))
    assert refilled == 1
    np.testing.assert_array_equal(settled[:2], centroids[:2])
    assert np.bincount(assignment, minlength=3).min() > 30


def test_a_cluster_that_splitting_cannot_fill_takes_over_an_item():
    features = np.repeat(np.eye(3, dtype=np.float32), 5, axis=0)  # three places: nothing lies between them
    centroids = np.zeros((3, 3), dtype=np.float32)
    assignment, _, refilled = settle(plain_rows(features), centroids, generator=np.random.default_rng(0))
    assert refilled >= 2
    assert sorted(np.bincount(assignment)) == [5, 5, 5]


def test_fewer_distinct_items_than_clusters_says_how_many():
    features = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
    with pytest.raises(ClusteringError, match="only about 3 of the 60 items differ"):
        fit_kmeans(features, settings=KMeansSettings(k=4), seed=0)


def test_progress_counts_passes():
    told = []
    settings = KMeansSettings(k=2, iterations=7, restarts=2)
    fit_kmeans(planted()[0], settings=settings, seed=0, progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, total in told} == {14}


def test_new_items_of_other_encoders_are_refused():
    features, _ = planted()
    clusters = fit_kmeans(features, settings=KMeansSettings(k=2), seed=0)
    with pytest.raises(ClusteringError, match=r"of \[12\] dimensions, not \[5\]"):
        assign(features[:, :5], clusters)


def test_a_process_without_rows_of_its_own_fetches_those_of_others(monkeypatch):
    """Fewer items than processes: this one has none."""
    monkeypatch.setattr(rows, "shard", lambda items: slice(0, 0))
    features = np.ones((3, 4), dtype=np.float32)
    own = Rows([features], [AS_THEY_ARE])
    assert len(own) == 0
    assert own.at(np.array([0, 2])).shape == (2, 4)
