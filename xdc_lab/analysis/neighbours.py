"""The nearest clips in feature space, as rows and as a picture; clips like some others (paper 5)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Int8, Real
from PIL import Image

from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.pictures.origin import joined
from xdc_lab.analysis.projection import direction
from xdc_lab.analysis.rows import rows_of
from xdc_lab.clustering.nearest import nearest_of_all
from xdc_lab.errors import DataError
from xdc_lab.media.clip_settings import AudioClipSettings

SAME, OTHER = "= ", "≠ "
FITTED_ROWS = 20_000  # of more, principal directions are those of a sample
LARGEST = 127  # of a number of a fingerprint


def nearest_items(features: Real[np.ndarray, "items dim"], *, count: int = 5) -> Int[np.ndarray, "items nearest"]:
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


def like_these(
    features: Float[np.ndarray, "items dim"], items: Sequence[int], *, count: int = 10
) -> tuple[Int[np.ndarray, " nearest"], Float[np.ndarray, " nearest"]]:
    """The other items most like some items taken together, most alike first, and the cosine of each.

    Alike is near the mean of their directions (`nearest_items`): give one clip, or all slideshows that are known.

    Raises:
        DataError: if there is no item, or one that is not there.
    """
    given = np.unique(np.asarray(items, dtype=np.int64))
    if not len(given) or given[0] < 0 or given[-1] >= len(features):
        raise DataError(f"like which clips? {list(items)[:5]} should be items from 0 to {len(features) - 1}")
    unit = direction(np.asarray(features, dtype=np.float32))
    middle = unit[given].mean(axis=0)
    cosine = unit @ (middle / max(float(np.linalg.norm(middle)), 1e-12))
    cosine[given] = -np.inf
    order = np.argsort(-cosine, kind="stable")[: min(count, len(unit) - len(given))]
    return order, cosine[order]


def fingerprints(features: Float[np.ndarray, "items dim"], *, dim: int = 64) -> Int8[np.ndarray, "items small"]:
    """Small vectors whose cosines are about those of `nearest_items`: principal components of the directions, rounded.

    Of the demo set's clips 64 numbers keep .93 of the ten nearest, and 16 keep .89.
    """
    unit = direction(np.asarray(features, dtype=np.float32))
    fitted = unit[np.linspace(0, len(unit) - 1, min(len(unit), FITTED_ROWS)).astype(np.int64)]
    strengths, directions = np.linalg.eigh(fitted.T @ fitted)
    axes = directions[:, np.argsort(-strengths, kind="stable")[:dim]]
    small = unit @ axes
    small *= LARGEST / max(float(np.abs(small).max(initial=0)), 1e-12)
    return np.round(small).astype(np.int8)


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
    return joined(strips)


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
