"""Signed distances of simple shapes (negative inside) from coordinates, to be drawn anti-aliased.

All functions broadcast over frames, rows and columns: coordinates and parameters may be (frames, 1, 1),
(frames, 1, width) or (frames, height, 1) arrays, or numbers. Formulas: the common knowledge of distance fields.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

Array = Float[np.ndarray, "#frames #height #width"]
Number = Array | float


@dataclass(frozen=True)
class Scene:
    """What a sight is drawn from, for a run of frames.

    Attributes:
        x, y: object coordinates, right and down; the sight and its motion fill -1 to 1.
        phase: the beat count, integer at each strike.
        traits: six numbers in 0..1, drawn once a clip, by which one bell differs from another.
    """

    x: Float[np.ndarray, "frames 1 width"]
    y: Float[np.ndarray, "frames height 1"]
    phase: Float[np.ndarray, "frames 1 1"]
    traits: tuple[float, ...]

    @property
    def since(self) -> Array:
        """The part of the beat that has passed since the last strike, 0 to 1."""
        return self.phase - np.floor(self.phase)


@dataclass(frozen=True)
class Layer:
    """One thing to paint, over those before it.

    Attributes:
        distance: signed distance in object coordinates.
        colour: 0 main, 1 accent, 2 near-white.
        opacity: 0 to 1.
    """

    distance: Float[np.ndarray, "frames height width"]
    colour: int = 0
    opacity: Number = 1.0


Sight = Callable[[Scene], list[Layer]]


def turned(x: Number, y: Number, angle: Number) -> tuple[Array, Array]:
    """Turn the coordinates: what is drawn in them appears turned by `angle` radians, clockwise."""
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def circle(x: Number, y: Number, radius: Number) -> Array:
    """A disc around the origin."""
    return np.sqrt(x * x + y * y) - radius


def ellipse(x: Number, y: Number, half_width: Number, half_height: Number) -> Array:
    """An ellipse around the origin; the distance is exact to first order at its edge."""
    u, v = x / half_width, y / half_height
    length = np.sqrt(u * u + v * v)
    u, v = u / half_width, v / half_height
    return length * (length - 1) / (np.sqrt(u * u + v * v) + 1e-4)


def box(x: Number, y: Number, half_width: Number, half_height: Number, corner: float = 0.0) -> Array:
    """A rectangle around the origin with rounded corners."""
    u, v = np.abs(x) - half_width + corner, np.abs(y) - half_height + corner
    outside = np.sqrt(np.maximum(u, 0) ** 2 + np.maximum(v, 0) ** 2)
    return outside + np.minimum(np.maximum(u, v), 0) - corner


def capsule(x: Number, y: Number, start: tuple, end: tuple, radius: Number, end_radius: Number | None = None) -> Array:
    """A thick line from `start` to `end`; `end_radius` tapers it."""
    px, py, dx, dy = x - start[0], y - start[1], end[0] - start[0], end[1] - start[1]
    along = np.clip((px * dx + py * dy) / (dx * dx + dy * dy + 1e-6), 0, 1)
    thickness = radius if end_radius is None else radius + (end_radius - radius) * along
    return np.sqrt((px - dx * along) ** 2 + (py - dy * along) ** 2) - thickness


def trapezoid(x: Number, y: Number, top: float, bottom: float, half_height: float, corner: float = 0.0) -> Array:
    """A symmetric trapezoid around the origin, `top` and `bottom` its half widths."""
    slope = (bottom - top) / (2 * half_height)
    side = (np.abs(x) - (top + bottom) / 2 - slope * y) / np.sqrt(1 + slope * slope)
    u, v = side + corner, np.abs(y) - half_height + corner
    outside = np.sqrt(np.maximum(u, 0) ** 2 + np.maximum(v, 0) ** 2)
    return outside + np.minimum(np.maximum(u, v), 0) - corner


def ring(distance: Array, thickness: Number) -> Array:
    """The outline of a shape."""
    return np.abs(distance) - thickness / 2


def union(*distances: Array) -> Array:
    """All shapes together."""
    joined = distances[0]
    for distance in distances[1:]:
        joined = np.minimum(joined, distance)
    return joined
