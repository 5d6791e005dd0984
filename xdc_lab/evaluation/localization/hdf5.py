"""HDF5 files of features as G-TAD reads them: one data set per video, (rows, dim) (paper 7)."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np
from jaxtyping import Float

from xdc_lab.errors import DataError, SettingError
from xdc_lab.runs.folder import whole_file


def write_hdf5(
    path: str | Path,
    features: Iterable[tuple[str, Float[np.ndarray, "windows dim"]]],
    *,
    about: Mapping[str, str | int | float],
) -> None:
    """Write features, whole or not at all; one video is in memory at a time.

    Args:
        path: a .h5 file.
        features: names of videos and what an encoder made of them.
        about: attributes of the file: where it comes from.
    """
    with whole_file(Path(path)) as partial, h5py.File(partial, "w") as file:
        file.attrs.update(dict(about))
        for name, rows in features:
            file.create_dataset(name, data=np.asarray(rows, dtype=np.float32))


def read_hdf5(path: str | Path) -> Iterator[tuple[str, Float[np.ndarray, "windows dim"]]]:
    """The videos of such a file with their rows, one at a time.

    Raises:
        DataError: if it is not there or is no HDF5 file.
    """
    with _opened(path) as file:
        for name, rows in file.items():
            if isinstance(rows, h5py.Dataset):
                yield name, rows[:]


def row_counts(path: str | Path) -> dict[str, int]:
    """How many rows each video has in such a file: of the original TSN features, to interpolate others to.

    Raises:
        DataError: if it is not there or is no HDF5 file.
    """
    with _opened(path) as file:
        return {name: int(rows.shape[0]) for name, rows in file.items() if isinstance(rows, h5py.Dataset)}


def interpolate_rows(features: Float[np.ndarray, "windows dim"], rows: int) -> Float[np.ndarray, "rows dim"]:
    """Interpolate the time axis linearly to so many rows, as for one 512-d stream in the place of TSN's.

    A row stands for a stretch of time, so its middle is where it is read: the first and the last stretch keep their
    own value towards the ends. (The paper does not say how its features met G-TAD's row counts.)

    >>> interpolate_rows(np.array([[0.0], [1.0]]), 4).ravel().tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    if rows < 1:
        raise SettingError(f"{rows} rows asked for; ask for 1 or more")
    there = len(features)
    places = np.clip((np.arange(rows) + 0.5) * there / rows - 0.5, 0, there - 1)
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, there - 1)
    share = (places - below)[:, None]
    return ((1 - share) * features[below] + share * features[above]).astype(features.dtype)


def _opened(path: str | Path) -> h5py.File:
    if not Path(path).is_file():
        raise DataError(f"there is no file {path}; give a .h5 file of features")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise DataError(f"{path} is no HDF5 file ({error})") from error
