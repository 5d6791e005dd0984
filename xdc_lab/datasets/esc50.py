"""Load ESC-50 from its official layout: 2,000 sounds of 50 classes in five folds (paper 4.1)."""

from pathlib import Path

from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.official import items_with_splits
from xdc_lab.datasets.table_file import read_csv, whole_numbers
from xdc_lab.errors import DataError

NAME = "ESC-50"
LICENCE = "CC BY-NC (its subset ESC-10: CC BY); each clip's own in the data set's LICENSE file"
CITATION = "K. J. Piczak. ESC: Dataset for Environmental Sound Classification. ACM Multimedia, 2015."
LAYOUT = "audio/*.wav (or .ogg) and meta/esc50.csv, as the repository karolpiczak/ESC-50 has them"
LABELS = Path("meta") / "esc50.csv"
COLUMNS = ("filename", "fold", "category")


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return (folder / LABELS).is_file()


def load(folder: Path) -> ListedClips:
    """Read the items; fold n is the test of split n, the others its training.

    Raises:
        DataError: if the label file is not as documented, or no sound is there.
    """
    labels = read_csv(folder / LABELS, what="label file", columns=COLUMNS)
    if labels.empty:
        raise DataError(f"{folder / LABELS} names no sound; {NAME} should lie as {LAYOUT}")
    fold_of = whole_numbers(labels["fold"], of=f"{folder / LABELS}, column fold")
    paths = [folder / "audio" / name for name in labels["filename"]]
    roles = {fold: ["test" if own == fold else "train" for own in fold_of] for fold in sorted(set(fold_of))}
    return items_with_splits(paths, list(labels["category"]), roles, fold=fold_of, data_set=NAME, layout=LAYOUT)
