"""Centre, rotate, whiten and l2-normalise the features of one encoder (paper 3.2, CDC)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from xdc_lab.clustering.arrays import Array, blocks_of
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.distributed import all_gather_object, all_reduce_sum, broadcast_object, shard
from xdc_lab.errors import ClusteringError

# An encoder whose features spread less than this beside their size gives one answer to everything.
COLLAPSED_SPREAD = 1e-6
# Axes weaker than this beside the strongest are noise (dead units): whitening leaves them small.
WEAKEST_VARIANCE = 1e-6


@dataclass(frozen=True)
class Preprocessing:
    """What is done to the features of one encoder; kept with the clusters, so that new clips can be assigned later.

    Attributes:
        mean: taken away, or None.
        projection: onto the axes of a PCA, scaled by whitening; or None.
        l2: whether each row is then scaled to length 1.
        origin: the mean of the rows of length 1, taken away for precision alone: it changes no distance; or None.
    """

    mean: Float[np.ndarray, " dim"] | None
    projection: Float[np.ndarray, "dim axes"] | None
    l2: bool
    origin: Float[np.ndarray, " axes"] | None = None

    def __call__(self, rows: Array) -> Float[np.ndarray, "items axes"]:
        """Prepare a block of features, as float32."""
        rows = np.array(rows, dtype=np.float32, order="C")
        if self.mean is not None:
            rows -= self.mean
        if self.projection is not None:
            rows = rows @ self.projection
        if self.l2:
            norms = np.sqrt(np.einsum("ij,ij->i", rows, rows))
            rows /= np.maximum(norms, np.finfo(np.float32).tiny)[:, None]
        return rows if self.origin is None else rows - self.origin


def fit_preprocessing(features: Array, *, settings: KMeansSettings) -> Preprocessing:
    """Measure mean and covariance as float64 sums over blocks and processes.

    Raises:
        ClusteringError: if a feature is not finite, or all rows are the same up to rounding.
    """
    own = range(len(features))[shard(len(features))]
    _check_finite(features, own)
    mean = _mean(features, own)
    _check_spread(features, own, mean)
    projection = _projection(features, own, mean, settings) if settings.pca_dim is not None else None
    # Without l2 a mean that is taken away changes no distance, but keeps their precision.
    centred = settings.center or settings.pca_dim is not None or not settings.l2
    prepare = Preprocessing(mean.astype(np.float32) if centred else None, projection, settings.l2)
    return prepare if centred else replace(prepare, origin=_mean(features, own, prepare).astype(np.float32))


def _check_finite(features: Array, own: range) -> None:
    finite = [np.isfinite(features[block]).all(axis=1) for block in blocks_of(own)]
    bad = np.flatnonzero(~np.concatenate([np.empty(0, dtype=bool), *finite])) + own.start
    found = np.concatenate(all_gather_object(bad))
    if len(found):
        raise ClusteringError(
            f"{len(found)} of {len(features)} feature rows hold NaN or infinity, the first is row {found[0]}: "
            f"the encoder has diverged (try a lower learning rate) or that item's clip is broken"
        )


def _mean(features: Array, own: range, prepare: Callable[[Array], Array] = np.asarray) -> np.ndarray:
    total = np.zeros(features.shape[1])
    for block in blocks_of(own):
        total += np.sum(prepare(features[block]), axis=0, dtype=np.float64)
    return all_reduce_sum(total) / len(features)


def _check_spread(features: Array, own: range, mean: np.ndarray) -> None:
    spread = np.zeros(1)
    for block in blocks_of(own):
        spread += np.sum((features[block] - mean) ** 2)
    spread = float(all_reduce_sum(spread)[0]) / len(features)
    if spread <= COLLAPSED_SPREAD**2 * max(float(mean @ mean), np.finfo(np.float32).tiny):
        raise ClusteringError(
            f"all {len(features)} feature rows are the same up to rounding: the encoder has collapsed, or every "
            f"clip is the same; there is nothing to cluster"
        )


def _projection(features: Array, own: range, mean: np.ndarray, settings: KMeansSettings) -> np.ndarray:
    covariance = np.zeros((features.shape[1], features.shape[1]))
    for block in blocks_of(own):
        rows = features[block] - mean
        covariance += rows.T @ rows
    variances, axes = np.linalg.eigh(all_reduce_sum(covariance) / len(features))
    variances, axes = variances[::-1][: settings.pca_dim], axes[:, ::-1][:, : settings.pca_dim]
    if settings.whiten:
        axes = axes / np.sqrt(np.maximum(variances, WEAKEST_VARIANCE * variances[0]))
    # Machines may differ in the sign of an axis: all take the main process's.
    return broadcast_object(np.ascontiguousarray(axes, dtype=np.float32))
