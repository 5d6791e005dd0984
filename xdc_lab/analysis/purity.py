"""How pure a cluster is, how sure of it one can be, and how pure chance would have made it (paper 5)."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array

from xdc_lab.errors import ClusteringError

Z_95 = 1.959964  # standard normal quantile of a two-sided 95 % interval
CHANCE_DRAWS = 400  # random clusters per size: the mean is then known to about a twentieth of one's spread
LARGE = 512  # items: chance purity changes slowly from here on, and is drawn for some sizes alone
STEPS = 8  # of those sizes in each doubling


class Interval(NamedTuple):
    """Lower and upper end, 0 to 1."""

    low: float
    high: float


def wilson_interval(successes: int, trials: int) -> Interval:
    """The 95 % interval of a share by Wilson's score, which holds for small clusters and shares near 0 or 1.

    Raises:
        ClusteringError: if there are fewer trials than successes.

    >>> low, high = wilson_interval(7, 10)
    >>> round(low, 3), round(high, 3)
    (0.397, 0.892)
    """
    if not 0 <= successes <= trials:
        raise ClusteringError(f"{successes} of {trials} is no share; successes lie between 0 and the trials")
    if trials == 0:
        return Interval(0.0, 1.0)
    share, widening = successes / trials, Z_95**2 / trials
    centre = (share + widening / 2) / (1 + widening)
    half = Z_95 * math.sqrt(share * (1 - share) / trials + widening / (4 * trials)) / (1 + widening)
    # At the ends the sum is 0 or 1 up to rounding: the interval holds the share itself.
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)))


def chance_purity(label_counts: Int[np.ndarray, " labels"], size: int, *, seed: int = 0) -> float:
    """The mean purity of `size` items drawn blindly from all labelled items: tiny clusters look pure by luck.

    By `CHANCE_DRAWS` seeded draws without replacement; exact where nothing is random (size 0, 1 or all). Between sizes
    from `LARGE` on it is interpolated: 128 clusters of 240,000 items have nearly as many sizes, each some 30 ms.

    Raises:
        ClusteringError: if there are fewer items than `size`.

    >>> chance_purity(np.array([5, 5]), 1), chance_purity(np.array([6, 2]), 8)
    (1.0, 0.75)
    """
    counts, size = tuple(int(count) for count in label_counts), int(size)
    if not LARGE < size < sum(counts):
        return _chance_purity(counts, size, seed)
    step = math.floor(STEPS * math.log2(size / LARGE))
    ends = [min(sum(counts), round(LARGE * 2 ** (place / STEPS))) for place in (step, step + 1)]
    return float(np.interp(size, ends, [_chance_purity(counts, end, seed) for end in ends]))


def chance_purity_of_several(labels: csr_array, size: int, *, seed: int = 0) -> float:
    """The same where items have several labels: of (items, labels) those items are drawn that have any.

    Raises:
        ClusteringError: if there are fewer items than `size`.

    >>> chance_purity_of_several(csr_array([[True, True], [False, True], [False, False]]), 2)
    1.0
    """
    known = labels[np.diff(labels.indptr) > 0].astype(np.int64)
    total = known.shape[0]
    _demand_possible(size, total)
    if size in (0, 1, total):
        return math.nan if size == 0 else 1.0 if size == 1 else float(known.sum(axis=0).max() / total)
    generator = np.random.default_rng([seed, size])
    most = [known[generator.choice(total, size, replace=False)].sum(axis=0).max() for _ in range(CHANCE_DRAWS)]
    return float(np.mean(most) / size)


@lru_cache(maxsize=4096)
def _chance_purity(counts: tuple[int, ...], size: int, seed: int) -> float:
    total = sum(counts)
    _demand_possible(size, total)
    if size == 0:
        return math.nan
    if size == 1 or size == total:
        return 1.0 if size == 1 else max(counts) / total
    draws = np.random.default_rng([seed, size]).multivariate_hypergeometric(counts, size, size=CHANCE_DRAWS)
    return float(draws.max(axis=1).mean() / size)


def _demand_possible(size: int, total: int) -> None:
    if not 0 <= size <= total:
        raise ClusteringError(f"a random cluster of {size} items cannot be drawn from {total} labelled ones")
