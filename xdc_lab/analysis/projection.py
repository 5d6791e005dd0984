"""A map of a feature space with one point per clip, cached in the run: UMAP, or PCA without it (paper 5)."""

import atexit
import importlib
import json
import shutil
import sys
import tempfile
import warnings
import zlib
from functools import cache
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd
from jaxtyping import Float

from xdc_lab.analysis.result import Result
from xdc_lab.extras import imports_of_an_extra, installed
from xdc_lab.runs.folder import write_text

Layout = Literal["UMAP", "PCA"]
PROJECTION_NOTE = (
    "UMAP keeps neighbours together and nothing else: distances between groups, their sizes and their "
    "densities on this map carry no meaning."
)
MAX_POINTS = 50_000  # ours: UMAP takes minutes above this on two cores
PCA_DIM = 50  # ours: neighbours change little, the neighbour search is many times faster
NEIGHBOURS = 15  # umap-learn's default
FEWEST_FOR_UMAP = 10  # below, UMAP's neighbour graph means nothing: the first two principal components are used


def projection(
    result: Result, encoder: str, *, seed: int = 0, max_points: int = MAX_POINTS, progress: bool = False
) -> pd.DataFrame:
    """Lay one encoder's features out on a plane; columns item, x, y (both 0 to 1), `attrs` says how it was made.

    Above `max_points` a seeded sample is laid out; `attrs["points"]` and `attrs["items"]` say how many of how
    many. Where umap-learn is not installed and no such map is kept, `attrs["method"]` is "PCA": the first two
    principal components. The map is kept in RUN/report/projection_<encoder>.csv and made again when features or
    settings change.
    `PROJECTION_NOTE` belongs beside every picture of it.

    Raises:
        RunError: if the run has no features of this encoder.
    """
    features = result.features(encoder)
    rows = _sample(len(features), max_points, seed)
    sampled = np.ascontiguousarray(features[rows], dtype=np.float32)
    about = {
        "encoder": encoder,
        "method": _layout(len(rows)),
        "points": len(rows),
        "items": len(features),
        "seed": seed,
        "pca_dim": PCA_DIM,
        "neighbours": NEIGHBOURS,
        "checksum": zlib.crc32(sampled.tobytes()),
    }
    path = result.folder.report / f"projection_{encoder}.csv"
    cached = _read(path, about)
    if cached is None and about["method"] == "UMAP" and not installed("umap"):
        about["method"] = "PCA"
        cached = _read(path, about)
    if cached is not None:
        return cached
    laid_out = lay_out(sampled, layout=about["method"], seed=seed, progress=progress).astype(np.float64)
    places = pd.DataFrame(laid_out, columns=["x", "y"]).round(5)
    places.insert(0, "item", rows)
    write_text(path, f"# {json.dumps(about)}\n{places.to_csv(index=False, lineterminator=chr(10))}")
    places.attrs.update(about)
    return places


def lay_out(
    features: Float[np.ndarray, "items dim"], *, layout: Layout = "UMAP", seed: int = 0, progress: bool = False
) -> Float[np.ndarray, "items 2"]:
    """Project to two dimensions in 0 to 1: centred, l2-normalised, PCA to `PCA_DIM`, then UMAP.

    Centred because features after a ReLU share a large mean that would make all of them look alike.
    Layout "PCA", and fewer than `FEWEST_FOR_UMAP` clips, are shown by their first two principal components.

    Raises:
        InstallError: if the layout is "UMAP" and umap-learn is not installed.
    """
    normalised = direction(features)
    if layout == "PCA" or _layout(len(features)) == "PCA":
        return _unit_square(_principal(normalised, 2, seed))
    return _unit_square(_umap(_principal(normalised, PCA_DIM, seed), seed, progress))


def direction(features: Float[np.ndarray, "items dim"]) -> Float[np.ndarray, "items dim"]:
    """What a map shows of features: their direction from the mean of all."""
    centred = features - features.mean(axis=0)
    return centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)


def _layout(points: int) -> Layout:
    return "UMAP" if points >= FEWEST_FOR_UMAP else "PCA"


def _sample(items: int, max_points: int, seed: int) -> np.ndarray:
    if items <= max_points:
        return np.arange(items)
    return np.sort(np.random.default_rng(seed).choice(items, max_points, replace=False))


def _principal(features: np.ndarray, dim: int, seed: int) -> np.ndarray:
    """The leading principal components; missing ones (few clips, few dimensions) are zero, where two are needed."""
    from sklearn.decomposition import PCA

    centred = features - features.mean(axis=0)
    components = min(dim, *features.shape)
    if not np.any(centred):  # all clips alike, or one clip: no direction to look along
        return np.zeros((len(features), max(2, components)), dtype=np.float32)
    reduced = PCA(components, random_state=seed).fit_transform(centred)
    return np.pad(reduced, ((0, 0), (0, max(0, 2 - components))))


def _umap(features: np.ndarray, seed: int, progress: bool) -> np.ndarray:
    umap = _import_umap()
    neighbours = min(NEIGHBOURS, len(features) - 1)
    # n_jobs is given because a seed forces it to 1, with a warning where it was left at its default. It starts from
    # principal components: of repeated rows UMAP's own start, a spectral one, is another in each run.
    mapper = umap.UMAP(neighbours, metric="euclidean", init="pca", random_state=seed, n_jobs=1, verbose=progress)
    with warnings.catch_warnings():
        # A few far clips are a fact of the features, not of the map; they stay where UMAP puts them.
        warnings.filterwarnings("ignore", message="Graph is not fully connected", category=UserWarning)
        return np.asarray(mapper.fit_transform(features))


def _import_umap() -> ModuleType:
    """UMAP; where numba may write neither to its package nor to the user's home, compiled for this process alone."""
    with warnings.catch_warnings(), imports_of_an_extra():
        # Its neural variant needs TensorFlow, which nobody here asks for.
        warnings.filterwarnings("ignore", message="Tensorflow not installed", category=ImportWarning)
        try:
            return importlib.import_module("umap")
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
        importlib.import_module("numba").config.CACHE_DIR = _compiled_for_this_process()
        return importlib.import_module("umap")


@cache
def _compiled_for_this_process() -> str:
    print("UMAP is compiled anew each time: set NUMBA_CACHE_DIR to a folder that can be written", file=sys.stderr)
    folder = tempfile.mkdtemp(prefix="numba-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _unit_square(places: np.ndarray) -> np.ndarray:
    """Scale both axes alike into 0 to 1; the smaller one is centred."""
    low, high = places.min(axis=0), places.max(axis=0)
    extent = float((high - low).max())
    return (places - (low + high) / 2) / (extent or 1.0) + 0.5


def _read(path, about: dict[str, Any]) -> pd.DataFrame | None:
    """The cached map, if it was made of the same features in the same way."""
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as file:
        if file.readline().rstrip("\n") != f"# {json.dumps(about)}":
            return None
        places = pd.read_csv(file)
    places.attrs.update(about)
    return places
