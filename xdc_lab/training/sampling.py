"""Which items an epoch draws: uniform over items (paper 4.1), or uniform over clusters (DeepCluster's remedy)."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from xdc_lab.datasets.clips import ClipKey


def epoch_keys(
    rows: Int[np.ndarray, " rows"],
    *,
    count: int,
    seed: int,
    epoch: int,
    clusters: Sequence[Int[np.ndarray, " items"]] = (),
    batch: int = 1,
    clips_per_visit: int = 1,
) -> list[ClipKey]:
    """Draw the keys of one epoch: a function of seed and epoch alone, the same on every process.

    With several clips per visit, so many batches in a row are of the same items in the same order, each with draws of
    its own: a batch never holds two clips of a visit, as it would in repeated augmentation (Hoffer et al. 2020). So
    BatchNorm sees as many items as without, and over these steps the gradients are of the same clips either way.

    Args:
        rows: the items to draw from.
        count: how many clips; more than there are rows means that every row comes again.
        seed: of the training.
        epoch: its number.
        clusters: each item's cluster, in one clustering or in several; given, every cluster among `rows` is drawn
            equally often (to within one). Several clusterings take turns, a clip each: so no head's small clusters
            are left out, as those of every head but one would be.
        batch: clips of a step of all processes; of use with `clips_per_visit` alone.
        clips_per_visit: how many batches in a row have the same items.
    """
    generator = np.random.default_rng([seed, epoch])
    if clips_per_visit > 1:
        visits = batch * -(-count // (batch * clips_per_visit))
        items = _items(rows, visits, clusters, generator).reshape(-1, 1, batch)
        drawn = items.repeat(clips_per_visit, axis=1).ravel()[:count]
    else:
        drawn = _items(rows, count, clusters, generator)
    draws = generator.integers(2**62, size=count)
    return list(map(ClipKey, drawn.tolist(), draws.tolist()))


def _items(rows, count: int, clusters, generator: np.random.Generator) -> Int[np.ndarray, " count"]:
    if not clusters:
        rounds = -(-count // len(rows))
        return np.concatenate([generator.permutation(rows) for _ in range(rounds)])[:count]
    drawn = np.empty(count, dtype=np.int64)
    for turn, clustering in enumerate(clusters):
        mine = slice(turn, None, len(clusters))
        drawn[mine] = _uniform_over_clusters(rows, clustering[rows], len(drawn[mine]), generator)
    return drawn


def _uniform_over_clusters(rows, cluster_of_row, count: int, generator: np.random.Generator) -> np.ndarray:
    by_cluster = rows[np.argsort(cluster_of_row, kind="stable")]
    sizes = np.unique(cluster_of_row, return_counts=True)[1]
    rounds = -(-count // len(sizes))
    order = np.concatenate([generator.permutation(len(sizes)) for _ in range(rounds)])[:count]
    first_of_cluster = np.cumsum(sizes) - sizes
    which_member = generator.integers(sizes[order])
    return by_cluster[first_of_cluster[order] + which_member]
