"""Read and write the annotation files of G-TAD: {val,test}_Annotation.csv (paper 7)."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.segments import COLUMNS, TEST, TRAIN, LocalizationSet, make_segments, no_videos
from xdc_lab.datasets.table_file import read_csv, whole_numbers, write_csv
from xdc_lab.errors import DataError

GTAD_COLUMNS = ("video", "type", "type_idx", "start", "end", "startFrame", "endFrame")
GTAD_PARTS = {TRAIN: "val", TEST: "test"}  # THUMOS14's validation videos are what it learns from
AMBIGUOUS = "Ambiguous"


def annotation_file(split: str) -> str:
    """The name that a split's annotations have for G-TAD.

    >>> annotation_file("train")
    'val_Annotation.csv'
    """
    return f"{GTAD_PARTS.get(split, split)}_Annotation.csv"


def write_gtad_annotations(
    segments: pd.DataFrame, path: str | Path, *, class_ids: Mapping[str, int], frame_rates_hz: Mapping[str, float]
) -> None:
    """Write segments as G-TAD reads them, whole or not at all; leave ambiguous parts out, it would learn them.

    Args:
        segments: of one split.
        path: a .csv file.
        class_ids: the number of each class.
        frame_rates_hz: of each video: frames are seconds times it.

    Raises:
        DataError: if the number of a class or the rate of a video is not known.
    """
    for known, column, what in ((class_ids, "label", "number"), (frame_rates_hz, "video", "frame rate")):
        missing = sorted(set(segments[column]) - set(known))
        if missing:
            raise DataError(f"the {what} of {', '.join(missing[:5])} is not known; probe the videos first")
    rates = segments["video"].map(frame_rates_hz)
    starts, ends = segments["start_seconds"], segments["end_seconds"]
    numbers = segments["label"].map(class_ids)
    columns = [segments["video"], segments["label"], numbers, starts, ends, starts * rates, ends * rates]
    table = pd.DataFrame(dict(zip(GTAD_COLUMNS, columns, strict=True)))
    write_csv(table.round(4), path)


def read_gtad_annotations(path: str | Path, *, split: str) -> LocalizationSet:
    """Read what G-TAD reads, without videos; rows of type Ambiguous are ambiguous parts.

    Raises:
        DataError: if it is not there, or is no such file.
    """
    if not Path(path).is_file():
        raise DataError(
            f"there is no annotation file {path}; G-TAD's are {', '.join(map(annotation_file, GTAD_PARTS))}"
        )
    table = read_csv(path, what="annotation file", columns=GTAD_COLUMNS[:5])
    names = dict(zip(("video", "type", "start", "end"), (COLUMNS[0], *COLUMNS[2:]), strict=True))
    rows = table.rename(columns=names).assign(split=split, label=table["type"].str.strip())
    ambiguous = rows["label"] == AMBIGUOUS
    segments, oddities = make_segments(rows[~ambiguous])
    ignored, more = make_segments(rows[ambiguous])
    numbers = dict(zip(rows["label"], whole_numbers(rows["type_idx"], of=f"{path}, column type_idx"), strict=True))
    numbers.pop(AMBIGUOUS, None)
    return LocalizationSet(no_videos(), segments, ignored, numbers, (*oddities, *more))
