"""How to cluster: every choice of one k-means with where it comes from (paper 3.2, 4.2)."""

from dataclasses import dataclass

from xdc_lab.clustering.arrays import Array
from xdc_lab.errors import ClusteringError, SettingError
from xdc_lab.settings import setting


@dataclass(frozen=True)
class KMeansSettings:
    """The paper says "k-means" and, for joint features, "separately l2-normalised"; the rest is chosen here.

    Each encoder's features go through centring, PCA, whitening and l2 (those that are on, in this order) by
    themselves; then they are put side by side. DeepCluster's preparation is `pca_dim=256, whiten=True`.

    Raises:
        SettingError: if a value, or a combination of them, cannot work.
    """

    k: int = setting(128, "paper", "Table 2: on Kinetics 256 is best for UCF101, 128 for HMDB51, 64 for ESC50")
    l2: bool = setting(
        True, "paper", "3.2 says so for joint features (CDC); for others ours: random features start higher (LOG.md)"
    )
    center: bool = setting(False, "paper", "none is mentioned, and clusters start lower with it (LOG.md)")
    pca_dim: int | None = setting(None, "paper", "none is mentioned; DeepCluster takes 256 (SDC's remedies)")
    whiten: bool = setting(False, "paper", "none is mentioned; DeepCluster whitens (SDC's remedies)")
    iterations: int = setting(20, "DeepCluster", "at most; it stops when no item moves")
    restarts: int = setting(3, "ours", "the best of three random starts; a trial's choice")
    points_per_centroid: int | None = setting(
        None, "ours", "all items; faiss would silently take 256 items per centroid"
    )

    def __post_init__(self):
        for name, least in (("k", 2), ("iterations", 1), ("restarts", 1), ("pca_dim", 1), ("points_per_centroid", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise SettingError(f"{name}={value} cannot work in k-means; it is at least {least}")
        if self.whiten and self.pca_dim is None:
            raise SettingError(
                "whiten=True without pca_dim cannot work: whitening scales the axes of a PCA; set pca_dim, at "
                "most the features' dimensions"
            )


def check_shapes(arrays: list[Array], settings: KMeansSettings) -> None:
    """Refuse features that k-means cannot take, before anything is computed.

    Raises:
        ClusteringError: if there are none, their rows differ in number, or k is more than the rows.
        SettingError: if `pca_dim` is more than an array's dimensions.
    """
    shapes = [tuple(array.shape) for array in arrays]
    if not arrays or any(len(shape) != 2 for shape in shapes):
        raise ClusteringError(f"k-means needs arrays of (items, dim); it was given shapes {shapes}")
    if len({items for items, _ in shapes}) > 1:
        raise ClusteringError(f"features to be joined need the same items in the same rows, not shapes {shapes}")
    items = shapes[0][0]
    if settings.k > items:
        raise ClusteringError(
            f"k={settings.k} clusters need at least {settings.k} items, and there are {items}; choose k of at "
            f"most {items}, better a tenth of it"
        )
    too_few = [dim for _, dim in shapes if settings.pca_dim is not None and settings.pca_dim > dim]
    if too_few:
        raise SettingError(f"pca_dim={settings.pca_dim} is more than the features' {too_few[0]} dimensions")
