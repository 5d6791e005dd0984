"""Groups on a map in, where their names stand out: above the densest part of each; who shares a place shares words."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

NEAR = 0.05  # of the map's width: one neighbourhood
SAMPLE = 400  # points of a group that are looked at


@dataclass(frozen=True)
class MapName:
    """Words above a place of the map.

    Attributes:
        x: of the middle of the words, on the map.
        y: of their lower edge.
        lines: a name each.
    """

    x: float
    y: float
    lines: tuple[str, ...]


def place_names(
    places: Float[np.ndarray, "points 2"], groups: Int[np.ndarray, " points"], names: list[str]
) -> list[MapName]:
    """Find where to write the name of each group; groups with the same densest place share it.

    Args:
        places: of all points, 0 to 1.
        groups: of each point, an index into `names`; -1 for none.
        names: of the groups.
    """
    dense = {
        group: _densest(places[groups == group]) for group in range(len(names)) if (groups == group).any()
    }
    shared: list[list[int]] = []
    for group, (centre, _) in dense.items():
        near = (one for one in shared if np.linalg.norm(dense[one[0]][0] - centre) < NEAR)
        found = next(near, None)
        if found is None:
            shared.append([group])
        else:
            found.append(group)
    tops = [max(dense[group][1] for group in one) for one in shared]
    return [
        MapName(float(dense[one[0]][0][0]), top, tuple(names[group] for group in one))
        for one, top in zip(shared, tops, strict=True)
    ]


def _densest(points: Float[np.ndarray, "points 2"]) -> tuple[np.ndarray, float]:
    """The middle of the neighbourhood with most points, and its upper edge."""
    sample = points[:: -(-len(points) // SAMPLE)]
    close = cdist(sample, sample) < NEAR
    crowd = sample[close[close.sum(axis=1).argmax()]]
    return crowd.mean(axis=0), float(crowd[:, 1].max())
