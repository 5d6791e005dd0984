"""Load ImageNet from its official layout, each picture a static clip: 1,281,167 of 1,000 classes (paper Study 3)."""

import re
from pathlib import Path, PurePath

import pandas as pd

from xdc_lab.datasets.folder import media_names
from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.pictures import PICTURE_SUFFIXES
from xdc_lab.datasets.table_file import read_csv, read_text
from xdc_lab.errors import DataError

NAME = "ImageNet (ILSVRC 2012)"
LICENCE = "for non-commercial research and education alone; each picture its owner's"
CITATION = "O. Russakovsky et al. ImageNet Large Scale Visual Recognition Challenge. IJCV, 2015."
SOURCE = "image-net.org/download (an account), or Kaggle's imagenet-object-localization-challenge"
LAYOUT = (
    "train/<wnid>/*.JPEG (train/n01440764/n01440764_10026.JPEG) and val/, in such folders or flat with "
    "LOC_val_solution.csv, with LOC_synset_mapping.txt for the names of classes; or, as Kaggle's, ILSVRC/Data/CLS-LOC/"
)
# Traps. Some 20 files are JPEGs in CMYK, one (n02105855_2933) is a PNG named .JPEG, and a few say in their EXIF which
# side is up: they are decoded by content, and shown as any viewer does. Two classes are called "crane". The test
# pictures have no labels, and are left out. The validation list of the development kit numbers the classes by a MATLAB
# file's order: it is not read.
WNID = re.compile(r"n\d{8}")
PARTS = {"train": "train", "val": "test"}  # what an evaluation (split_1) learns from and is tested on
PLACES = (".", "ILSVRC/Data/CLS-LOC", "Data/CLS-LOC", "CLS-LOC")
SYNSETS = "LOC_synset_mapping.txt"
SOLUTION = "LOC_val_solution.csv"


def recognise(folder: Path) -> bool:
    """Whether a folder has ImageNet's class folders in train/."""
    return _root(folder) is not None


def load(folder: Path) -> pd.DataFrame:
    """Read the pictures of train/ and val/; `split` is "train" or "val", and an evaluation is tested on "val".

    The label is a class's name, "tench, Tinca tinca" (with its wnid where two have one name), or its wnid where
    nobody says the names.

    Raises:
        DataError: if there is no class folder, or a file of names or labels is not as documented.
    """
    root = _root(folder)
    if root is None:
        raise DataError(f"{folder} has no folder train/<wnid>; {NAME} should lie as {LAYOUT}. Get it from {SOURCE}")
    names, flat = _names(_beside(root, folder, SYNSETS)), _solution(_beside(root, folder, SOLUTION))
    rows = []
    for part in PARTS:
        for name in sorted(media_names(root / part, PICTURE_SUFFIXES)):
            first, _, rest = name.partition("/")
            wnid = first if rest else flat.get(PurePath(name).stem, "")
            rows.append((str(root.absolute() / part / name), names.get(wnid, wnid), part, PARTS[part]))
    return make_items(pd.DataFrame(rows, columns=["path", "label", "split", "split_1"]))


def _root(folder: Path) -> Path | None:
    """Where train/ lies."""
    places = (folder / place for place in PLACES)
    return next((place for place in places if _has_classes(place / "train")), None)


def _has_classes(train: Path) -> bool:
    return train.is_dir() and any(WNID.fullmatch(path.name) and path.is_dir() for path in train.iterdir())


def _beside(root: Path, folder: Path, name: str) -> Path | None:
    """A file beside train/, or in a folder above it up to the one that was named."""
    places = [root, *(place for place in root.parents if place.is_relative_to(folder))]
    return next((place / name for place in places if (place / name).is_file()), None)


def _names(path: Path | None) -> dict[str, str]:
    """The classes' names by their wnids."""
    if path is None:
        return {}
    lines = [
        line.strip().split(" ", 1) for line in read_text(path, what="list of classes").splitlines() if line.strip()
    ]
    if wrong := [line for line in lines if len(line) < 2 or not WNID.fullmatch(line[0])]:
        raise DataError(f"{path}: {' '.join(wrong[0])!r} is no class; a line is as 'n01440764 tench, Tinca tinca'")
    called = [name.strip() for _, name in lines]
    return {wnid: name.strip() + f" ({wnid})" * (called.count(name.strip()) > 1) for wnid, name in lines}


def _solution(path: Path | None) -> dict[str, str]:
    """The wnid of each validation picture, as Kaggle gives them: the first word of its boxes."""
    if path is None:
        return {}
    table = read_csv(path, what="list of validation labels", columns=["ImageId", "PredictionString"])
    return {name: text.split(" ")[0] for name, text in zip(table["ImageId"], table["PredictionString"], strict=True)}
