"""Load untrimmed videos and their segments from a folder in any of its layouts (paper 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from xdc_lab.datasets import thumos14
from xdc_lab.datasets.catalogue import ITEMS_FILE
from xdc_lab.datasets.gtad_annotations import GTAD_PARTS, annotation_file, read_gtad_annotations
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.segments import COLUMNS, LocalizationSet, no_videos, read_segments
from xdc_lab.errors import DataError

SEGMENTS_FILE, IGNORED_FILE = "segments.csv", "ignored.csv"


@dataclass(frozen=True)
class Layout:
    """How a kind of folder becomes videos and segments.

    Attributes:
        recognise: tells its folders from others.
        load: from a folder; with True, the annotations alone.
        describe: what a user has on disk.
        licence: of the media; "" where only the user knows.
    """

    recognise: Callable[[Path], bool]
    load: Callable[[Path, bool], LocalizationSet]
    describe: str
    licence: str = ""


def load_tables(folder: Path, annotations_alone: bool = False) -> LocalizationSet:
    """Read items.csv and segments.csv of a folder, and ignored.csv if there is one.

    A video's name is its column `video`, or else its file's name without the suffix.

    Raises:
        DataError: if two videos have one name, or a segment is of a video that is not there.
    """
    segments, oddities = read_segments(folder / SEGMENTS_FILE)
    ignored, more = pd.DataFrame(columns=list(COLUMNS)), ()
    if (folder / IGNORED_FILE).is_file():
        ignored, more = read_segments(folder / IGNORED_FILE)
    class_ids = {label: number for number, label in enumerate(sorted(set(segments["label"])), start=1)}
    videos = no_videos()
    if not annotations_alone:
        videos = read_items(folder / ITEMS_FILE)
        if "video" not in videos:
            videos = videos.assign(video=[Path(path).stem for path in videos["path"]])
        twice = videos.loc[videos["video"].duplicated(), "video"].tolist()
        unknown = sorted(set(segments["video"]) - set(videos["video"]))
        if twice or unknown:
            what = f"two videos are called {twice[0]}" if twice else f"{unknown[0]} is not in {ITEMS_FILE}"
            raise DataError(f"{folder}: {what}; a segment's video is the name of one file, without its suffix")
    return LocalizationSet(videos, segments, ignored, class_ids, (*oddities, *more))


def load_gtad(folder: Path, annotations_alone: bool = False) -> LocalizationSet:
    """Read the annotations that G-TAD reads; there are no videos beside them."""
    if not annotations_alone:
        raise DataError(f"{folder} has G-TAD's annotations and no videos: enough to score, not to see")
    there = [split for split in GTAD_PARTS if (folder / annotation_file(split)).is_file()]
    parts = [read_gtad_annotations(folder / annotation_file(split), split=split) for split in there]
    segments = pd.concat([part.segments for part in parts], ignore_index=True)
    ignored = pd.concat([part.ignored for part in parts], ignore_index=True)
    class_ids = {label: number for part in parts for label, number in part.class_ids.items()}
    oddities = tuple(oddity for part in parts for oddity in part.oddities)
    return LocalizationSet(no_videos(), segments, ignored, class_ids, oddities)


LAYOUTS: dict[str, Layout] = {
    "tables": Layout(
        lambda folder: (folder / SEGMENTS_FILE).is_file(),
        load_tables,
        f"{ITEMS_FILE} and {SEGMENTS_FILE} ({', '.join(COLUMNS)})",
    ),
    "thumos14": Layout(
        thumos14.recognise,
        lambda folder, alone: thumos14.load(folder, annotations_alone=alone),
        thumos14.LAYOUT,
        thumos14.LICENCE,
    ),
    "gtad": Layout(
        lambda folder: any((folder / annotation_file(split)).is_file() for split in GTAD_PARTS),
        load_gtad,
        "val_Annotation.csv and test_Annotation.csv, to score only",
    ),
}


def load_untrimmed(folder: str | Path, *, annotations_alone: bool = False) -> LocalizationSet:
    """Read untrimmed videos and their segments.

    Args:
        folder: in one of `LAYOUTS`.
        annotations_alone: do not look for the videos.

    Raises:
        DataError: if it is in none of them, or not as documented.
    """
    folder = Path(folder).expanduser()
    return _layout(folder).load(folder, annotations_alone)


def untrimmed_in(data: str | Path) -> LocalizationSet | None:
    """The untrimmed videos and segments of a collection's folder, or beside its items.csv; None: there are no segments.

    Raises:
        DataError: if they are not as documented.
    """
    folder = Path(data).parent if Path(data).name == ITEMS_FILE else Path(data)
    if not folder.is_dir() or not any(LAYOUTS[name].recognise(folder) for name in ("tables", "thumos14")):
        return None
    return load_untrimmed(folder)


def describe_untrimmed(folder: str | Path) -> dict[str, str]:
    """Name, path and licence, for a run's record.

    Raises:
        DataError: if it is in none of `LAYOUTS`.
    """
    path = Path(folder).expanduser().absolute()
    return {"name": path.name, "path": str(path), "licence": _layout(path).licence or "not known: the user's own"}


def _layout(folder: Path) -> Layout:
    for layout in LAYOUTS.values():
        if folder.is_dir() and layout.recognise(folder):
            return layout
    layouts = "".join(f"\n    {layout.describe}" for layout in LAYOUTS.values())
    raise DataError(f"{folder} is no folder of untrimmed videos with segments; it should have one of:{layouts}")
