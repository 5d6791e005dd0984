"""What probing finds in a file, and the problems that one can have (paper 4.1); nothing here needs a decoder."""

import math
from dataclasses import dataclass

NO_AUDIO, NO_VIDEO, NO_DECODE = "no audio track", "no video track", "does not decode"
TOO_SHORT = "too short"
PROBLEMS = (NO_AUDIO, NO_VIDEO, NO_DECODE, TOO_SHORT)
MODALITIES = ("video", "audio")


@dataclass(frozen=True)
class Probe:
    """What a file holds; NaN or "" is what it does not have.

    Attributes:
        duration_seconds: while all its tracks last.
        width_px: as displayed, upright.
        height_px: as displayed, upright.
        problem: one of `PROBLEMS`, or None if the file can be used.
        detail: the decoder's own words on the problem.
    """

    duration_seconds: float = math.nan
    width_px: float = math.nan
    height_px: float = math.nan
    frame_rate_hz: float = math.nan
    sample_rate_hz: float = math.nan
    channels: float = math.nan
    video_codec: str = ""
    audio_codec: str = ""
    problem: str | None = None
    detail: str = ""


def too_short(seconds: float, min_seconds: float) -> str:
    """What to say of a part that is too short.

    >>> too_short(0.4, 1.0)
    '0.40 s of at least 1.00 s'
    """
    return f"{max(0.0, seconds):.2f} s of at least {min_seconds:.2f} s"
