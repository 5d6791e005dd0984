"""Load a folder of videos, with class folders or without: the most common data set of all."""

import os
from collections.abc import Container, Iterator
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.items import SPLIT_NAMES, make_items
from xdc_lab.datasets.pictures import PICTURE_SUFFIXES
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


def load_folder(folder: Path) -> pd.DataFrame:
    """List every media file below a folder, in order of name.

    The label is the folder that a file lies in (relative, so "pets/dogs" and "wild/dogs" stay apart), and "" if
    all lie in the same one; top folders named as in `SPLIT_NAMES` give the split, unless they are classes: flat, and
    beside folders of other names ("Training" beside "Running"). Folders that are links are followed, hidden files are
    left out, and what counts as media is decided by the suffix alone: a text file named .mp4 is an item, which a check
    rejects. Pictures count where there is nothing else: beside films they are thumbnails, alone they are static clips.

    Raises:
        DataError: if there is no media file.
    """
    names = sorted(media_names(folder)) or sorted(media_names(folder, PICTURE_SUFFIXES))
    if not names:
        raise DataError(_nothing_found(folder))
    split_folders = _split_folders(names)
    splits, labels = zip(*(_split_and_label(name, split_folders) for name in names), strict=True)
    if len(set(labels)) == 1:
        labels = ("",) * len(names)
    paths = [os.path.abspath(folder / name) for name in names]
    return make_items(pd.DataFrame({"path": map(_in_utf8, paths), "label": map(_in_utf8, labels), "split": splits}))


def _in_utf8(name: str) -> str:
    """A name that is not UTF-8 can stand in no table: it is written with escapes, and a check rejects it."""
    return name.encode(errors="backslashreplace").decode()


def media_names(folder: Path, suffixes: Container[str] = MEDIA_SUFFIXES) -> Iterator[str]:
    """The names below a folder of the files with some suffixes, in no order, as `load_folder` follows links."""
    inside = {os.fspath(folder): {os.path.realpath(folder)}}  # of each folder, itself and those that it lies in
    for place, folders, files in os.walk(folder, followlinks=True):
        above = inside.pop(place)
        real = {name: os.path.realpath(os.path.join(place, name)) for name in folders if not name.startswith(".")}
        folders[:] = [name for name in real if real[name] not in above]  # a link to one that it lies in has no end
        inside |= {os.path.join(place, name): above | {real[name]} for name in folders}
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes:
                yield (Path(place) / name).relative_to(folder).as_posix()


def _split_folders(names: list[str]) -> set[str]:
    """The top folders that are splits and not classes."""
    parts = [name.split("/") for name in names]
    tops = {own[0] for own in parts if len(own) > 1}
    splits = {top for top in tops if top.strip().lower() in SPLIT_NAMES}
    return splits if splits == tops else splits & {own[0] for own in parts if len(own) > 2}


def _split_and_label(name: str, split_folders: set[str]) -> tuple[str, str]:
    parts = name.split("/")[:-1]
    split = parts.pop(0) if parts and parts[0] in split_folders else ""
    return split, "/".join(map(str.strip, parts))


def _nothing_found(folder: Path) -> str:
    others = sorted({path.suffix.lower() or "none" for path in folder.rglob("*") if path.is_file()})
    seen = f"it holds files with the suffixes {', '.join(others[:12])}" if others else "it is empty"
    known = ", ".join(sorted(MEDIA_SUFFIXES | PICTURE_SUFFIXES))
    return f"no media file below {folder}: {seen}; media files end in {known}"
