"""What a payload tells of likeness: small vectors of every clip, and clips labelled otherwise than those like them."""

import zlib
from typing import TypedDict

import numpy as np

from xdc_lab.analysis.mislabelled import NEIGHBOURS, mislabelled
from xdc_lab.analysis.neighbours import fingerprints, nearest_items
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import RunError
from xdc_lab.explorers.item_columns import NAMED
from xdc_lab.explorers.schema import PrintsJson, SuspectJson, pack
from xdc_lab.runs.folder import whole_file

DIM = 64
PRINT_BYTES = 2_500_000  # of an encoder: 64 numbers a clip up to 39,000 clips, 10 of 240,000
FEWEST_DIM = 8  # of more than 312,500 clips none are kept: nearest_items and like_these find them in Python
SUSPECTS = 200


class Likeness(TypedDict):
    """The fields of a payload."""

    prints: list[PrintsJson]
    suspects: list[SuspectJson]


def likeness(result: Result) -> Likeness:
    """The fields `prints` and `suspects` of a payload; empty where there are no features, or too many clips."""
    room = PRINT_BYTES // max(1, len(result.items))
    if room < FEWEST_DIM:
        return {"prints": [], "suspects": []}
    try:
        small = {name: fingerprints(result.features(name), dim=DIM) for name in _encoders(result)}
    except RunError:  # features are large, and people delete them
        return {"prints": [], "suspects": []}
    prints: list[PrintsJson] = [
        {"name": name, "modality": result.encoders[name], "dim": one[:, :room].shape[1], "data": pack(one[:, :room])}
        for name, one in small.items()
    ]
    return {"prints": prints, "suspects": _suspects(result, small) if result.has_labels else []}


def _suspects(result: Result, small: dict[str, np.ndarray]) -> list[SuspectJson]:
    near = {name: _near(result, name, one) for name, one in small.items()}
    codes = {label: code for code, label in enumerate(result.label_names)}
    return [
        {
            "item": int(row["item"]),
            "score": _rounded(row["score"]),
            "label": codes[row["suggested"]],
            "shares": [(_rounded(row[f"{name}_own"]), _rounded(row[f"{name}_suggested"])) for name in small],
        }
        for row in rows_of(mislabelled(result, near=near).head(SUSPECTS))
    ]


def _rounded(value: float) -> float:
    return round(float(value), 2)


def _near(result: Result, name: str, small: np.ndarray) -> np.ndarray:
    """The nearest items, for a large collection kept in the run: of 240,000 they take 20 seconds."""
    if len(small) <= NAMED:
        return nearest_items(small, count=NEIGHBOURS)
    path, made_of = result.folder.report / f"neighbours_{name}.npz", zlib.crc32(small.tobytes())
    if path.is_file():
        with np.load(path) as kept:
            if int(kept["made_of"]) == made_of and kept["near"].shape[1] == NEIGHBOURS:
                return kept["near"]
    near = nearest_items(small, count=NEIGHBOURS)
    with whole_file(path) as partial, partial.open("wb") as file:
        np.savez(file, near=near.astype(np.int32), made_of=made_of)
    return near


def _encoders(result: Result) -> list[str]:
    """What hears first, as everywhere."""
    used = [encoder for name in result.clusterings for encoder in result.encoders_of(name)]
    return list(dict.fromkeys([*used, *result.encoders]))
