"""Load UCF101 from its official layout: 13,320 videos of 101 actions in three splits (paper 4.1)."""

from pathlib import Path

from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.official import items_with_splits, read_label_lines
from xdc_lab.errors import DataError

NAME = "UCF101"
LICENCE = "not stated; videos from YouTube, for research"
CITATION = "K. Soomro, A. R. Zamir, M. Shah. UCF101: A Dataset of 101 Human Actions. CRCV-TR-12-01, 2012."
LAYOUT = "UCF-101/<Class>/v_<Class>_gXX_cYY.avi beside ucfTrainTestlist/"
VIDEOS, LISTS = "UCF-101", "ucfTrainTestlist"
SPLITS = (1, 2, 3)


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return (folder / LISTS / "classInd.txt").is_file()


def load(folder: Path) -> ListedClips:
    """Read the items; splits whose lists are not there are left out.

    Files are found whatever the case of their names: lists, folders and files disagree on "HandstandPushups" and
    "HandStandPushups". The label is written as classInd.txt writes it.

    Raises:
        DataError: if a list is not as documented, or no video is there.
    """
    lists = folder / LISTS
    classes = _classes(lists / "classInd.txt")
    roles_of: dict[str, dict[int, str]] = {}
    for number in SPLITS:
        if (lists / f"trainlist{number:02d}.txt").is_file():
            for role in ("train", "test"):
                for line in read_label_lines(lists / f"{role}list{number:02d}.txt"):
                    roles_of.setdefault(line.split()[0], {})[number] = role
    if not roles_of:
        raise DataError(f"{lists} has no trainlist01.txt; {NAME} should lie as {LAYOUT}")
    names = sorted(roles_of)
    paths = _find(folder / VIDEOS, names)
    numbers = sorted({number for roles in roles_of.values() for number in roles})
    roles = {number: [roles_of[name].get(number, "") for name in names] for number in numbers}
    return items_with_splits(paths, [_label(name, classes) for name in names], roles, data_set=NAME, layout=LAYOUT)


def _classes(path: Path) -> dict[str, str]:
    """The classes by their names in small letters; a line is "1 ApplyEyeMakeup"."""
    names = [line.split()[-1] for line in read_label_lines(path)]
    return {name.lower(): name for name in names}


def _label(name: str, classes: dict[str, str]) -> str:
    folder = name.split("/")[0]
    if folder.lower() not in classes:
        raise DataError(f"{name} is of class {folder!r}, which classInd.txt does not name")
    return classes[folder.lower()]


def _find(videos: Path, names: list[str]) -> list[Path]:
    """Where each listed video lies, whatever the case; a missing one is where the list says."""
    there = {path.relative_to(videos).as_posix().lower(): path for path in videos.glob("*/*")}
    return [there.get(name.lower(), videos / name) for name in names]
