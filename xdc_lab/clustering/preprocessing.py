"""Centre, rotate, whiten and l2-normalise the features of one encoder (paper 3.2, CDC)."""

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xdc_lab.clustering.arrays import CPU, Array, blocks_of, copy_rows, sum_of_squares
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.distributed import all_gather_object, all_reduce_sum, broadcast_object, shard
from xdc_lab.errors import ClusteringError

# An encoder whose features spread less than this beside their size gives one answer to everything.
COLLAPSED_SPREAD = 1e-6
# Axes weaker than this beside the strongest are noise (dead units): whitening leaves them small.
WEAKEST_VARIANCE = 1e-6
ORIGIN_ROWS = 8192
# A mean of more than this times the spread (both squared lengths) costs distances in float32 their last digits.
FAR = 10.0


@dataclass(frozen=True)
class Preprocessing:
    """What is done to the features of one encoder; kept with the clusters, so that new clips can be assigned later.

    Attributes:
        mean: taken away, or None.
        projection: onto the axes of a PCA, scaled by whitening; or None.
        l2: whether each row is then scaled to length 1.
        origin: about the mean of the rows of length 1, taken away for precision alone: it changes no distance; or None.
    """

    mean: Float[np.ndarray, " dim"] | None
    projection: Float[np.ndarray, "dim axes"] | None
    l2: bool
    origin: Float[np.ndarray, " axes"] | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether prepared features are the features themselves."""
        return self.mean is None and self.projection is None and not self.l2 and self.origin is None

    def width(self, dim: int) -> int:
        """How many dimensions features of `dim` have once they are prepared."""
        return dim if self.projection is None else self.projection.shape[1]

    def __call__(self, rows: Array) -> Float[np.ndarray, "items axes"]:
        """Prepare a block of features, as float32."""
        out = torch.empty((len(rows), self.width(rows.shape[1])))
        self.write(rows, out)
        return out.numpy()

    def write(self, rows: Array, out: Float[Tensor, "items axes"]) -> None:
        """Prepare a block of features on the device of `out`, into it."""
        raw = out if self.projection is None else out.new_empty(rows.shape)
        copy_rows(rows, raw)
        if self.mean is not None:
            raw -= out.new_tensor(self.mean)
        if self.projection is not None:
            out.copy_(raw @ out.new_tensor(self.projection))
        if self.l2:
            out /= torch.linalg.vector_norm(out, dim=1, keepdim=True).clamp_(min=torch.finfo(out.dtype).tiny)
        if self.origin is not None:
            out -= out.new_tensor(self.origin)


def fit_preprocessing(features: Array, *, settings: KMeansSettings, device: torch.device = CPU) -> Preprocessing:
    """Measure mean and covariance as sums over blocks (float32) and over all blocks and processes (float64).

    Raises:
        ClusteringError: if a feature is not finite, or all rows are the same up to rounding.
    """
    own = range(len(features))[shard(len(features))]
    mean, spread = _checked_mean(features, own)
    projection = _projection(features, own, mean, settings, device) if settings.pca_dim is not None else None
    # Without l2 a mean that is taken away changes no distance, but keeps their precision where it is large.
    far = not settings.l2 and float(mean @ mean) > FAR * spread
    centred = settings.center or settings.pca_dim is not None or far
    prepare = Preprocessing(mean.astype(np.float32) if centred else None, projection, settings.l2)
    return replace(prepare, origin=_origin(features, prepare)) if settings.l2 and not centred else prepare


def _checked_mean(features: Array, own: range) -> tuple[np.ndarray, float]:
    """Mean and spread of rows that are finite and not all the same, by one pass over differences from the first."""
    first = np.asarray(features[0], dtype=np.float32)
    total, squares = np.zeros(len(first)), 0.0
    for block in blocks_of(own):
        apart = torch.from_numpy(np.subtract(features[block], first, dtype=np.float32))
        total += apart.sum(dim=0).numpy()
        squares += sum_of_squares(apart)
    _name_rows_that_are_not_finite(features, own if not np.isfinite(squares) else own[:0])
    shift = all_reduce_sum(total) / len(features)
    spread = float(all_reduce_sum(np.array([squares]))[0]) / len(features) - float(shift @ shift)
    mean = first + shift
    if spread <= COLLAPSED_SPREAD**2 * max(float(mean @ mean), np.finfo(np.float32).tiny):
        raise ClusteringError(
            f"all {len(features)} feature rows are the same up to rounding: the encoder has collapsed, or every "
            f"clip is the same; there is nothing to cluster"
        )
    return mean, spread


def _name_rows_that_are_not_finite(features: Array, suspected: range) -> None:
    finite = [np.isfinite(features[block]).all(axis=1) for block in blocks_of(suspected)]
    bad = np.flatnonzero(~np.concatenate([np.empty(0, dtype=bool), *finite])) + suspected.start
    found = np.concatenate(all_gather_object(bad))
    if len(found):
        raise ClusteringError(
            f"{len(found)} of {len(features)} feature rows hold NaN or infinity, the first is row {found[0]}: "
            f"the encoder has diverged (try a lower learning rate) or that item's clip is broken"
        )


def _origin(features: Array, prepare: Preprocessing) -> np.ndarray:
    """The mean of prepared rows; it is there for precision alone, so evenly spaced rows are enough."""
    some = np.linspace(0, len(features) - 1, num=min(len(features), ORIGIN_ROWS)).astype(np.int64)
    return prepare(features[some]).mean(axis=0, dtype=np.float64).astype(np.float32)


def _projection(
    features: Array, own: range, mean: np.ndarray, settings: KMeansSettings, device: torch.device
) -> np.ndarray:
    centre = Preprocessing(mean.astype(np.float32), None, l2=False)
    covariance = np.zeros((features.shape[1], features.shape[1]))
    for block in blocks_of(own):
        rows = torch.empty(features[block].shape, device=device)
        centre.write(features[block], rows)
        covariance += (rows.T @ rows).cpu().numpy()
    variances, axes = np.linalg.eigh(all_reduce_sum(covariance) / len(features))
    variances, axes = variances[::-1][: settings.pca_dim], axes[:, ::-1][:, : settings.pca_dim]
    if settings.whiten:
        axes = axes / np.sqrt(np.maximum(variances, WEAKEST_VARIANCE * variances[0]))
    # Machines may differ in the sign of an axis: all take the main process's.
    return broadcast_object(np.ascontiguousarray(axes, dtype=np.float32))
