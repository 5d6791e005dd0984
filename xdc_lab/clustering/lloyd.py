"""Lloyd's k-means over several processes (paper 3.2)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from xdc_lab.clustering.nearest import nearest
from xdc_lab.clustering.rows import Rows
from xdc_lab.distributed import all_gather_object, all_reduce_sum, rank
from xdc_lab.errors import ClusteringError

# A row whose squared distance to a centroid is below this part of the rows' mean squared length is that point.
SAME_POINT = 1e-5
# How far from a cluster's mean towards one of its rows the second half's centroid is put. A centroid on the row itself
# would get that row alone: in many dimensions the mean is nearer to nearly everything.
SPLIT = 0.02
ON_THE_ROW = 1.0
SPLIT_ROUNDS = 3


@dataclass(frozen=True)
class Fit:
    """Centroids, and the inertia (sum of squared distances to the means) after each update: it never rises."""

    centroids: np.ndarray
    inertias: list[float]

    @property
    def inertia(self) -> float:
        """The inertia after the last update."""
        return self.inertias[-1]


def first_centroids(rows: Rows, k: int, *, generator: np.random.Generator) -> np.ndarray:
    """Draw k different rows by their position among all processes' rows, as faiss does."""
    return rows.at(np.sort(generator.choice(rows.total, k, replace=False)))


def lloyd(
    rows: Rows,
    centroids: np.ndarray,
    *,
    iterations: int,
    generator: np.random.Generator,
    progress: Callable[[], None] | None = None,
) -> Fit:
    """Alternate assignment and means until no row moves, or `iterations` are done.

    An empty cluster is refilled as faiss does, by splitting one that is drawn in proportion to its size. Here the
    old centroid stays the mean, and the new one lies a little towards one of the rows: so no inertia rises.
    """
    totals, inertias = _Totals(rows, centroids.shape), []
    for _ in range(iterations):
        moved = totals.reassign(centroids)
        if progress:
            progress()
        if not moved:
            break
        centroids = totals.means(centroids)
        inertias.append(totals.inertia())
        totals.refill(centroids, generator, towards=SPLIT)
    return Fit(centroids, inertias)


def settle(rows: Rows, centroids: np.ndarray, *, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, int]:
    """Assign every row to its nearest centroid so that no cluster is left empty.

    Empty clusters are refilled as in `lloyd`, and where that does not help for some rounds, each takes over one row
    and whatever lies nearer to it than to its old centroid. The row then holds the cluster, so this ends.

    Returns:
        The assignment of this process's rows, the centroids, and how many were refilled.

    Raises:
        ClusteringError: if fewer rows than k are distinct.
    """
    totals, centroids, refilled = _Totals(rows, centroids.shape), centroids.copy(), 0
    for number in range(SPLIT_ROUNDS + len(centroids) + 1):
        totals.reassign(centroids, summing=False)
        empty = int((totals.counts == 0).sum())
        if not empty:
            return totals.assignment.cpu().numpy(), centroids, refilled
        found = totals.refill(centroids, generator, towards=SPLIT if number < SPLIT_ROUNDS else ON_THE_ROW)
        if not found:
            break
        refilled += found
    distinct = int((totals.counts > 0).sum())
    raise ClusteringError(
        f"k={len(centroids)} clusters need as many distinct items, and only about {distinct} of the {rows.total} "
        f"items differ by more than rounding; choose k of at most {distinct}, or look whether the encoder has "
        f"collapsed"
    )


