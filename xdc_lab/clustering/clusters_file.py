"""Clusters as one .npz file: assignment, distances, centroids and what made them (paper 3.2)."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from xdc_lab.clustering.preprocessing import Preprocessing
from xdc_lab.errors import ClusteringError, RunError
from xdc_lab.runs.folder import whole_file

FORMAT = 1


@dataclass(frozen=True)
class Clusters:
    """One clustering of a collection; row i is item i.

    Attributes:
        assignment: the cluster of each item, 0 to k - 1: its pseudo-label.
        distance: from each item to its centroid, in the space that k-means saw (prepared features).
        centroids: in the same space.
        about: settings, seed, inertia and software that made it, as plain values.
        preprocessing: of each encoder's features, in the order they were joined; `assign` uses it on new clips.

    Raises:
        ClusteringError: if the parts do not fit together, or a cluster is empty.
    """

    assignment: Int[np.ndarray, " items"]
    distance: Float[np.ndarray, " items"]
    centroids: Float[np.ndarray, "k dim"]
    about: dict[str, Any] = field(default_factory=dict)
    preprocessing: tuple[Preprocessing, ...] = ()

    def __post_init__(self):
        if len(self.assignment) != len(self.distance):
            raise ClusteringError(f"{len(self.assignment)} assignments and {len(self.distance)} distances differ")
        if len(self.assignment) and not 0 <= self.assignment.min() <= self.assignment.max() < self.k:
            raise ClusteringError(
                f"assignments run from {self.assignment.min()} to {self.assignment.max()}, outside 0 to {self.k - 1}"
            )
        if (empty := int((self.sizes == 0).sum())) > 0:
            raise ClusteringError(f"{empty} of {self.k} clusters are empty; every cluster has an item at least")

    @property
    def k(self) -> int:
        """How many clusters there are."""
        return len(self.centroids)

    @cached_property
    def members(self) -> tuple[Int[np.ndarray, " some"], ...]:
        """The items of each cluster, in order; all clusters at once take hardly longer than one."""
        return tuple(np.split(np.argsort(self.assignment, kind="stable"), np.cumsum(self.sizes)[:-1]))

    @property
    def sizes(self) -> Int[np.ndarray, " k"]:
        """How many items each cluster has."""
        return np.bincount(self.assignment, minlength=self.k)


def save_clusters(clusters: Clusters, path: str | Path) -> None:
    """Write clusters whole or not at all, as plain arrays and JSON."""
    arrays = {"assignment": clusters.assignment, "distance": clusters.distance, "centroids": clusters.centroids}
    for number, part in enumerate(clusters.preprocessing):
        arrays[f"l2_{number}"] = np.array(part.l2)
        if part.mean is not None:
            arrays[f"mean_{number}"] = part.mean
        if part.projection is not None:
            arrays[f"projection_{number}"] = part.projection
        if part.origin is not None:
            arrays[f"origin_{number}"] = part.origin
    about = {"format": FORMAT, "parts": len(clusters.preprocessing), **clusters.about}
    with whole_file(Path(path)) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)


def load_clusters(path: str | Path) -> Clusters:
    """Read what `save_clusters` wrote; nothing is unpickled.

    Raises:
        RunError: if there is no such file, or it is no clusters file.
    """
    if not Path(path).is_file():
        raise RunError(f"there is no clusters file {path}; `xdc-lab pretrain` writes one for each clustering")
    try:
        with open(path, "rb") as whole, np.load(whole, allow_pickle=False) as file:  # closed whatever it holds
            about = json.loads(str(file["about"]))
            parts = tuple(_part(file, number) for number in range(about.pop("parts")))
            if about.pop("format") != FORMAT:
                raise RunError(f"{path} is of another format; this version reads {FORMAT}")
            return Clusters(file["assignment"], file["distance"], file["centroids"], about, parts)
    except (KeyError, ValueError, OSError, EOFError, ClusteringError, zipfile.BadZipFile, zlib.error) as error:
        raise RunError(
            f"{path} is no clusters file, or damaged ({error}): put a copy back. A pretraining that goes on makes "
            "those that it is learning anew"
        ) from error


def _part(file: Mapping[str, np.ndarray], number: int) -> Preprocessing:
    mean, projection, origin = (file.get(f"{name}_{number}") for name in ("mean", "projection", "origin"))
    return Preprocessing(mean, projection, bool(file[f"l2_{number}"]), origin)
