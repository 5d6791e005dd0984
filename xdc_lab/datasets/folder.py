"""Load a folder of videos, with class folders or without: the most common data set of all."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from xdc_lab.datasets.items import make_items
from xdc_lab.errors import DataError

# fmt: off
VIDEO_SUFFIXES = frozenset({
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".f4v", ".flv", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg",
    ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv",
})
AUDIO_SUFFIXES = frozenset({
    ".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".wma",
})
# fmt: on
MEDIA_SUFFIXES = VIDEO_SUFFIXES | AUDIO_SUFFIXES

# Folders of this name, at the top, are splits and not classes.
SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "validate": "val",
    "test": "test",
    "testing": "test",
}


def load_folder(folder: Path) -> pd.DataFrame:
    """List every media file below a folder, in order of name.

    The label is the folder that a file lies in (relative, so "pets/dogs" and "wild/dogs" stay apart), and "" if
    all lie in the same one; top folders named as in `SPLIT_FOLDERS` give the split. Hidden files are left out, and
    what counts as media is decided by the suffix alone: a text file named .mp4 is an item, which a check rejects.

    Raises:
        DataError: if there is no media file.
    """
    names = sorted(_media_names(folder))
    if not names:
        raise DataError(_nothing_found(folder))
    splits, labels = zip(*(_split_and_label(name) for name in names), strict=True)
    if len(set(labels)) == 1:
        labels = ("",) * len(names)
    paths = [os.path.abspath(folder / name) for name in names]
    return make_items(pd.DataFrame({"path": paths, "label": labels, "split": splits}))


def _media_names(folder: Path) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in MEDIA_SUFFIXES:
                yield (Path(place) / name).relative_to(folder).as_posix()


def _split_and_label(name: str) -> tuple[str, str]:
    parts = PurePosixPath(name).parts[:-1]
    split = SPLIT_FOLDERS.get(parts[0].lower(), "") if parts else ""
    return split, "/".join(parts[1:] if split else parts)


def _nothing_found(folder: Path) -> str:
    others = sorted({path.suffix.lower() or "none" for path in folder.rglob("*") if path.is_file()})
    seen = f"it holds files with the suffixes {', '.join(others[:12])}" if others else "it is empty"
    return f"no media file below {folder}: {seen}; media files end in {', '.join(sorted(MEDIA_SUFFIXES))}"
