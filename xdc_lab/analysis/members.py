"""The clips of a cluster: nearest to the centroid, farthest, and a seeded draw (paper 5, Figure 2)."""

import numpy as np
import pandas as pd
from jaxtyping import Int

from xdc_lab.analysis.result import Result
from xdc_lab.clustering.clusters_file import Clusters
from xdc_lab.errors import ClusteringError, SettingError

ORDERS = ("nearest", "farthest", "random")


def members(
    result: Result,
    clustering: str,
    cluster: int,
    *,
    order: str = "nearest",
    count: int | None = 10,
    iteration: int = -1,
    seed: int = 0,
) -> pd.DataFrame:
    """List clips of one cluster with their distance to its centroid (paper Figure 2: the 10 nearest).

    The index is the item (its row in every file of the run); columns: position (from 1), distance, label, path.

    Args:
        result: an opened run.
        clustering: its name.
        cluster: the cluster's id.
        order: "nearest" or "farthest" first, or "random": a draw of all members, in drawn order.
        count: clips at most; None lists all.
        iteration: position; -1 is the last one.
        seed: of the draw.

    Raises:
        ClusteringError: if there is no such cluster.
        SettingError: if the order is unknown.
    """
    clusters = result.clusters(clustering, iteration=iteration)
    if not 0 <= cluster < clusters.k:
        raise ClusteringError(f"clustering {clustering!r} has no cluster {cluster}; its ids are 0 to {clusters.k - 1}")
    items = member_items(clusters, cluster, order=order, seed=seed)[:count]
    rows = result.items.iloc[items]
    return pd.DataFrame(
        {
            "position": np.arange(1, len(items) + 1),
            "distance": clusters.distance[items],
            "label": list(rows["label"]),
            "path": list(rows["path"]),
        },
        index=pd.Index(items, name="item"),
    )


def member_items(
    clusters: Clusters, cluster: int, *, order: str = "nearest", seed: int = 0
) -> Int[np.ndarray, " some"]:
    """The items of one cluster in an order of `ORDERS`, as `members` lists them."""
    items = clusters.members[cluster]
    return _ordered(items, clusters.distance[items], order, np.random.default_rng([seed, cluster]))


def _ordered(items: np.ndarray, distances: np.ndarray, order: str, generator: np.random.Generator) -> np.ndarray:
    if order == "random":
        return generator.permutation(items)
    if order == "nearest":
        return items[np.argsort(distances, kind="stable")]
    if order == "farthest":
        return items[np.argsort(-distances, kind="stable")]
    raise SettingError(f"no order {order!r}; members come {', '.join(ORDERS)}")
