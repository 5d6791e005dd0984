"""Pictures as static clips: which files are pictures, and what such a collection can be used for (paper Study 3)."""

from collections.abc import Sequence
from pathlib import PurePath

import pandas as pd

from xdc_lab.media.findings import MODALITIES

PICTURE_SUFFIXES = frozenset({".bmp", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def is_picture(path: str) -> bool:
    """Whether a file is a picture by its suffix.

    >>> is_picture("n01440764_10026.JPEG"), is_picture("a.mp4")
    (True, False)
    """
    return PurePath(path).suffix.lower() in PICTURE_SUFFIXES


def are_pictures(items: pd.DataFrame) -> bool:
    """Whether all items are pictures: static clips without sound, as long as `xdc_lab.media.probe` says."""
    return bool(len(items)) and all(map(is_picture, items["path"].tolist()))


def tracks_of(items: pd.DataFrame) -> Sequence[str]:
    """The tracks that an item of a collection needs: pictures have no sound."""
    return ("video",) if are_pictures(items) else MODALITIES
