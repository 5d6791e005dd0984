"""The nearest centroid: PyTorch finds what faiss finds, and the clusters are the same, where faiss is not installed."""

import faiss
import numpy as np
import pytest
import torch

from xdc_lab.clustering import nearest as module
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.clustering.nearest import full_precision, nearest, several_nearest


@pytest.fixture
def without_faiss(monkeypatch):
    monkeypatch.setattr(module, "faiss", None)


def points(items: int, dim: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(items, dim)).astype(np.float32)


@pytest.mark.parametrize("block", [1, 700, module.BLOCK])  # distances at a time: a row, some rows, all
def test_torch_finds_the_nearest_of_faiss(without_faiss, monkeypatch, block):
    monkeypatch.setattr(module, "BLOCK", block)
    rows, centroids = points(503, 24), points(31, 24, seed=1)
    squared, expected = faiss.knn(rows, centroids, 1)
    assignment, found = nearest(torch.tensor(rows), torch.tensor(centroids))
    np.testing.assert_array_equal(assignment, expected[:, 0])
    np.testing.assert_allclose(found, squared[:, 0], rtol=1e-5)


def test_torch_finds_several_of_faiss_in_their_order(without_faiss):
    rows = points(300, 16)
    squared, expected = faiss.knn(rows, rows, 6)
    numbers, found = several_nearest(rows, rows, 6)
    np.testing.assert_array_equal(numbers, expected)
    np.testing.assert_allclose(found, squared, atol=1e-4)


def test_of_equals_torch_takes_the_first_and_no_distance_is_negative(without_faiss):
    rows = torch.tensor(np.repeat(points(1, 7), 40, axis=0))
    assignment, squared = nearest(rows, rows[:5])
    assert set(assignment.tolist()) == {0}
    assert squared.min() >= 0


def test_read_only_rows_are_fine(without_faiss):
    rows = points(9, 3)
    rows.setflags(write=False)
    assert several_nearest(rows, rows[:4], 1)[0][:4, 0].tolist() == [0, 1, 2, 3]


def test_the_same_clusters_come_of_both(monkeypatch):
    features, settings = points(900, 12), KMeansSettings(k=9, restarts=2)
    by_faiss = fit_kmeans(features, settings=settings, seed=3)
    monkeypatch.setattr(module, "faiss", None)
    by_torch = fit_kmeans(features, settings=settings, seed=3)
    np.testing.assert_array_equal(by_torch.assignment, by_faiss.assignment)
    np.testing.assert_allclose(by_torch.centroids, by_faiss.centroids, atol=1e-6)
    assert set(by_torch.about["software"]) == {"xdc_lab", "torch", "numpy"}
    assert by_torch.about["inertia"] == pytest.approx(by_faiss.about["inertia"], rel=1e-6)


def test_training_keeps_its_precision_and_k_means_has_its_own():
    matmul = torch.backends.cuda.matmul
    before = matmul.fp32_precision
    try:
        matmul.fp32_precision = "tf32"
        with full_precision():
            assert matmul.fp32_precision == "ieee"
        assert matmul.fp32_precision == "tf32"
    finally:
        matmul.fp32_precision = before
