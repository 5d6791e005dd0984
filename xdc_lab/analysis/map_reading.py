"""What maps of a feature space keep of it: neighbours, and how far distances (paper 5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr
from sklearn.neighbors import NearestNeighbors

from xdc_lab.analysis.projection import direction, lay_out, projection
from xdc_lab.analysis.result import Result

NEIGHBOURS = 10


def map_reading(result: Result, encoder: str, *, seeds: Sequence[int] = (0, 1)) -> pd.DataFrame:
    """Lay the same features out with several seeds and say what the maps can be trusted for.

    Columns: seed; neighbours_kept (share of a clip's 10 nearest in feature space that are among its 10 nearest on the
    map) and by_chance (the same on a random map); distances_kept (rank correlation of the distances between clusters
    on the map and in feature space) and as_first_map (the same between this map and the first seed's).

    Raises:
        RunError: if the run has no features of this encoder.
    """
    kept = projection(result, encoder, seed=seeds[0])
    rows = kept["item"].to_numpy(np.int64)
    raw = np.ascontiguousarray(result.features(encoder)[rows], dtype=np.float32)
    features = direction(raw)
    clustering = next(name for name in result.clusterings if encoder in result.encoders_of(name))
    groups = result.clusters(clustering).assignment[rows].astype(np.int64)
    apart, table, first = _between_groups(features, groups), [], None
    for seed in seeds:
        own = kept[["x", "y"]].to_numpy(np.float64)
        again = own if seed == seeds[0] else lay_out(raw, layout=kept.attrs["method"], seed=seed)
        places = again.astype(np.float64)
        between = _between_groups(places, groups)
        first = between if first is None else first
        table.append(
            {
                "seed": seed,
                "neighbours_kept": neighbours_kept(features, places),
                "by_chance": min(1.0, NEIGHBOURS / max(1, len(rows) - 1)),
                "distances_kept": _rank_correlation(apart, between),
                "as_first_map": _rank_correlation(first, between),
            }
        )
    return pd.DataFrame(table)


def neighbours_kept(
    features: Float[np.ndarray, "points dim"], places: Float[np.ndarray, "points 2"], *, count: int = NEIGHBOURS
) -> float:
    """The share of each point's nearest neighbours that are among its nearest on the map, on average.

    >>> line = np.arange(30.0)[:, None]
    >>> neighbours_kept(line, np.concatenate([line, 0 * line], axis=1))
    1.0
    """
    near = [_nearest(space, min(count, len(space) - 1)) for space in (features, places)]
    kept = [len(np.intersect1d(one, other)) for one, other in zip(*near, strict=True)]
    return float(np.mean(kept) / near[0].shape[1])


def _nearest(space: np.ndarray, count: int) -> np.ndarray:
    return NearestNeighbors(n_neighbors=count).fit(space).kneighbors(return_distance=False)


def _between_groups(
    space: Float[np.ndarray, "points dim"], groups: Int[np.ndarray, " points"]
) -> Float[np.ndarray, " pairs"]:
    centres = [space[groups == group].mean(axis=0) for group in np.unique(groups)]
    return pdist(np.stack(centres).astype(np.float64))


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """NaN where there are too few groups to rank their distances."""
    found: Any = spearmanr(one, other) if len(one) > 2 else None
    return float("nan") if found is None else float(found.statistic)
