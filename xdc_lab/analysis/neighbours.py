"""The nearest clips in feature space, as rows and as a picture (paper 5)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from PIL import Image

from xdc_lab.analysis.palette import PAPER
from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.projection import direction
from xdc_lab.analysis.rows import rows_of
from xdc_lab.clustering.nearest import nearest_of_all
from xdc_lab.media.clip_settings import AudioClipSettings

SAME, OTHER = "= ", "≠ "


def nearest_items(features: Float[np.ndarray, "items dim"], *, count: int = 5) -> Int[np.ndarray, "items nearest"]:
    """For each item the rows of the others nearest to it, the nearest first; itself is left out.

    Nearness is the cosine of the features once the mean of all is taken away, as on the maps. Fewer than `count`
    where there are no more items. Of more than 50,000 items a few neighbours may be missed (`nearest_of_all`).
    """
    unit = np.ascontiguousarray(direction(np.asarray(features, dtype=np.float32)), dtype=np.float32)
    count = min(count, len(unit) - 1)
    near = nearest_of_all(unit, count + 1)
    # Of clips that are exactly alike, an item need not come first in its own list, or come at all.
    is_itself = near == np.arange(len(near))[:, None]
    kept = np.argsort(is_itself, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(near, kept, axis=1)


def neighbour_sheet(
    items: pd.DataFrame,
    near: Int[np.ndarray, "items nearest"],
    rows: Sequence[int],
    *,
    audio: AudioClipSettings | None = None,
) -> Image.Image:
    """Draw some clips, each at the left of a row, with their nearest neighbours, nearest first.

    Below a neighbour stands its label, and whether it is the same (=) or another one (≠); without a label, its file.

    Args:
        items: a checked items table; row i is item i of `near`.
        near: as `nearest_items` gives it.
        rows: the clips whose neighbours are drawn, from above.
        audio: what an audio clip and its log-mel are.
    """
    strips = []
    for row in rows:
        clips = items.iloc[[row, *near[row]]]
        strips.append(clip_row(clips, captions=_captions(clips), audio=audio))
    sheet = Image.new("RGB", (strips[0].width, sum(strip.height for strip in strips)), PAPER)
    y = 0
    for strip in strips:
        sheet.paste(strip, (0, y))
        y += strip.height
    return sheet


def _captions(clips: pd.DataFrame) -> list[str]:
    """The first clip's label, and how the others' compare."""
    names = [clip["label"] or Path(clip["path"]).name for clip in rows_of(clips)]
    first, *labels = clips["label"]
    signs = [_sign(label, first) for label in labels]
    return [names[0], *(sign + name for sign, name in zip(signs, names[1:], strict=True))]


def _sign(label: str, first: str) -> str:
    if not (label and first):
        return ""
    return SAME if label == first else OTHER
