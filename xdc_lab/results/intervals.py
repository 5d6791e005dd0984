"""How sure a mean over seeds is: its 95 % interval, and how many seeds would tell it from zero."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

SIGNIFICANCE = 0.05  # two-sided: a 95 % interval
POWER = 0.8
MOST_SEEDS = 200
ALIKE = 1e-9


def interval(values: Sequence[float] | np.ndarray, *, comparisons: int = 1) -> tuple[float, float]:
    """The 95 % interval of the mean by Student's t over the values themselves (n - 1).

    Values that are all alike have no spread to go by: a sign test must do, which six of them pass. One value, or too
    few that are alike, have no interval: (nan, nan).

    Args:
        values: one a seed.
        comparisons: of so many intervals none shall miss its mean in 95 % of cases (Bonferroni).

    >>> [round(end, 2) for end in interval([3.0, 4.0, -1.0])]
    [-4.57, 8.57]
    """
    values = np.asarray(values, dtype=float)
    n, chance = len(values), SIGNIFICANCE / comparisons
    if n < 2 or (np.ptp(values) < ALIKE and 2.0 ** (1 - n) > chance):
        return float("nan"), float("nan")
    half = float(stats.t.ppf(1 - chance / 2, n - 1) * values.std(ddof=1) / np.sqrt(n))
    return float(values.mean()) - half, float(values.mean()) + half


def seeds_needed(mean: float, spread: float, *, comparisons: int = 1) -> int | None:
    """With how many seeds an interval would leave out 0 in four of five cases, if mean and spread are what they seem.

    The power of the paired t test (noncentral t, two-sided). None: more than 200.

    Args:
        mean: of the seeds' paired differences.
        spread: their standard deviation (n - 1).
        comparisons: as of `interval`.

    >>> seeds_needed(1.0, 1.0), seeds_needed(0.1, 1.0)
    (10, None)
    """
    chance = SIGNIFICANCE / comparisons
    if spread < ALIKE:
        return int(np.ceil(1 - np.log2(chance))) if abs(mean) > ALIKE else None
    for n in range(2, MOST_SEEDS + 1):
        limit, away = stats.t.ppf(1 - chance / 2, n - 1), abs(mean) / spread * np.sqrt(n)
        if stats.nct.sf(limit, n - 1, away) >= POWER:  # the other side adds nothing at this power
            return n
    return None
