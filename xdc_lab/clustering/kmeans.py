"""K-means on files of features: the pseudo-labels of one deep clustering iteration (paper 3.2)."""

import importlib.metadata
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int

from xdc_lab import __version__, distributed
from xdc_lab.clustering.arrays import Array, blocks_of
from xdc_lab.clustering.clusters_file import Clusters
from xdc_lab.clustering.lloyd import Fit, first_centroids, lloyd, settle
from xdc_lab.clustering.nearest import distances, full_precision, nearest, search_software
from xdc_lab.clustering.preprocessing import fit_preprocessing
from xdc_lab.clustering.rows import Rows, join
from xdc_lab.clustering.settings import KMeansSettings, check_shapes
from xdc_lab.distributed import all_gather_object
from xdc_lab.errors import ClusteringError
from xdc_lab.settings import to_dict

__all__ = ["KMeansSettings", "assign", "fit_kmeans"]

# Each use of chance has a stream of its own.
START, SAMPLE, SETTLE = 0, 1, 2


@full_precision()
@torch.inference_mode()
def fit_kmeans(
    features: Array | Sequence[Array],
    *,
    settings: KMeansSettings,
    seed: int,
    device: str = "auto",
    progress: Callable[[int, int], None] | None = None,
) -> Clusters:
    """Cluster features (F_v, F_a, or both joined) with k-means (paper 3.2); every item gets a pseudo-label.

    Every process of a group calls it with the same arrays or memory-mapped files, works on its own share of the
    rows and gets the same clusters. They are those of one process, but for items within float32 rounding of two
    centroids.

    Args:
        features: one array of (items, dim), or several of the same items to be prepared each by itself and joined.
        settings: how.
        seed: of the first centroids; the same seed gives the same clusters.
        device: "auto" (the GPU where there is one), "cpu", "cuda"; rows are copied to a GPU once if they fit there.
        progress: called with the passes over the data done and to come at most.

    Raises:
        ClusteringError: if there are fewer items, or fewer distinct ones, than clusters, or features that are not
            finite or all the same.
        SettingError: if `pca_dim` is more than the features' dimensions.

    >>> two_groups = np.array([[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]], dtype=np.float32)
    >>> clusters = fit_kmeans(two_groups, settings=KMeansSettings(k=2), seed=0)
    >>> clusters.sizes.tolist()
    [2, 2]
    """
    arrays = [features] if isinstance(features, np.ndarray) else list(features)
    check_shapes(arrays, settings)
    place = distributed.device(device)
    preprocessing = tuple(fit_preprocessing(array, settings=settings, device=place) for array in arrays)
    every = Rows(arrays, preprocessing, device=place)
    sample = _sample(every.total, settings, seed)
    rows = every if sample is None else Rows(arrays, preprocessing, chosen=sample, device=place)
    fits = _restarts(rows, settings, seed, progress)
    best = min(fits, key=lambda fit: fit.inertia)
    assignment, centroids, refilled = settle(every, best.centroids, generator=np.random.default_rng([seed, SETTLE]))
    distance = _distances(every, centroids, assignment)
    assignment, distance = (np.concatenate(all_gather_object(part)) for part in (assignment, distance))
    about = {
        "settings": to_dict(settings),
        "seed": seed,
        "items": every.total,
        "items_sampled": rows.total,
        "dims": [array.shape[1] for array in arrays],
        "inertia": float(np.square(distance, dtype=np.float64).sum()),
        "inertias": best.inertias,
        "restart_inertias": [fit.inertia for fit in fits],
        "refilled_at_the_end": refilled,
        "software": _software(),
    }
    return Clusters(assignment, distance, centroids, about, preprocessing)


@full_precision()
@torch.inference_mode()
def assign(
    features: Array | Sequence[Array], clusters: Clusters
) -> tuple[Int[np.ndarray, " items"], Float[np.ndarray, " items"]]:
    """Find the cluster of new items, and the distance to its centroid, prepared as the clustered ones were.

    Raises:
        ClusteringError: if the features are not of the same encoders as the clustered ones.
    """
    arrays = [features] if isinstance(features, np.ndarray) else list(features)
    dims = [array.shape[1] for array in arrays]
    if dims != clusters.about["dims"]:
        raise ClusteringError(
            f"these clusters were made from features of {clusters.about['dims']} dimensions, not {dims}"
        )
    centroids, items = torch.tensor(clusters.centroids), len(arrays[0])
    assignment, distance = torch.empty(items, dtype=torch.int64), torch.empty(items)
    for block in blocks_of(range(items)):
        rows = torch.empty((len(assignment[block]), clusters.centroids.shape[1]))
        join(arrays, clusters.preprocessing, block, rows)
        assignment[block], _ = nearest(rows, centroids)
        distance[block] = distances(rows, centroids, assignment[block])
    return assignment.numpy(), distance.numpy()


def _sample(items: int, settings: KMeansSettings, seed: int) -> np.ndarray | None:
    """The sorted numbers of the items that k-means runs on, or None for all."""
    if settings.points_per_centroid is None or settings.points_per_centroid * settings.k >= items:
        return None
    wanted = settings.points_per_centroid * settings.k
    return np.sort(np.random.default_rng([seed, SAMPLE]).choice(items, wanted, replace=False))


def _restarts(
    rows: Rows, settings: KMeansSettings, seed: int, progress: Callable[[int, int], None] | None
) -> list[Fit]:
    passes = iter(range(1, settings.restarts * settings.iterations + 1))
    tell = None if progress is None else lambda: progress(next(passes), settings.restarts * settings.iterations)
    fits = []
    for restart in range(settings.restarts):
        generator = np.random.default_rng([seed, START, restart])
        first = first_centroids(rows, settings.k, generator=generator)
        fits.append(lloyd(rows, first, iterations=settings.iterations, generator=generator, progress=tell))
    return fits


def _distances(rows: Rows, centroids: np.ndarray, assignment: np.ndarray) -> np.ndarray:
    points, clusters = (torch.tensor(values, device=rows.device) for values in (centroids, assignment))
    parts = [distances(block, points, clusters[where]) for where, block in rows.blocks()]
    return torch.cat([points.new_empty(0), *parts]).cpu().numpy()


def _software() -> dict[str, str]:
    return {"xdc_lab": __version__, **search_software(), "numpy": importlib.metadata.version("numpy")}
