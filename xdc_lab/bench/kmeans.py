"""Speed of k-means beside faiss: as many passes from one random start, and a label for every item (paper 3.2)."""

from typing import Any

import numpy as np

from xdc_lab.bench.comparison import Comparison
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.extras import imports_of_an_extra

CASES = [(k, l2) for k in (128, 1024) for l2 in (False, True)]


def inertia_of_faiss(rows: np.ndarray, k: int, *, iterations: int, gpu: bool = False) -> float:
    """Inertia of faiss's k-means from one random start, with a label for every row, as ours always ends."""
    import faiss as module

    faiss: Any = module
    kmeans = faiss.Kmeans(rows.shape[1], k, niter=iterations, seed=0, max_points_per_centroid=len(rows), gpu=gpu)
    kmeans.train(rows)
    return float(kmeans.assign(rows)[0].sum(dtype=np.float64))


def kmeans_comparisons(*, items: int = 240_000, dim: int = 512, iterations: int = 10) -> list[Comparison]:
    """Compare each case on as many features as Kinetics has, from noisy groups, none below 0.

    With l2, scaling the features is part of faiss's time, too.

    Raises:
        InstallError: if faiss is not installed.
    """
    with imports_of_an_extra():
        import faiss as module
    faiss: Any = module
    generator = np.random.default_rng(0)
    points = generator.standard_normal((items, dim), dtype=np.float32)
    points += generator.normal(0.5, 0.25, size=(500, dim)).astype(np.float32)[generator.integers(500, size=items)]
    np.maximum(points, 0, out=points)

    def ours(k: int, l2: bool) -> float:
        settings = KMeansSettings(k=k, l2=l2, center=False, iterations=iterations, restarts=1)
        return float(fit_kmeans(points, settings=settings, seed=0).about["inertia"])

    def theirs(k: int, l2: bool) -> float:
        rows = points.copy() if l2 else points
        if l2:
            faiss.normalize_L2(rows)
        return inertia_of_faiss(rows, k, iterations=iterations)

    return [
        Comparison(
            part=f"k-means, {items} x {dim}, k {k}{', l2' if l2 else ''}",
            against="faiss",
            units=items,
            ours=lambda k=k, l2=l2: ours(k, l2),
            theirs=lambda k=k, l2=l2: theirs(k, l2),
        )
        for k, l2 in CASES
    ]
