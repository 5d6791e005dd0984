"""Clusters of features that no run made: anyone's audio and video features, read as a run is (paper 5)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int
from scipy.sparse import csr_array

from xdc_lab.analysis.result import FEATURES, Result, load_result
from xdc_lab.clustering.arrays import BLOCK_ROWS, Array, blocks_of
from xdc_lab.clustering.clusters_file import Clusters, save_clusters
from xdc_lab.clustering.kmeans import fit_kmeans
from xdc_lab.clustering.preprocessing import fit_preprocessing
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.datasets.catalogue import name_of
from xdc_lab.datasets.items import make_items, read_items, write_items
from xdc_lab.datasets.labels import LABELS
from xdc_lab.errors import DataError, RunError
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, whole_file
from xdc_lab.runs.opening import describe_run

Source = str | Path | np.ndarray


def own_features(
    items: str | Path | pd.DataFrame,
    *,
    video: Source | None = None,
    audio: Source | None = None,
    clusters: str | Path | Mapping[str, np.ndarray] | None = None,
    settings: KMeansSettings | None = None,
    labels: str | None = None,
    folder: str | Path | None = None,
    seed: int = 0,
) -> Result:
    """Cluster anyone's features and open them as a run of one clustering: tables, factors, stories, maps, explorer.

    Row i of the features is row i of the items. They are clustered as XDC's are, each modality by itself.

    Args:
        items: a table with a column `path`, as `xdc_lab.datasets.items` takes it.
        video: video features (items, dim), or their .npy file, which is read where it lies; None: there are none.
        audio: the same of audio.
        clusters: clusters that are there, instead of k-means: the cluster of each item, from 0, under "video" and
            "audio"; or a .npz file of such arrays, or of one named "assignment" where there is one modality.
        settings: of k-means; default: as XDC's.
        labels: the column of the items to name clusters by; default: `label`, if there is one.
        folder: where to keep what is made; default: runs/features-NAME, after the items table.
        seed: of k-means.

    Raises:
        ClusteringError: if there are fewer items than clusters, or a cluster without an item.
        DataError: if features or clusters are not of these items, or hold NaN, or there is no such column.
        RunError: if the folder holds another run.
    """
    name = "items" if isinstance(items, pd.DataFrame) else name_of(items)
    run = RunFolder(folder or Path("runs") / f"features-{name}")
    if run.about.is_file() and run.read_about()["kind"] != FEATURES:
        raise RunError(f"{run.path} holds a run of its own; give another folder for these features")
    table = make_items(items.copy()) if isinstance(items, pd.DataFrame) else read_items(items)
    table = table if labels is None else _labelled(table, labels)
    features = {
        modality: _read(source, modality, table)
        for modality, source in {"audio": audio, "video": video}.items()
        if source is not None
    }
    if not features:
        raise DataError("there are no features; give those of video, of audio, or both: --video-features V.npy")
    settings = settings or KMeansSettings()
    if clusters is None:
        found = {one: fit_kmeans(array, settings=settings, seed=seed) for one, array in features.items()}
    else:
        assignments = _assignments(clusters, features)
        found = {one: _around_means(array, assignments[one]) for one, array in features.items()}
    _write(run, table, features, found)
    run.write_about(_about(name, features, settings=settings if clusters is None else None, seed=seed))
    return load_result(run.path)


def _about(name: str, features: Mapping[str, Array], *, settings: KMeansSettings | None, seed: int) -> dict[str, Any]:
    """What run.json says; the settings of k-means where it made the clusters."""
    about = describe_run(FEATURES, f"features-{name}", settings=settings or KMeansSettings(), execution=Execution(seed))
    alone = {one: [one] for one in features}
    return {
        **about,
        "status": "finished",
        "settings": [] if settings is None else about["settings"],
        "data": {"name": name, "licence": ""},
        "method": {
            "name": "own features",
            "encoders": {one: one for one in features},
            "supervision": alone,
            "clusterings": alone,
        },
        "features": {one: str(array.filename) for one, array in features.items() if isinstance(array, np.memmap)},
    }


def _labelled(items: pd.DataFrame, column: str) -> pd.DataFrame:
    if column not in items:
        raise DataError(f"the items have no column {column!r}; they have {', '.join(map(str, items))}")
    return make_items(items.assign(label=items[column].fillna("").astype(str)).drop(columns={LABELS} & {*items}))


def _read(source: Source, modality: str, items: pd.DataFrame) -> Array:
    """Features as an array or a mapped file.

    Raises:
        DataError: if they are none, not of these items, or not finite.
    """
    what = f"the {modality} features" + ("" if isinstance(source, np.ndarray) else f" {source}")
    try:
        features = source if isinstance(source, np.ndarray) else np.load(Path(source).resolve(), mmap_mode="r")
    except (OSError, ValueError) as error:
        raise DataError(
            f"{what} cannot be read ({error}); write them by numpy.save as an array (items, dim)"
        ) from error
    if features.ndim != 2 or not np.issubdtype(features.dtype, np.floating):
        raise DataError(f"{what} are {features.dtype} of shape {features.shape}; they should be floats (items, dim)")
    if len(features) != len(items):
        raise DataError(f"{what} have {len(features)} rows and the items {len(items)}; row i must be item i in both")
    for start in range(0, len(features), BLOCK_ROWS):
        wrong = np.flatnonzero(~np.isfinite(features[start : start + BLOCK_ROWS]).all(axis=1))
        if len(wrong):
            row = start + int(wrong[0])
            raise DataError(
                f"{what} hold NaN or infinity, first in row {row} ({items['path'].iloc[row]}); leave it out"
            )
    return features


def _assignments(clusters: Any, features: Mapping[str, Array]) -> dict[str, Int[np.ndarray, " items"]]:
    what = "these clusters" if isinstance(clusters, Mapping) else f"the clusters {clusters}"
    try:
        given: dict[str, Any] = dict(
            clusters if isinstance(clusters, Mapping) else np.load(clusters, allow_pickle=False)
        )
    except (OSError, ValueError) as error:
        raise DataError(
            f"{what} cannot be read ({error}); write them by numpy.savez(FILE, video=..., audio=...)"
        ) from error
    if len(features) == 1 and "assignment" in given:
        given = dict.fromkeys(features, given["assignment"])
    for name, array in features.items():
        if name not in given:
            raise DataError(f"{what} have no {name!r}, only {', '.join(given)}; each modality has its own")
        ids = given[name]
        if ids.shape != (len(array),) or not np.issubdtype(ids.dtype, np.integer) or ids.min(initial=0) < 0:
            raise DataError(
                f"{what}: {name!r} is {ids.dtype} of shape {ids.shape}"
                f"{f', from {ids.min()} on' if ids.size else ''}; it should have one cluster from 0 on for each of "
                f"the {len(array)} items"
            )
    return {name: given[name].astype(np.int64) for name in features}


def _around_means(features: Array, assignment: np.ndarray) -> Clusters:
    """Clusters that somebody made, with their means as centroids, in the space that k-means would see."""
    k, items = int(assignment.max()) + 1, range(len(features))
    prepare = fit_preprocessing(features, settings=KMeansSettings())
    sums, sizes = np.zeros((k, features.shape[1])), np.bincount(assignment, minlength=k)
    for block in blocks_of(items):
        ids = assignment[block]
        member = csr_array((np.ones(len(ids)), (ids, np.arange(len(ids)))), shape=(k, len(ids)))
        sums += member @ prepare(features[block])
    centroids = (sums / np.maximum(sizes, 1)[:, None]).astype(np.float32)
    apart = (prepare(features[block]) - centroids[assignment[block]] for block in blocks_of(items))
    distance = np.concatenate([np.linalg.norm(block, axis=1) for block in apart])
    about = {"inertia": float(np.square(distance, dtype=np.float64).sum())}
    return Clusters(assignment, distance, centroids, about, (prepare,))


def _write(run: RunFolder, items: pd.DataFrame, features: Mapping[str, Array], found: Mapping[str, Clusters]) -> None:
    """Everything but run.json, which makes it a run."""
    run.about.unlink(missing_ok=True)
    run.path.mkdir(parents=True, exist_ok=True)
    write_items(items, run.items)
    for name, array in features.items():
        if not isinstance(array, np.memmap):
            with whole_file(run.features(name)) as partial, open(partial, "wb") as file:
                np.save(file, array)
        save_clusters(found[name], run.clusters(name, iteration=0))
