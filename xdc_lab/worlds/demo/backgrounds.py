"""Moving backgrounds: two smooth fields over pixels and time, coloured by a palette of three."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from xdc_lab.worlds.demo.sights.shapes import Array

TURN = 2 * np.pi
Fields = tuple[Array, Array]


def sky(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """A slanted gradient with a soft glow that wanders."""
    slant = np.cos(TURN * traits[0]) * x + np.sin(TURN * traits[0]) * y
    glow = (x - 0.6 * np.sin(t + TURN * traits[1])) ** 2 + (y - 0.4 * np.cos(0.7 * t)) ** 2
    return 0.5 + 0.5 * slant, 0.9 * np.exp(-4 * glow)


def hills(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """Two ridges, the nearer one moving faster."""
    far = -0.1 + 0.22 * np.sin(2.1 * x + 0.25 * t + TURN * traits[0]) + 0.08 * np.sin(5.3 * x + TURN * traits[1])
    near = 0.3 + 0.2 * np.sin(1.7 * x + 0.8 * t + TURN * traits[2])
    return _step(y - far, 0.02) * 0.55 + _step(y - near, 0.02) * 0.45 + 0 * t, 0.35 * np.clip(-y, 0, 1) + 0 * x


def bokeh(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """Large soft discs that drift."""
    first = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    second = first.copy()
    for number in range(6):
        a, b = traits[number], traits[-1 - number]
        u = x - 1.5 * np.sin(TURN * a + 0.35 * t * (b - 0.5) * 2)
        v = y - np.cos(TURN * b * 3 + 0.35 * t * (a - 0.5) * 2)
        disc = 1 - _step(np.sqrt(u * u + v * v) - 0.22 - 0.25 * a, 0.06)
        if number % 2:
            first = np.maximum(first, disc)
        else:
            second = np.maximum(second, disc)
    return first, 0.8 * second


def stripes(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """Wide soft bands that slide across."""
    slant = np.cos(TURN * traits[0]) * x + np.sin(TURN * traits[0]) * y
    wave = np.sin((3.5 + 3 * traits[1]) * slant + (traits[2] - 0.5) * 3 * t)
    return _step(wave, 0.25), 0.3 + 0.3 * np.sin(1.5 * y + 0 * slant)


def tiles(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """A soft chequered wall, seen at a slant."""
    c, s = np.cos(TURN * traits[0]), np.sin(TURN * traits[0])
    u, v = c * x + s * y + 0.15 * t * (traits[1] - 0.5), c * y - s * x
    checks = np.sin((3 + 2 * traits[2]) * u) * np.sin((3 + 2 * traits[2]) * v)
    return _step(checks, 0.08), 0.25 + 0.25 * u


def clouds(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """Smooth billows that fold into each other."""
    u = x + 0.5 * np.sin(1.9 * y + 0.5 * t + TURN * traits[0])
    v = y + 0.5 * np.sin(2.3 * x - 0.4 * t + TURN * traits[1])
    return 0.5 + 0.5 * np.sin(2.6 * u + TURN * traits[2]) * np.sin(2.9 * v), 0.5 + 0.5 * np.sin(2.2 * v - u)


def waves(x: Array, y: Array, t: Array, traits: np.ndarray) -> Fields:
    """Layered swells that roll sideways, lower ones faster."""
    level = 2.2 * (y + 0.6) + 0.25 * np.sin(3 * x + TURN * traits[0] + 1.2 * t * (traits[1] - 0.5) * (2 + y))
    step = np.floor(level)
    return np.clip((step + _step(level - step - 0.5, 0.3)) / 3.2, 0, 1), 0.4 * (level - step)


BACKGROUNDS: dict[str, Callable[[Array, Array, Array, np.ndarray], Fields]] = {
    "sky": sky,
    "hills": hills,
    "bokeh": bokeh,
    "stripes": stripes,
    "tiles": tiles,
    "clouds": clouds,
    "waves": waves,
}


def paint_background(
    kind: str,
    x: Float[np.ndarray, "frames 1 width"],
    y: Float[np.ndarray, "frames height 1"],
    seconds: Float[np.ndarray, "frames 1 1"],
    *,
    palette: Float[np.ndarray, "colours 3"],
    traits: Float[np.ndarray, " traits"],
) -> Float[np.ndarray, "3 frames height width"]:
    """Paint a background of one kind; x and y are in half frame heights, moved by the camera."""
    first, second = BACKGROUNDS[kind](x, y, seconds, traits)
    first, second = np.clip(first, 0, 1), np.clip(second, 0, 1)
    pixels = np.empty((3, *first.shape), np.float32)
    for channel, (dark, middle, light) in enumerate(palette.T):
        plane = dark + first * (middle - dark)
        pixels[channel] = plane + second * (light - plane)
    return pixels


def _step(distance: Array, softness: float) -> Array:
    ramp = np.clip(0.5 + distance / (2 * softness), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)
