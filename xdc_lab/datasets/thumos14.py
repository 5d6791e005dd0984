"""Load THUMOS14 from its official layout: untrimmed videos, their segments and ambiguous parts (paper 7)."""

import re
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.folder import VIDEO_SUFFIXES
from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.official import read_label_lines
from xdc_lab.datasets.segments import COLUMNS, SHOWN, TEST, TRAIN, LocalizationSet, make_segments, no_videos
from xdc_lab.errors import DataError

NAME = "THUMOS14"
LICENCE = "as its pages say: for research"
CITATION = "Y. Jiang et al. THUMOS challenge: Action recognition with a large number of classes, 2014."
LAYOUT = "video_validation_*.mp4 and video_test_*.mp4 anywhere below, beside annotation/<Class>_{val,test}.txt"
ANNOTATIONS = "annotation"
CLASS_LIST = "detclasslist.txt"
AMBIGUOUS = "Ambiguous"
PARTS = {"val": TRAIN, "test": TEST}  # a detector learns from the validation videos: the training ones are trimmed
LIST_NAME = re.compile(r"(?P<label>.+)_(?P<part>val|test)\.txt")
LINE = re.compile(r"(?P<video>video_\w+)\s+(?P<start>\d+\.?\d*|\.\d+)\s+(?P<end>\d+\.?\d*|\.\d+)")


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return any(place.joinpath(CLASS_LIST).is_file() for place in _annotation_folders(folder))


def load(folder: Path, *, annotations_alone: bool = False) -> LocalizationSet:
    """Read videos and annotations.

    Args:
        folder: what the archives were unpacked into, in one place or each in a folder of its own.
        annotations_alone: do not look for the videos: to score, they are not needed.

    Raises:
        DataError: if a list is missing or not as documented, or videos are missing.
    """
    folder = Path(folder)
    class_ids = _class_ids(folder)
    rows = _annotations(folder, class_ids)
    ambiguous = rows["label"] == AMBIGUOUS
    segments, oddities = make_segments(rows[~ambiguous])
    ignored, more = make_segments(rows[ambiguous])
    unclear = sorted(set(ignored["video"]) - set(segments["video"]))
    if unclear:
        names = ", ".join(unclear[:SHOWN])
        more = (*more, f"{len(unclear)} videos have ambiguous parts and nothing else: {names}")
    videos = rows[["video", "split"]].drop_duplicates().sort_values("video")
    table = no_videos() if annotations_alone else _with_paths(videos, folder)
    return LocalizationSet(table, segments, ignored, class_ids, (*oddities, *more))


def load_videos(folder: Path) -> pd.DataFrame:
    """The annotated videos as items; they have no label of their own."""
    return load(folder).videos


def _annotation_folders(folder: Path) -> list[Path]:
    """The archives of the validation and of the test part each unpack into a folder of this name."""
    own = [folder] if folder.name == ANNOTATIONS else []
    below = (path for pattern in (ANNOTATIONS, f"*/{ANNOTATIONS}") for path in sorted(folder.glob(pattern)))
    return [*own, *(path for path in below if path.is_dir())]


def _class_ids(folder: Path) -> dict[str, int]:
    """The classes with their numbers among UCF101's: "7 BaseballPitch"."""
    lists = [place / CLASS_LIST for place in _annotation_folders(folder) if (place / CLASS_LIST).is_file()]
    if not lists:
        raise DataError(
            f"there is no {ANNOTATIONS}/{CLASS_LIST} below {folder}; {NAME} should lie as {LAYOUT}, and the list "
            "comes with the temporal annotations"
        )
    class_ids = {}
    for line in read_label_lines(lists[0]):
        number, _, label = line.partition(" ")
        if not number.isdigit() or not label.strip():
            raise DataError(f"{lists[0]}: {line!r} is not '7 BaseballPitch'")
        class_ids[label.strip()] = int(number)
    return class_ids


def _annotations(folder: Path, class_ids: dict[str, int]) -> pd.DataFrame:
    """Every line of every class and of the ambiguous parts."""
    files = {
        (found["label"], found["part"]): path
        for place in _annotation_folders(folder)
        for path in sorted(place.glob("*.txt"))
        if (found := LIST_NAME.fullmatch(path.name))
    }
    parts = [part for part in PARTS if any(own == part for _, own in files)]
    strange = sorted({label for label, _ in files} - set(class_ids) - {AMBIGUOUS})
    if strange:
        raise DataError(f"{CLASS_LIST} does not have {', '.join(strange)}; it has {', '.join(class_ids)}")
    missing = [f"{label}_{part}.txt" for part in parts for label in class_ids if (label, part) not in files]
    if missing or not parts:
        raise DataError(
            f"{len(missing) or 'all'} annotation files of {NAME} are missing below {folder}: "
            f"{', '.join(missing[:SHOWN]) or '<Class>_val.txt, <Class>_test.txt'}; it should lie as {LAYOUT}"
        )
    rows = [
        _parse(line, path, label, PARTS[part])
        for (label, part), path in sorted(files.items())
        for line in read_label_lines(path)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _parse(line: str, path: Path, label: str, split: str) -> dict:
    """Split "video_test_0000004  0.2 1.1"."""
    found = LINE.fullmatch(line)
    if found is None:
        raise DataError(f"{path}: {line!r} is not 'video_test_0000004  0.2 1.1' (seconds)")
    times = (float(found["start"]), float(found["end"]))
    return dict(zip(COLUMNS, (found["video"], split, label, *times), strict=True))


def _with_paths(videos: pd.DataFrame, folder: Path) -> pd.DataFrame:
    there = {
        path.stem: path
        for path in sorted(folder.rglob("video_*"))
        if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()
    }
    missing = [name for name in videos["video"] if name not in there]
    if missing:
        raise DataError(
            f"{len(missing)} of {len(videos)} annotated videos of {NAME} are missing below {folder}; it should lie "
            f"as {LAYOUT}. The first: {', '.join(missing[:SHOWN])}"
        )
    paths = [str(there[name].absolute()) for name in videos["video"]]
    return make_items(videos.assign(path=paths))
