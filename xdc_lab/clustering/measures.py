"""Agreement of two groupings of the same items, and evenness of cluster sizes (paper 5, Table 6).

A grouping is an array with one number or name for each item: clusters, labels, a recorded factor. An item named "" in
either has no label and is left out of every measure here; `labelled` counts those that are left.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int, Shaped
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

from xdc_lab.errors import DataError

FEWEST_LABELLED = 10  # by fewer nothing is said of the clusters: one labelled item alone makes a purity of 1
Grouping = Shaped[np.ndarray, " items"] | Sequence[Any]


def labelled(*groupings: Grouping) -> list[np.ndarray]:
    """Keep the items that have a name in every grouping.

    Raises:
        DataError: if the groupings are not of the same items.

    >>> [part.tolist() for part in labelled([0, 1, 2], ["bell", "", "rain"])]
    [[0, 2], ['bell', 'rain']]
    """
    arrays = [np.asarray(grouping) for grouping in groupings]
    if len({len(array) for array in arrays}) > 1:
        lengths = " and ".join(str(len(array)) for array in arrays)
        raise DataError(f"groupings of {lengths} items cannot be compared; row i must be item i in each")
    known = np.ones(len(arrays[0]), dtype=bool)
    for array in arrays:
        if array.dtype.kind in "UOT":
            known &= array != ""
    return [array[known] for array in arrays]


def contingency(assignment: Grouping, labels: Grouping) -> pd.DataFrame:
    """Count the items of each cluster (rows) under each label (columns).

    >>> contingency([0, 0, 1], ["bell", "rain", "rain"]).to_numpy().tolist()
    [[1, 1], [0, 1]]
    """
    clusters, names = labelled(assignment, labels)
    return pd.crosstab(pd.Series(clusters, name="cluster"), pd.Series(names, name="label"))


def purity(assignment: Grouping, labels: Grouping) -> float:
    """The share of labelled items whose label is their cluster's most frequent one; grows with k by itself.

    >>> purity([0, 0, 0, 1], ["bell", "bell", "rain", "rain"])
    0.75
    """
    counts = contingency(assignment, labels).to_numpy()
    return float(counts.max(axis=1).sum() / counts.sum()) if counts.size else float("nan")


def accuracy(assignment: Grouping, labels: Grouping) -> float:
    """The share of items that are right when each label gets one cluster at most, matched as well as can be.

    >>> accuracy([0, 0, 0, 1, 2], ["bell", "bell", "rain", "rain", "rain"])
    0.6
    """
    counts = contingency(assignment, labels).to_numpy()
    clusters, names = linear_sum_assignment(counts, maximize=True)
    return float(counts[clusters, names].sum() / counts.sum()) if counts.size else float("nan")


def nmi(assignment: Grouping, labels: Grouping) -> float:
    """Normalised mutual information (arithmetic mean of the entropies): 0 nothing shared, 1 the same groups.

    >>> nmi([0, 0, 1, 1], ["rain", "rain", "bell", "bell"])
    1.0
    """
    return float(metrics.normalized_mutual_info_score(*_numbered(assignment, labels)))


def ami(assignment: Grouping, labels: Grouping) -> float:
    """Mutual information adjusted for chance: about 0 for random groups at any k, 1 the same groups."""
    return float(metrics.adjusted_mutual_info_score(*_numbered(assignment, labels)))


def ari(assignment: Grouping, labels: Grouping) -> float:
    """Rand index adjusted for chance: the agreement over pairs of items; about 0 for random groups, 1 the same."""
    return float(metrics.adjusted_rand_score(*_numbered(assignment, labels)))


def against_labels(assignment: Grouping, labels: Grouping) -> dict[str, float]:
    """Say how well clusters follow labels: labelled (how many items have one), purity, nmi_label and ami_label.

    With fewer than `FEWEST_LABELLED` labelled items the measures are NaN.

    >>> against_labels([0, 1, 2], ["bell", "", ""])
    {'labelled': 1, 'purity': nan, 'nmi_label': nan, 'ami_label': nan}
    """
    known = len(labelled(assignment, labels)[0])
    measured = {"purity": purity, "nmi_label": nmi, "ami_label": ami}
    enough = known >= FEWEST_LABELLED
    values = {name: measure(assignment, labels) if enough else math.nan for name, measure in measured.items()}
    return {"labelled": known, **values}


def _numbered(*groupings: Grouping) -> list[np.ndarray]:
    return [pd.factorize(array)[0] for array in labelled(*groupings)]


def size_entropy(sizes: Int[np.ndarray, " k"]) -> float:
    """Entropy of the cluster sizes over its largest value, log k: 1 all of one size, 0 everything in one cluster.

    >>> size_entropy(np.array([5, 5])), size_entropy(np.array([10, 0]))
    (1.0, 0.0)
    """
    shares = sizes[sizes > 0] / sizes.sum()
    return float(abs((shares * np.log(shares)).sum()) / np.log(len(sizes))) if len(sizes) > 1 else 0.0


def largest_share(sizes: Int[np.ndarray, " k"]) -> float:
    """The share of all items that the largest cluster holds; near 1 is a collapse, 1 / k is perfectly even.

    >>> largest_share(np.array([3, 1]))
    0.75
    """
    return float(sizes.max() / sizes.sum())
