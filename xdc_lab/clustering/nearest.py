"""Rows and centroids in, the nearest centroid of each row out, by faiss: on its GPU build where there is a GPU."""

import functools
from typing import Any

import faiss
import numpy as np
from jaxtyping import Float, Int

from xdc_lab import distributed


def nearest(
    rows: Float[np.ndarray, "items dim"], centroids: Float[np.ndarray, "k dim"]
) -> tuple[Int[np.ndarray, " items"], Float[np.ndarray, " items"]]:
    """Find each row's nearest centroid and the squared distance to it (float32: near-ties may fall either way)."""
    if faiss.get_num_gpus() > 0:
        squared, assignment = faiss.knn_gpu(
            _gpu(), rows, centroids, 1, device=distributed.device().index or 0
        )
    else:
        squared, assignment = faiss.knn(rows, centroids, 1)
    return assignment[:, 0], squared[:, 0]


@functools.cache
def _gpu() -> Any:
    return faiss.StandardGpuResources()  # its scratch memory is allocated once


def distances(
    rows: Float[np.ndarray, "items dim"],
    centroids: Float[np.ndarray, "k dim"],
    assignment: Int[np.ndarray, " items"],
) -> Float[np.ndarray, " items"]:
    """Measure each row's distance to its centroid, by differences: exact where `nearest` is rounded."""
    apart = rows - centroids[assignment]
    return np.sqrt(np.einsum("ij,ij->i", apart, apart))
