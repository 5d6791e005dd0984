"""Load AudioSet from its segment lists and clips: up to two million clips of 10 s, each with several of 527 labels."""

import hashlib
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from xdc_lab.datasets.folder import load_folder
from xdc_lab.datasets.labels import join_labels
from xdc_lab.datasets.listed import ListedClips, clip_names, find_clips
from xdc_lab.datasets.table_file import read_csv
from xdc_lab.errors import DataError

NAME = "AudioSet"
LICENCE = "lists: CC BY 4.0; each video its uploader's own"
CITATION = "J. F. Gemmeke et al. Audio Set: An ontology and human-labeled dataset for audio events. ICASSP, 2017."
SOURCE = "research.google.com/audioset/download.html"  # lists alone; the videos are on YouTube
LAYOUT = (
    "<id>_<start>_<end>.mp4 (ABCDEFGHIJK_000030_000040.mp4; downloaders differ, see `CLIPS`) at any depth, with "
    "balanced_train_segments.csv, unbalanced_train_segments.csv, eval_segments.csv and class_labels_indices.csv"
)
# Traps. Three lines of a list begin with "#", and a blank follows each comma. Labels are codes (/m/09x0r) whose names
# are in class_labels_indices.csv and hold commas. A clip has several: `label`, which is one class, stays empty. How
# files are named is up to the downloader.
LISTS = {"balanced_train_segments.csv": "train", "unbalanced_train_segments.csv": "train", "eval_segments.csv": "test"}
NAMES = "class_labels_indices.csv"
TIMES = ["id", "start", "end"]
COLUMNS = [*TIMES, "codes"]
ID_LENGTH = 11
DRAW = "AudioSet-240K"  # what ranks are made of, with the id
CLIPS = (
    "{id}_{start:06d}_{end:06d}",
    "{id}_{start:06d}",
    "{id}_{start}_{end}",
    "{id}_{start}000_{end}000",
    "{id}",
    "Y{id}",
)
SUBSETS = {name: name.split("_")[0] for name in LISTS}  # "balanced", "unbalanced", "eval"
TRIED = 1000  # clips, to find out which


def recognise(folder: Path) -> bool:
    """Whether a folder has lists of AudioSet."""
    return bool(_lists(folder))


def load(folder: Path) -> ListedClips:
    """Read the items that are there, and the names of what is not.

    The column `labels` has all labels of a clip, "Speech; Male speech, man speaking"; `label` is empty. `id` is
    YouTube's, `subset` "balanced", "unbalanced" or "eval".

    Raises:
        DataError: if a list is not as documented, or no clip is there.
    """
    lists = _lists(folder)
    if not lists:
        raise DataError(f"{folder} has no list of {NAME}; it should lie as {LAYOUT}. Get it from {SOURCE}")
    tables = {path: read_csv(path, what="list", names=COLUMNS, stripped=True) for path in lists}
    pattern = _pattern(tables, {PurePath(path).stem for path in load_folder(folder)["path"].tolist()})
    parts = [
        table.assign(
            name=clip_names(table[TIMES], pattern, path=path), split=LISTS[path.name], subset=SUBSETS[path.name]
        )
        for path, table in tables.items()
    ]
    rows, texts = pd.concat(parts, ignore_index=True), _texts(lists[0].with_name(NAMES))
    labels = [_readable(codes, texts) for codes in rows["codes"].tolist()]
    rows = rows[["name", "split", "id", "subset"]].assign(label="", labels=labels)
    return find_clips(rows, folder, layout=LAYOUT)


def draw(items: pd.DataFrame, clips: int) -> pd.DataFrame:
    """A part of the unbalanced set, or of the training clips where it is not there: AudioSet-240K (paper 4.1).

    Each id has its rank, by SHA-256, whatever else is there and in whatever order: the first so many of those that are
    there are drawn. So a smaller part is within a larger one, and of two disks that lack other clips the parts differ
    by these alone. Which the paper drew is not known.

    Raises:
        DataError: if there are fewer.
    """
    kept = items[items["split"] == "train"]
    if (unbalanced := kept["subset"] == "unbalanced").any():
        kept = kept[unbalanced]
    if clips > len(kept):
        raise DataError(f"{clips:,} clips were asked for; the part of {NAME} to draw from has {len(kept):,} here")
    ranks = np.array([hashlib.sha256(f"{DRAW}:{name}".encode()).hexdigest() for name in kept["id"].tolist()])
    return kept.iloc[np.sort(np.argsort(ranks, kind="stable")[:clips])].reset_index(drop=True)


def _lists(folder: Path) -> list[Path]:
    """The lists of the folder, or else of the first one in it that has any."""
    there = [path for name in LISTS for path in [folder / name, *sorted(folder.glob(f"*/{name}"))] if path.is_file()]
    return [path for path in there if path.parent == there[0].parent]


def _pattern(tables: dict[Path, pd.DataFrame], stems: set[str]) -> str:
    """How the downloader named the files, tried with clips whose id is in the name of one."""
    ids = {stem[at : at + ID_LENGTH] for stem in stems for at in (0, 1)}
    found = dict.fromkeys(CLIPS, 0)
    for path, table in tables.items():
        tried = table[table["id"].isin(list(ids))].head(TRIED)
        for pattern in CLIPS:
            found[pattern] += len(stems.intersection(clip_names(tried[TIMES], pattern, path=path)))
    return max(CLIPS, key=lambda pattern: found[pattern])


def _readable(codes: str, texts: dict[str, str]) -> str:
    return join_labels(texts.get(code, code) for code in codes.split(","))


def _texts(path: Path) -> dict[str, str]:
    """The labels' names by their codes; where the table of them is not there, the codes stay."""
    if not path.is_file():
        return {}
    table = read_csv(path, what="list of labels", columns=["mid", "display_name"], stripped=True)
    return dict(zip(table["mid"], table["display_name"], strict=True))
