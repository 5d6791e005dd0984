"""What is done to features before k-means, against numpy on the whole array."""

import numpy as np
import pytest

from xdc_lab.clustering import arrays
from xdc_lab.clustering.preprocessing import fit_preprocessing
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.errors import ClusteringError


@pytest.fixture(params=[64, 8192], ids=["many-blocks", "one-block"], autouse=True)
def block_rows(request, monkeypatch):
    monkeypatch.setattr(arrays, "BLOCK_ROWS", request.param)


def correlated(items: int = 301, dim: int = 6) -> np.ndarray:
    generator = np.random.default_rng(0)
    mixed = generator.normal(size=(items, dim)) @ generator.normal(size=(dim, dim)) + 5
    return mixed.astype(np.float32)


@pytest.mark.parametrize("l2", [True, False])
def test_no_distance_changes_where_nothing_is_said_of_a_mean(l2):
    features = correlated()
    expected = features / np.linalg.norm(features, axis=1, keepdims=True) if l2 else features
    prepared = fit_preprocessing(features, settings=KMeansSettings(k=2, l2=l2))(features)
    np.testing.assert_allclose(prepared - prepared[0], expected - expected[0], atol=1e-5)


@pytest.mark.parametrize(("offset", "taken"), [(0, False), (100, True)])
def test_a_mean_is_taken_away_where_it_costs_precision(offset, taken):
    prepare = fit_preprocessing(correlated() + np.float32(offset), settings=KMeansSettings(k=2, l2=False))
    assert prepare.changes_nothing is not taken


def test_centring_takes_the_mean_and_l2_makes_unit_rows():
    features = correlated()
    prepared = fit_preprocessing(features, settings=KMeansSettings(k=2, center=True))(features)
    centred = features - features.mean(axis=0, dtype=np.float64)
    expected = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    np.testing.assert_allclose(prepared, expected, atol=1e-5)
    assert prepared.dtype == np.float32


def test_whitening_leaves_no_correlation():
    features = correlated()
    settings = KMeansSettings(k=2, l2=False, pca_dim=4, whiten=True)
    prepared = fit_preprocessing(features, settings=settings)(features)
    np.testing.assert_allclose(np.cov(prepared.T, bias=True), np.eye(4), atol=1e-4)


def test_pca_keeps_the_strongest_axes():
    features = correlated()
    prepared = fit_preprocessing(features, settings=KMeansSettings(k=2, l2=False, pca_dim=3))(features)
    variances = np.sort(np.linalg.eigvalsh(np.cov(features.T, bias=True)))[::-1][:3]
    np.testing.assert_allclose(prepared.var(axis=0), variances, rtol=1e-4)


def test_a_dead_unit_is_not_blown_up_by_whitening():
    features = np.concatenate([correlated(), np.full((301, 1), 2.0, dtype=np.float32)], axis=1)
    settings = KMeansSettings(k=2, l2=False, pca_dim=7, whiten=True)
    prepared = fit_preprocessing(features, settings=settings)(features)
    assert prepared.std(axis=0)[-1] < 1e-2


def test_a_row_at_the_mean_stays_finite():
    features = np.array([[1, 0], [-1, 0], [0, 0]], dtype=np.float32)
    prepared = fit_preprocessing(features, settings=KMeansSettings(k=2, center=True))(features)
    np.testing.assert_array_equal(prepared, features)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_rows_that_are_not_finite_are_counted_and_the_first_is_named(value):
    features = correlated()
    features[[70, 200], 2] = value
    with pytest.raises(ClusteringError, match="2 of 301 feature rows hold NaN or infinity, the first is row 70"):
        fit_preprocessing(features, settings=KMeansSettings(k=2))


@pytest.mark.parametrize("noise", [0.0, 1e-7])
def test_a_collapsed_encoder_is_named(noise):
    features = 5 + noise * np.random.default_rng(0).normal(size=(100, 4)).astype(np.float32)
    with pytest.raises(ClusteringError, match="all 100 feature rows are the same up to rounding"):
        fit_preprocessing(features.astype(np.float32), settings=KMeansSettings(k=2))
