"""Load DCASE 2013 scenes from their official layout: 100 sounds to train on, 100 to test on (paper 6)."""

import re
from pathlib import Path

from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.official import items_with_splits, read_label_lines
from xdc_lab.errors import DataError

NAME = "DCASE"
LICENCE = "as its pages on archive.org say (dcase2013_scene_classification and ..._testset)"
CITATION = "D. Stowell et al. Detection and Classification of Acoustic Scenes and Events. IEEE Trans. Multimedia, 2015."
LAYOUT = "scenes_stereo/*.wav beside scenes_stereo_testset/*.wav, as the two archives unpack"
PARTS = {"train": "scenes_stereo", "test": "scenes_stereo_testset"}
KEY = "dcase2013_task1_filenamekey.csv"
SEPARATOR = re.compile(r"[,;\t]")
FILE_NAME = re.compile(r"(?P<label>[a-z]+)\d\d\.wav")  # bus01.wav


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return all((folder / part).is_dir() for part in PARTS.values())


def load(folder: Path) -> ListedClips:
    """Read the items; a file's class is its name without the number.

    Test files that were renamed as in the challenge are looked up in its key, which then has to lie in the folder.

    Raises:
        DataError: if a part has no sounds, or the class of a file is not known.
    """
    paths, labels, roles = [], [], []
    for role, part in PARTS.items():
        sounds = _sounds(folder / part)
        paths += sounds
        labels += [_label(path, folder) for path in sounds]
        roles += [role] * len(sounds)
    return items_with_splits(paths, labels, {1: roles}, data_set=NAME, layout=LAYOUT)


def _sounds(part: Path) -> list[Path]:
    """The sounds of a part, however deep its archive was unpacked; not a Mac's shadows of them (._bus01.wav)."""
    sounds = sorted(path for path in part.rglob("*.wav") if not path.name.startswith("."))
    if not sounds:
        raise DataError(f"{part} has no .wav files; {NAME} should lie as {LAYOUT}")
    return sounds


def _label(path: Path, folder: Path) -> str:
    found = FILE_NAME.fullmatch(path.name) or FILE_NAME.fullmatch(_original_name(path, folder / KEY))
    if found is None:
        raise DataError(f"the class of {path} is not known: files are named as bus01.wav, or else in {folder / KEY}")
    return found["label"]


def _original_name(path: Path, key: Path) -> str:
    """The name that the key gives a renamed file: the one in its row that holds a class; "" without key or row."""
    if not key.is_file():
        return ""
    for line in read_label_lines(key):
        cells = [cell.strip(' "') for cell in SEPARATOR.split(line)]
        if path.name in cells:
            return next((cell for cell in reversed(cells) if FILE_NAME.fullmatch(cell)), "")
    return ""
