"""Find a data set by its name, a folder or a table (CSV, Parquet), and load its items."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets import audioset, dcase, esc50, hmdb51, imagenet, kinetics, thumos14, ucf101, vggsound, webdataset
from xdc_lab.datasets.folder import load_folder
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.listed import ListedClips
from xdc_lab.datasets.parquet import read_parquet_items
from xdc_lab.errors import DataError

DATA_FOLDER_VARIABLE = "XDC_LAB_DATA"
ITEMS_FILE = "items.csv"
PREPARED_FILE = "prepare.json"  # of a prepared folder, which is whole when its table is there
TABLES = {".csv": "csv", ".parquet": "parquet"}  # by suffix, in any case of letters
COUPLED_SUFFIX = "-coupled"  # of the demo set whose scenes and rooms go with the events


@dataclass(frozen=True)
class Loader:
    """How a kind of data set becomes items.

    Attributes:
        load: from where it lies to its items; of listed clips beside what lists or disk lack.
        layout: what a user has on disk.
        licence: of the media; "" where only the user knows.
        recognise: tells its folders from others; None: it has no layout of its own.
        draw: how so many clips of it are drawn; None: as of any collection (`xdc_lab.studies.collection`).
    """

    load: Callable[[Path], pd.DataFrame | ListedClips]
    layout: str
    licence: str = ""
    recognise: Callable[[Path], bool] | None = None
    draw: Callable[[pd.DataFrame, int], pd.DataFrame] | None = None


def data_folder() -> Path:
    """Where named data sets lie: $XDC_LAB_DATA, else `data` of the clone, else `data` where one works."""
    if os.environ.get(DATA_FOLDER_VARIABLE):
        return Path(os.environ[DATA_FOLDER_VARIABLE]).absolute()
    clone = Path(__file__).resolve().parents[2]
    return (clone if (clone / "pyproject.toml").is_file() else Path.cwd()) / "data"


def load_demo(folder: Path) -> pd.DataFrame:
    """Read the rendered demo set.

    Raises:
        DataError: if it has not been rendered, with the command that does.
    """
    if not (folder / ITEMS_FILE).is_file():
        scale = folder.name.removesuffix(COUPLED_SUFFIX)
        options = scale + " --coupled" * (scale != folder.name)
        raise DataError(
            f"the demo set {folder.name!r} is not at {folder}; render it with: xdc-lab demo-set --scale {options}"
        )
    return read_items(folder / ITEMS_FILE)


NAMED = ("demo", "tiny", f"demo{COUPLED_SUFFIX}", f"tiny{COUPLED_SUFFIX}")
_DEMO = Loader(load_demo, "items.csv beside the rendered MP4 files", "MIT: rendered by this project")

LOADERS: dict[str, Loader] = {
    **dict.fromkeys(NAMED, _DEMO),
    "esc50": Loader(esc50.load, esc50.LAYOUT, esc50.LICENCE, esc50.recognise),
    "dcase": Loader(dcase.load, dcase.LAYOUT, dcase.LICENCE, dcase.recognise),
    "ucf101": Loader(ucf101.load, ucf101.LAYOUT, ucf101.LICENCE, ucf101.recognise),
    "hmdb51": Loader(hmdb51.load, hmdb51.LAYOUT, hmdb51.LICENCE, hmdb51.recognise),
    "thumos14": Loader(thumos14.load_videos, thumos14.LAYOUT, thumos14.LICENCE, thumos14.recognise),
    "kinetics": Loader(kinetics.load, kinetics.LAYOUT, kinetics.LICENCE, kinetics.recognise),
    "vggsound": Loader(vggsound.load, vggsound.LAYOUT, vggsound.LICENCE, vggsound.recognise),
    "audioset": Loader(audioset.load, audioset.LAYOUT, audioset.LICENCE, audioset.recognise, audioset.draw),
    "imagenet": Loader(imagenet.load, imagenet.LAYOUT, imagenet.LICENCE, imagenet.recognise),
    "webdataset": Loader(webdataset.load, webdataset.LAYOUT, "", webdataset.recognise),
    "folder": Loader(load_folder, "any tree of media files, or of pictures, with or without class folders"),
    "csv": Loader(read_items, "columns path[,label][,split][,start_seconds][,end_seconds]; further ones are kept"),
    "parquet": Loader(read_parquet_items, "the columns of a .csv of items"),
}


def load_items(data: str | Path) -> pd.DataFrame:
    """Load the items of a named data set, a folder, a .csv or a .parquet file; what is left out goes to stderr.

    A folder that holds an items.csv is read from it, and one in the official layout of a data set as that set.
    "./demo" is a folder, "demo" the demo set.

    Raises:
        DataError: if there is no such data set, with what there is.
    """
    return load_listed(data).told()


def load_listed(data: str | Path) -> ListedClips:
    """Load the items beside every name that lists or disk lack.

    Raises:
        DataError: if there is no such data set, with what there is.
    """
    loader, path = _find(data)
    found = LOADERS[loader].load(path)
    return found if isinstance(found, ListedClips) else ListedClips(found)


def loader_of(data: str | Path) -> str:
    """Which of `LOADERS` a data set is for, a prepared one that of its originals; "" where there is none.

    >>> loader_of("/no/such/folder")
    ''
    """
    try:
        loader, path = _find(data)
    except DataError:
        return ""
    is_prepared = path.name == ITEMS_FILE and path.with_name(PREPARED_FILE).is_file()
    return read_prepared(path.parent)["loader"] if is_prepared else loader


def read_prepared(folder: Path) -> dict[str, Any]:
    """What a folder was prepared from, and how: `data`, `loader`, `settings`, `shard_megabytes`.

    Raises:
        DataError: if that is damaged.
    """
    try:
        found = json.loads((folder / PREPARED_FILE).read_text(encoding="utf-8"))
        return {name: found[name] for name in ("data", "loader", "settings", "shard_megabytes")}
    except (OSError, ValueError, TypeError, KeyError) as error:
        told = f"{folder / PREPARED_FILE} is damaged ({type(error).__name__}: {error})"
        raise DataError(f"{told}; prepare the collection into another folder") from error


def describe_data(data: str | Path) -> dict[str, str]:
    """Name, path and licence of a data set, for a run's record.

    Raises:
        DataError: if it is not there.
    """
    path, licence = _find(data)[1], LOADERS[loader_of(data)].licence
    return {"name": name_of(data), "path": str(path), "licence": licence or "not known: the user's own"}


def name_of(data: str | Path) -> str:
    """A collection's name, in tables and in the paths of runs; it need not be there.

    A folder's is its own and whole, with an items.csv in it or without; another table is named as its file.

    >>> [name_of(data) for data in ("demo", "/my.videos/", "/my.videos/items.csv", "/videos/ucf101.csv")]
    ['demo', 'my.videos', 'my.videos', 'ucf101']
    """
    if data in NAMED:
        return str(data)
    path = _absolute(data)
    if path.suffix.lower() not in TABLES or path.is_dir():
        return path.name
    return path.parent.name if path.name == ITEMS_FILE else path.stem


def _absolute(data: str | Path) -> Path:
    return Path(os.path.abspath(Path(data).expanduser()))  # without dots: one folder has one name


def _find(data: str | Path) -> tuple[str, Path]:
    """Which loader, and where."""
    if data in NAMED:
        return str(data), data_folder() / str(data)
    path = _absolute(data)
    if path.is_dir():
        if (path / ITEMS_FILE).is_file():
            return "csv", path / ITEMS_FILE
        if (path / PREPARED_FILE).is_file():
            raise DataError(f"{path} is being prepared, or was stopped; start its `xdc-lab prepare` again to finish it")
        own = [name for name, loader in LOADERS.items() if loader.recognise and loader.recognise(path)]
        return (own[0] if own else "folder"), path
    if path.is_file() and path.suffix.lower() in TABLES:
        return TABLES[path.suffix.lower()], path
    what = f"is a file, but not a {' or '.join(TABLES)}" if path.is_file() else "does not exist"
    raise DataError(f"{path} {what}; give {', '.join(NAMED)}, a folder of media files, or a table with a column path")
