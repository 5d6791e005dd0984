"""Load Kinetics-400, -600 or -700 from their lists and clips, in any of the layouts in which they are passed on."""

from pathlib import Path

import pandas as pd

from xdc_lab.datasets.items import SPLIT_NAMES
from xdc_lab.datasets.listed import ListedClips, clip_names, find_clips
from xdc_lab.datasets.table_file import read_csv
from xdc_lab.errors import DataError

NAME = "Kinetics"
LICENCE = "lists: CC BY 4.0; each video its uploader's own"
CITATION = "W. Kay et al. The Kinetics Human Action Video Dataset. arXiv:1705.06950, 2017."
SOURCE = "https://github.com/cvdfoundation/kinetics-dataset"
LAYOUT = (
    "<id>_<start>_<end>.mp4 (ABCDEFGHIJK_000010_000020.mp4) in train/, val/, test/, in class folders or in none, with "
    "the official lists train.csv, val.csv, test.csv beside them or in annotations/"
)
# Traps. A part of the listed clips is gone from YouTube. test.csv may lack labels. A split may be called "validate".
# Class folders may have "_" for a blank and no "'()": labels are the lists'. The mirror's Kinetics-400 has some 1,400
# broken files, and good ones in replacement/; its lists of Kinetics-600 as .csv are incomplete. About 3 % of the clips
# are silent, and some empty: a check rejects them.
REPLACEMENTS = "replacement"
CLIP = "{id}_{start:06d}_{end:06d}"
PLACES = ("annotations", "kinetics*", "annotations/*")  # as the mirror and DeepMind's archives have the lists
COLUMNS = ("youtube_id", "time_start", "time_end")
ORDER = {"train": 0, "val": 1, "test": 2}
EVALUATED = {"train": "train", "val": "test"}  # as everybody does: the test labels were kept back


def recognise(folder: Path) -> bool:
    """Whether a folder has lists of Kinetics."""
    return bool(_lists(folder))


def load(folder: Path) -> ListedClips:
    """Read the items that are there, and the names of what is not.

    `split` is "train", "val" or "test"; an evaluation (split_1) learns from "train" and is tested on "val".

    Raises:
        DataError: if a list is not as documented, or no clip is there.
    """
    lists = _lists(folder)
    if not lists:
        raise DataError(f"{folder} has no list of {NAME}; it should lie as {LAYOUT}. Get it from {SOURCE}")
    rows = pd.concat([_read(path) for path in lists], ignore_index=True)
    rows = rows.sort_values("split", key=lambda splits: splits.map(ORDER), kind="stable")
    rows = rows.assign(split_1=rows["split"].map(EVALUATED).fillna(""))
    return find_clips(rows, folder, layout=LAYOUT, rather_below=REPLACEMENTS)


def _lists(folder: Path) -> list[Path]:
    """CSV files with Kinetics' columns, of whatever name, of the first place that has them."""
    for place in (folder, *(place for pattern in PLACES for place in sorted(folder.glob(pattern)))):
        lists = [path for path in sorted(place.glob("*.csv")) if path.is_file() and set(COLUMNS) <= _header(path)]
        if lists:
            return lists
    return []


def _header(path: Path) -> set[str]:
    """The columns; train.csv may also be a list of something else."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        return {name.strip().strip('"') for name in lines.readline().split(",")}


def _read(path: Path) -> pd.DataFrame:
    rows = read_csv(path, what="list", columns=COLUMNS, stripped=True)
    splits = rows["split"] if "split" in rows else [path.stem.split("_")[-1]] * len(rows)
    return pd.DataFrame(
        {
            "name": clip_names(rows[list(COLUMNS)].set_axis(["id", "start", "end"], axis=1), CLIP, path=path),
            "label": rows.get("label", ""),
            "split": [SPLIT_NAMES.get(split.lower(), split) for split in splits],
        }
    )
