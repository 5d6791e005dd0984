"""The nearest centroid of each row, by faiss where it is installed, else by PyTorch."""

import functools
import importlib
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int

from xdc_lab import distributed
from xdc_lab.extras import installed

faiss: Any = importlib.import_module("faiss") if installed("faiss") else None  # one of the extras cpu and gpu
BLOCK = 2**24  # distances that PyTorch holds at a time: 64 MiB


def nearest(
    rows: Float[np.ndarray, "items dim"], centroids: Float[np.ndarray, "k dim"]
) -> tuple[Int[np.ndarray, " items"], Float[np.ndarray, " items"]]:
    """Find each row's nearest centroid and the squared distance to it (float32: near-ties may fall either way)."""
    if faiss is not None and faiss.get_num_gpus() > 0:
        squared, assignment = faiss.knn_gpu(_gpu(), rows, centroids, 1, device=distributed.device().index or 0)
    else:
        assignment, squared = several_nearest(rows, centroids, 1)
    return assignment[:, 0], squared[:, 0]


def several_nearest(
    rows: Float[np.ndarray, "items dim"], targets: Float[np.ndarray, "targets dim"], count: int
) -> tuple[Int[np.ndarray, "items count"], Float[np.ndarray, "items count"]]:
    """Find the `count` targets nearest to each row, the nearest first, and the squared distances to them."""
    if faiss is None:
        return _by_torch(rows, targets, count)
    squared, found = faiss.knn(rows, targets, count)
    return found, squared


def search_software() -> dict[str, str]:
    """What searches, and its version."""
    return {"torch": str(torch.__version__)} if faiss is None else {"faiss": faiss.__version__}


@functools.cache
def _gpu() -> Any:
    return faiss.StandardGpuResources()  # its scratch memory is allocated once


def _by_torch(rows: np.ndarray, targets: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Every distance, a block of rows at a time, as |row|² - 2 row·target + |target|²: what faiss does, too."""
    device = distributed.device()
    others = torch.tensor(targets, dtype=torch.float32, device=device)
    lengths = others.square().sum(dim=1)
    found = np.empty((len(rows), count), dtype=np.int64)
    squared = np.empty((len(rows), count), dtype=np.float32)
    step = max(1, BLOCK // len(targets))
    for start in range(0, len(rows), step):
        where = slice(start, start + step)
        block = torch.tensor(rows[where], dtype=torch.float32, device=device)
        apart = torch.addmm(lengths, block, others.T, alpha=-2)
        # Of equals `min` takes the first, as faiss does; `topk` any.
        values, numbers = apart.min(1, keepdim=True) if count == 1 else apart.topk(count, largest=False)
        found[where] = numbers.cpu().numpy()
        squared[where] = (values + block.square().sum(dim=1, keepdim=True)).clamp(min=0).cpu().numpy()
    return found, squared


def distances(
    rows: Float[np.ndarray, "items dim"], centroids: Float[np.ndarray, "k dim"], assignment: Int[np.ndarray, " items"]
) -> Float[np.ndarray, " items"]:
    """Measure each row's distance to its centroid, by differences: exact where `nearest` is rounded."""
    apart = rows - centroids[assignment]
    return np.sqrt(np.einsum("ij,ij->i", apart, apart))
