"""The nearest centroid of each row: by faiss on a CPU where it is installed, else by PyTorch, on the rows' device."""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from xdc_lab import distributed
from xdc_lab.extras import installed

faiss: Any = importlib.import_module("faiss") if installed("faiss") else None  # one of the extras cpu and gpu
SEARCHED_ROWS = 2048  # that faiss searches at a time: it reads them twice, the second time from a core's cache
BLOCK = 2**24  # distances that PyTorch holds at a time: 64 MiB
ROWS_AT_ONCE = 256  # whose differences a CPU holds at a time, in a core's cache


def nearest(
    rows: Float[Tensor, "items dim"], centroids: Float[Tensor, "k dim"]
) -> tuple[Int[Tensor, " items"], Float[Tensor, " items"]]:
    """Find each row's nearest centroid and the squared distance to it (float32: near-ties may fall either way)."""
    found, squared = _nearest(rows, centroids, 1)
    return found[:, 0], squared[:, 0]


def several_nearest(
    rows: Float[np.ndarray, "items dim"], targets: Float[np.ndarray, "targets dim"], count: int
) -> tuple[Int[np.ndarray, "items count"], Float[np.ndarray, "items count"]]:
    """Find the `count` targets nearest to each row, the nearest first, and the squared distances to them."""
    own, others = (torch.tensor(points, dtype=torch.float32, device=distributed.device()) for points in (rows, targets))
    found, squared = _nearest(own, others, count)
    return found.cpu().numpy(), squared.cpu().numpy()


def search_software() -> dict[str, str]:
    """What searches, and its version."""
    return {"torch": str(torch.__version__)} if faiss is None else {"faiss": faiss.__version__}


@contextlib.contextmanager
def full_precision() -> Iterator[None]:
    """Multiply matrices of float32 as such on a GPU, also where training has chosen TF32: distances are differences."""
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = "ieee"
    try:
        yield
    finally:
        torch.backends.cuda.matmul.fp32_precision = before


def _nearest(rows: Tensor, targets: Tensor, count: int) -> tuple[Tensor, ...]:
    if faiss is None or rows.is_cuda:
        return _by_torch(rows, targets, count)
    searched = [faiss.knn(some.numpy(), targets.numpy(), count) for some in rows.split(SEARCHED_ROWS)]
    return tuple(torch.from_numpy(np.concatenate([found[part] for found in searched])) for part in (1, 0))


def _by_torch(rows: Tensor, targets: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Every distance, a block of rows at a time, as |row|² - 2 row·target + |target|²: what faiss does, too."""
    lengths = targets.square().sum(dim=1)
    found = torch.empty((len(rows), count), dtype=torch.int64, device=rows.device)
    squared = rows.new_empty((len(rows), count))
    step = max(1, BLOCK // len(targets))
    for start in range(0, len(rows), step):
        where = slice(start, start + step)
        block = rows[where]
        apart = torch.addmm(lengths, block, targets.T, alpha=-2)
        # Of equals `min` takes the first, as faiss does; `topk` any.
        values, found[where] = apart.min(1, keepdim=True) if count == 1 else apart.topk(count, largest=False)
        squared[where] = (values + block.square().sum(dim=1, keepdim=True)).clamp(min=0)
    return found, squared


def distances(
    rows: Float[Tensor, "items dim"], centroids: Float[Tensor, "k dim"], assignment: Int[Tensor, " items"]
) -> Float[Tensor, " items"]:
    """Measure each row's distance to its centroid, by differences: exact where `nearest` is rounded."""
    step = max(1, len(rows)) if rows.is_cuda else ROWS_AT_ONCE
    apart = [
        torch.linalg.vector_norm(some - centroids[own], dim=1)
        for some, own in zip(rows.split(step), assignment.split(step), strict=True)
    ]
    return torch.cat(apart)
