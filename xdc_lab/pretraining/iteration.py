"""The steps of one deep clustering iteration: features, clusters, and what each encoder learns (paper 3.1, 3.2)."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from xdc_lab.clustering.clusters_file import Clusters
from xdc_lab.clustering.kmeans import fit_kmeans
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import ClusteringError
from xdc_lab.features import extract_features
from xdc_lab.methods import Method
from xdc_lab.pretraining.preparation import Material
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.seeds import derived_seed
from xdc_lab.training.loop import Task


def extract_all(
    encoders: Mapping[str, Encoder], material: Material, run: RunFolder, *, execution: Execution = Execution()
) -> dict[str, Float[np.ndarray, "items dim"]]:
    """Extract the features of every item with every encoder (paper 3.2: F_v and F_a); they are files of the run."""
    return {
        name: extract_features(
            encoder,
            material.datasets[encoder.modality],
            run.features(name),
            prepare=material.prepare[encoder.modality],
            execution=execution,
        )
        for name, encoder in encoders.items()
    }


def cluster_all(
    features: Mapping[str, np.ndarray],
    *,
    method: Method,
    settings: PretrainSettings,
    seed: int,
    iteration: int,
    device: str = "auto",
) -> dict[str, Clusters]:
    """Cluster the features once for each clustering that the method needs (paper 3.2).

    Args:
        features: of each encoder, by its name.
        method: which encoders' features each clustering sees.
        settings: of k-means, and its numbers of clusters.
        seed: of the whole pretraining; each clustering and iteration gets one of its own from it.
        iteration: the number of the iteration; 0 is the random encoders'.
        device: that k-means runs on.

    Raises:
        ClusteringError: if there are fewer items than clusters, or features are not finite.
    """
    return {
        name: fit_kmeans(
            [features[encoder] for encoder in method.clusterings[name]],
            settings=settings.kmeans_of(method.clustering_modalities(name)),
            seed=derived_seed(seed, "k-means", name, iteration),
            device=device,
        )
        for name in method.clusterings_needed
    }


def demand_enough_items(method: Method, settings: PretrainSettings, items: int) -> None:
    """Refuse more clusters than there are items, before anything is decoded.

    Raises:
        ClusteringError: if a clustering of the method has more.
    """
    for name in method.clusterings_needed:
        if (k := settings.kmeans_of(method.clustering_modalities(name)).k) > items:
            raise ClusteringError(
                f"k={k} {name} clusters need at least {k} items, and {items} can be used; choose k of at most {items}, "
                "better a tenth of it: --k"
            )


def pseudo_label_task(encoder: str, *, method: Method, clusters: Mapping[str, Clusters], material: Material) -> Task:
    """What one encoder shall learn: the cluster of each clip in every clustering that supervises it (paper 3.2)."""
    modality, supervision = method.encoders[encoder], method.supervision[encoder]
    return Task(
        dataset=material.datasets[modality],
        prepare=material.prepare[modality],
        targets={name: clusters[name].assignment for name in supervision},
        classes={name: clusters[name].k for name in supervision},
        train_rows=material.train_rows,
        held_out_rows=material.held_out_rows,
    )


def training_seed(seed: int, encoder: str, iteration: int) -> int:
    """The seed of an encoder's training in an iteration: of its fresh heads, its order of clips and its crops."""
    return derived_seed(seed, "train", encoder, iteration)
