"""Starts of clips: jittered for training, uniform for testing, sliding for localization (paper 4.1, 7)."""

import math

import numpy as np
from jaxtyping import Float

from xdc_lab.errors import SettingError

_SLACK = 1e-6  # clips: a start that is missed by rounding alone counts


def jittered_start(
    duration_seconds: float, clip_seconds: float, *, generator: np.random.Generator, grid_seconds: float | None = None
) -> float:
    """Draw a start, uniform over all that leave the clip inside; 0.0 if the clip is longer (paper 4.1).

    Args:
        grid_seconds: starts are multiples of it; None allows any.
    """
    latest = max(0.0, duration_seconds - clip_seconds)
    if grid_seconds is None:
        return float(generator.uniform(0.0, latest))
    return int(generator.integers(_steps(latest, grid_seconds) + 1)) * grid_seconds


def centre_start(duration_seconds: float, clip_seconds: float, *, grid_seconds: float | None = None) -> float:
    """The start of the clip in the middle, rounded down to the grid; 0.0 if the clip is longer.

    >>> centre_start(10.0, 2.0)
    4.0
    """
    middle = max(0.0, duration_seconds - clip_seconds) / 2
    return middle if grid_seconds is None else _steps(middle, grid_seconds) * grid_seconds


def uniform_starts(duration_seconds: float, clip_seconds: float, n: int) -> Float[np.ndarray, " clips"]:
    """Spread `n` starts evenly from the first possible to the last; one clip sits in the middle (paper 4.1).

    >>> uniform_starts(10.0, 2.0, 5).tolist()
    [0.0, 2.0, 4.0, 6.0, 8.0]
    """
    if n < 1:
        raise SettingError(f"{n} clips asked for; ask for 1 or more")
    if n == 1:
        return np.array([centre_start(duration_seconds, clip_seconds)])
    return np.linspace(0.0, max(0.0, duration_seconds - clip_seconds), n)


def sliding_starts(duration_seconds: float, clip_seconds: float, stride_seconds: float) -> Float[np.ndarray, " clips"]:
    """Start a clip every `stride_seconds` for as long as it fits; one at 0.0 if none does (paper 7).

    >>> sliding_starts(5.0, 2.0, 1.5).tolist()
    [0.0, 1.5, 3.0]
    """
    if not stride_seconds > 0:
        raise SettingError(f"a stride of {stride_seconds} s never moves on; give one above 0")
    latest = max(0.0, duration_seconds - clip_seconds)
    return np.arange(_steps(latest, stride_seconds) + 1) * stride_seconds


def _steps(seconds: float, step_seconds: float) -> int:
    return math.floor(seconds / step_seconds + _SLACK)
