"""Place the names of groups on a map: beside the densest part of each, shared places share words."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial.distance import cdist

NEAR = 0.05  # of the map's width: one neighbourhood
SAMPLE = 400  # points of a group that are looked at
LETTER, LINE, GAP = 0.0135, 0.036, 0.005  # what words take of the map, as the charts write them

Box = tuple[float, float, float, float]  # left, low, right, high


@dataclass(frozen=True)
class MapName:
    """Words beside a place of the map.

    Attributes:
        x: of the middle of the words, on the map.
        y: of the edge that looks to the place: their lower one above it, their upper one below it.
        above: whether they stand above it.
        lines: a name each.
        covered: points of the map behind them.
    """

    x: float
    y: float
    above: bool
    lines: tuple[str, ...]
    covered: int


def place_names(
    places: Float[np.ndarray, "points 2"],
    groups: Int[np.ndarray, " points"],
    names: list[str],
    *,
    in_one_line: bool = False,
) -> list[MapName]:
    """Find where to write the name of each group; groups with the same densest place share it.

    Words stand above their place, or below it where they cover fewer other words, and fewer points.

    Args:
        places: of all points, 0 to 1.
        groups: of each point, an index into `names`; -1 for none.
        names: of the groups.
        in_one_line: whether names that share a place are written side by side.
    """
    dense = {group: _densest(places[groups == group]) for group in range(len(names)) if (groups == group).any()}
    placed, taken = [], []
    for shared in _sharing({group: crowd.mean(axis=0) for group, crowd in dense.items()}):
        crowd = np.concatenate([dense[group] for group in shared])
        lines = tuple(names[group] for group in shared)
        x, ends = float(dense[shared[0]][:, 0].mean()), (float(crowd[:, 1].max()), float(crowd[:, 1].min()))
        width = len(", ".join(lines)) if in_one_line else max(map(len, lines))
        size = (width * LETTER, LINE * (1 if in_one_line else len(lines)))
        options = [_box(x, ends[0] + GAP, size, above=True), _box(x, ends[1] - GAP, size, above=False)]
        covered = [(sum(_overlap(box, other) for other in taken), _inside(places, box)) for box in options]
        above = covered[0] <= covered[1]
        taken.append(options[0 if above else 1])
        edge, points = ends[0] + GAP if above else ends[1] - GAP, covered[0 if above else 1][1]
        placed.append(MapName(x, edge, above, lines, points))
    return placed


def _densest(points: Float[np.ndarray, "points 2"]) -> np.ndarray:
    """The neighbourhood with most points."""
    sample = points[:: -(-len(points) // SAMPLE)]
    close = cdist(sample, sample) < NEAR
    return sample[close[close.sum(axis=1).argmax()]]


def _sharing(centres: dict[int, np.ndarray]) -> list[list[int]]:
    """Groups whose centres lie within one neighbourhood of the first of them."""
    shared: list[list[int]] = []
    for group, centre in centres.items():
        near = (one for one in shared if np.linalg.norm(centres[one[0]] - centre) < NEAR)
        found = next(near, None)
        if found is None:
            shared.append([group])
        else:
            found.append(group)
    return shared


def _box(x: float, edge: float, size: tuple[float, float], *, above: bool) -> Box:
    low = edge if above else edge - size[1]
    return x - size[0] / 2, low, x + size[0] / 2, low + size[1]


def _overlap(one: Box, other: Box) -> float:
    wide, high = (min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1))
    return max(0.0, wide) * max(0.0, high)


def _inside(places: np.ndarray, box: Box) -> int:
    left, low, right, high = box
    x, y = places.T
    return int(((x > left) & (x < right) & (y > low) & (y < high)).sum())
