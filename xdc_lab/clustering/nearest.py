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
MANY = 50_000  # rows: more are not each compared with each, where faiss is installed
FIRST_CELLS = 8  # that a row is searched for in at first
QUERIES = 256  # rows whose true neighbours say how good a search is
RECALL = 0.97  # of the true neighbours, that a search finds at least


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


def nearest_of_all(rows: Float[np.ndarray, "items dim"], count: int) -> Int[np.ndarray, "items count"]:
    """Find the `count` rows nearest to each row, itself among them, the nearest first.

    Of more than `MANY` rows each is looked for in the cells that lie nearest to it, of cells that k-means makes: in as
    many as find `RECALL` of the true neighbours of some rows. Time grows with the power 1.5 of the rows, not 2.
    """
    if faiss is None or len(rows) <= MANY:
        return several_nearest(rows, rows, count)[0]
    cells = round(2 * len(rows) ** 0.5)
    index = faiss.index_factory(rows.shape[1], f"IVF{cells},Flat")
    index.train(rows)
    index.add(rows)
    asked = rows[np.linspace(0, len(rows) - 1, QUERIES).astype(np.int64)]
    true, _ = several_nearest(asked, rows, count)
    index.nprobe = FIRST_CELLS
    while index.nprobe < cells and _recall(index.search(asked, count)[1], true) < RECALL:
        index.nprobe = min(cells, 2 * index.nprobe)
    return index.search(rows, count)[1]


def _recall(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.mean([len(np.intersect1d(*pair)) for pair in zip(found, true, strict=True)]) / true.shape[1])


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