class _Totals:
    """Sums (float64) and counts of each cluster over all processes, brought up to date by the rows that move."""

    def __init__(self, rows: Rows, shape: tuple[int, ...]):
        self.rows = rows
        self.sums, self.counts = np.zeros(shape), np.zeros(shape[0], dtype=np.int64)
        self.assignment = torch.full((len(rows),), shape[0], device=rows.device)  # k: of no cluster yet
        self.squared = torch.zeros(len(rows), device=rows.device)

    def reassign(self, centroids: np.ndarray, *, summing: bool = True) -> int:
        """Move every row to its nearest centroid; give how many moved, over all processes."""
        points, moves = torch.tensor(centroids, device=self.rows.device), 0
        changes = torch.zeros_like(points, dtype=torch.float64)
        for where, block in self.rows.blocks():
            new, self.squared[where] = nearest(block, points)
            moved = (new != self.assignment[where]).nonzero()[:, 0]
            if summing:
                changes += changes_of_sums(block, moved, new[moved], self.assignment[where][moved], k=len(points))
            self.assignment[where] = new
            moves += len(moved)
        if summing:
            self.sums += all_reduce_sum(changes.cpu().numpy())
        self.counts = all_reduce_sum(self.assignment.bincount(minlength=len(points)).cpu().numpy())
        return int(all_reduce_sum(np.array([moves]))[0])

    def means(self, centroids: np.ndarray) -> np.ndarray:
        """The mean of each cluster's rows; an empty one keeps its centroid."""
        means = self.sums / np.maximum(self.counts, 1)[:, None]
        return np.where(self.counts[:, None] > 0, means, centroids).astype(np.float32)

    def inertia(self) -> float:
        """The sum of squared distances to the means, from the sums alone."""
        explained = np.einsum("ij,ij->i", self.sums, self.sums) / np.maximum(self.counts, 1)
        return max(self.rows.squares - float(explained.sum()), 0.0)

    def refill(self, centroids: np.ndarray, generator: np.random.Generator, *, towards: float) -> int:
        """Move the centroids of empty clusters, in place, from another cluster's towards a row of it; give how many."""
        empty = np.flatnonzero(self.counts == 0)
        drawn = self._draw(len(empty), generator) if len(empty) else empty
        if len(drawn):
            rows, old = self.rows.at(drawn), centroids[self._clusters_of(drawn)]
            centroids[empty[: len(drawn)]] = old + np.float32(towards) * (rows - old)
        return len(drawn)

    def _clusters_of(self, positions: np.ndarray) -> np.ndarray:
        own = positions - self.rows.first
        mine = (own >= 0) & (own < len(self.rows))
        clusters = np.zeros(len(positions), dtype=np.int64)
        clusters[mine] = self.assignment.cpu().numpy()[own[mine]]
        return all_reduce_sum(clusters)

    def _draw(self, wanted: int, generator: np.random.Generator) -> np.ndarray:
        """Draw rows that are not alone in their cluster and not at its centroid, each as likely as another."""
        limit = SAME_POINT * self.rows.squares / self.rows.total
        shared = self.counts[self.assignment.cpu().numpy()] > 1
        own = np.flatnonzero((self.squared.cpu().numpy() > limit) & shared) + self.rows.first
        numbers = all_gather_object(len(own))
        drawn = np.sort(generator.choice(sum(numbers), min(wanted, sum(numbers)), replace=False))
        mine = drawn - sum(numbers[: rank()])
        return np.concatenate(all_gather_object(own[mine[(mine >= 0) & (mine < len(own))]]))


def changes_of_sums(
    rows: Float[Tensor, "items dim"],
    moved: Int[Tensor, " moved"],
    new: Int[Tensor, " moved"],
    old: Int[Tensor, " moved"],
    *,
    k: int,
) -> Float[Tensor, "k dim"]:
    """Add the rows that moved to the sums of their new clusters and take them from their old ones, in float32.

    Sorted by cluster, they are sums over bags of rows: on all cores or a GPU, and in one order (unlike `index_add_`).
    """
    clusters = torch.cat([new, old[old < k]])
    which = torch.cat([moved, moved[old < k]])
    signs = torch.ones_like(clusters, dtype=rows.dtype)
    signs[len(new) :] = -1
    clusters, order = clusters.sort(stable=True)
    starts = torch.searchsorted(clusters, torch.arange(k, device=rows.device))
    return functional.embedding_bag(which[order], rows, starts, mode="sum", per_sample_weights=signs[order])
