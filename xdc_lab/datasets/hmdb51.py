"""Load HMDB51 from its official layout: 6,766 videos of 51 actions in three splits (paper 4.1)."""

import re
from pathlib import Path

from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.official import items_with_splits, read_label_lines
from xdc_lab.errors import DataError

NAME = "HMDB51"
LICENCE = "CC BY 4.0"
CITATION = "H. Kuehne et al. HMDB: A Large Video Database for Human Motion Recognition. ICCV, 2011."
LAYOUT = "<class>/<name>.avi beside testTrainMulti_7030_splits/"
LISTS = "testTrainMulti_7030_splits"
LIST_NAME = re.compile(r"(?P<label>.+)_test_split(?P<number>[123])\.txt")  # class names hold "_"
ROLES = {"0": "", "1": "train", "2": "test"}


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return (folder / LISTS).is_dir()


def load(folder: Path) -> ListedClips:
    """Read the items; a video that a split does not use (0) keeps an empty role there.

    Raises:
        DataError: if a list is not as documented, or no video is there.
    """
    roles_of: dict[tuple[str, str], dict[int, str]] = {}
    for path in sorted((folder / LISTS).glob("*.txt")):
        found = LIST_NAME.fullmatch(path.name)
        if found is None:
            continue
        for line in read_label_lines(path):
            name, role = _parse(line, path)
            roles_of.setdefault((found["label"], name), {})[int(found["number"])] = role
    if not roles_of:
        raise DataError(f"{folder / LISTS} has no <class>_test_split1.txt; {NAME} should lie as {LAYOUT}")
    keys = sorted(roles_of)
    paths = [folder / label / name for label, name in keys]
    numbers = sorted({number for roles in roles_of.values() for number in roles})
    roles = {number: [roles_of[key].get(number, "") for key in keys] for number in numbers}
    return items_with_splits(paths, [label for label, _ in keys], roles, data_set=NAME, layout=LAYOUT)


def _parse(line: str, path: Path) -> tuple[str, str]:
    """Split "a name with spaces.avi 1" at its last blank."""
    name, _, role = line.rpartition(" ")
    if role not in ROLES or not name:
        raise DataError(f"{path}: {line!r} is not 'name.avi 0', '1' or '2'")
    return name.strip(), ROLES[role]
