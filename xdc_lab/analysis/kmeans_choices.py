"""What each choice of k-means does to the clusters: l2, centring, starts (paper 3.2)."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from xdc_lab.clustering import measures
from xdc_lab.clustering.arrays import Array
from xdc_lab.clustering.kmeans import fit_kmeans
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.errors import SettingError

LENGTHS = 8  # groups of clips by the length of their features


def try_settings(
    features: Float[np.ndarray, "items dim"],
    choices: Mapping[str, KMeansSettings],
    *,
    seed: int = 0,
    labels: np.ndarray | None = None,
) -> pd.DataFrame:
    """Cluster the same features under several settings; one row each.

    Columns: follows_length (adjusted mutual information of the clusters with the length of the feature vectors, in
    eight equal parts: 0 is chance), size_entropy (1: all of one size), smallest and largest (clips), nmi_label
    (only where there are labels; NaN where fewer than `measures.FEWEST_LABELLED` have one).

    Raises:
        SettingError: if there is no choice.
    """
    if not choices:
        raise SettingError('there is no setting to try; give some by name: {"paper": KMeansSettings()}')
    lengths = np.linalg.norm(features, axis=1)
    length_group = np.argsort(np.argsort(lengths, kind="stable")) * LENGTHS // len(lengths)
    rows = {}
    for name, settings in choices.items():
        clusters = fit_kmeans(features, settings=settings, seed=seed)
        rows[name] = {
            "follows_length": measures.ami(clusters.assignment, length_group),
            "size_entropy": measures.size_entropy(clusters.sizes),
            "smallest": int(clusters.sizes.min()),
            "largest": int(clusters.sizes.max()),
        }
        if labels is not None:
            rows[name]["nmi_label"] = measures.against_labels(clusters.assignment, labels)["nmi_label"]
    return pd.DataFrame.from_dict(rows, orient="index")


def try_starts(features: Array | Sequence[Array], *, settings: KMeansSettings, starts: int = 5) -> pd.DataFrame:
    """Cluster the same features from several random starts; one row each, the tightest first.

    Columns: seed, inertia (sum of squared distances to the centroids), above_best (its share above the lowest),
    nmi_best (agreement with the tightest clustering: 1 is the same groups).

    Raises:
        SettingError: if there is no start.
    """
    if starts < 1:
        raise SettingError(f"starts={starts}; at least 1 is needed")
    found = [fit_kmeans(features, settings=settings, seed=seed) for seed in range(starts)]
    inertias = [float(clusters.about["inertia"]) for clusters in found]
    best = int(np.argmin(inertias))
    rows = [
        {
            "seed": seed,
            "inertia": inertias[seed],
            "above_best": inertias[seed] / max(inertias[best], np.finfo(float).tiny) - 1,
            "nmi_best": measures.nmi(clusters.assignment, found[best].assignment),
        }
        for seed, clusters in enumerate(found)
    ]
    return pd.DataFrame(rows).sort_values("inertia", kind="stable", ignore_index=True)
