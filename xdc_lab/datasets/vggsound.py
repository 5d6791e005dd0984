"""Load VGGSound from its list and clips: 200,000 clips of 10 s and 309 classes of sounds that can be seen."""

from pathlib import Path

from xdc_lab.datasets.listed import ListedClips, clip_names, find_clips
from xdc_lab.datasets.table_file import read_csv
from xdc_lab.errors import DataError

NAME = "VGGSound"
LICENCE = "list: CC BY 4.0; each video its uploader's own"
CITATION = "H. Chen et al. VGGSound: A Large-scale Audio-Visual Dataset. ICASSP, 2020."
SOURCE = "https://github.com/hche11/VGGSound"
LAYOUT = "<id>_<start>.mp4 (ABCDEFGHIJK_000030.mp4) at any depth, with vggsound.csv beside them or in data/"
# Traps. The list has no header, and labels with commas are quoted. It names 291 clips more than the archive holds.
# Ids may begin with "-". The archive unpacks into scratch/shared/beegfs/...; sounds alone may lie beside the videos.
LIST = "vggsound.csv"
CLIP = "{id}_{start:06d}"
COLUMNS = ("id", "start", "label", "split")


def recognise(folder: Path) -> bool:
    """Whether a folder looks like this data set."""
    return _list(folder) is not None


def load(folder: Path) -> ListedClips:
    """Read the items that are there, and the names of what is not.

    Raises:
        DataError: if the list is not as documented, or no clip is there.
    """
    path = _list(folder)
    if path is None:
        raise DataError(f"there is no {LIST} in {folder}; it should lie as {LAYOUT}. Get it from {SOURCE}")
    rows = read_csv(path, what="list", names=COLUMNS, stripped=True)
    if len(rows) and not rows["start"].iloc[0][:1].isdigit():
        rows = rows.iloc[1:]  # somebody gave it a header
    names = clip_names(rows[["id", "start"]], CLIP, path=path)
    return find_clips(rows[["label", "split"]].assign(name=names), folder, layout=LAYOUT)


def _list(folder: Path) -> Path | None:
    places = (folder / LIST, folder / "data" / LIST)
    return next((path for path in places if path.is_file()), None)
