"""Harmonious colours: from lightness, chroma and hue to sRGB through OKLab (B. Ottosson, 2020; public domain)."""

import numpy as np
from jaxtyping import Float

_OKLAB_TO_CONES = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_CONES_TO_LINEAR = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def srgb(lightness: float, chroma: float, hue_degrees: float) -> Float[np.ndarray, " channels"]:
    """Turn OKLCH into sRGB in 0..1; a colour outside of sRGB is clipped.

    >>> srgb(1.0, 0.0, 0.0).round(2).tolist()
    [1.0, 1.0, 1.0]
    """
    hue = np.deg2rad(hue_degrees)
    cones = _OKLAB_TO_CONES @ np.array([lightness, chroma * np.cos(hue), chroma * np.sin(hue)])
    linear = np.clip(_CONES_TO_LINEAR @ cones**3, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055).astype(np.float32)


def object_palette(hue: float, *, behind: float, contrast: float) -> Float[np.ndarray, "colours channels"]:
    """Make an object's main colour, which stands out from lightness `behind`, its accent and its near-white."""
    lighter = behind < 0.55
    lightness = float(np.clip(behind + contrast, 0.4, 0.83) if lighter else np.clip(behind - contrast, 0.24, 0.5))
    accent = lightness + (-0.17 if lighter else 0.17)
    return np.stack([srgb(lightness, 0.14, hue), srgb(accent, 0.15, hue + 55.0), srgb(0.955, 0.025, hue + 25.0)])


def background_palette(hue: float, *, lightness: float, contrast: float) -> Float[np.ndarray, "colours channels"]:
    """Make a dark, a middle and a light colour of neighbouring hues."""
    return np.stack([srgb(lightness + step * contrast, 0.075, hue + step * 28.0) for step in (-1.0, 0.0, 1.0)])
