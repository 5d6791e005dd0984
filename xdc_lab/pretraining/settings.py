"""The settings of a pretraining, and one dial over them: tiny, demo, paper (paper 4.1)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from xdc_lab.clustering.kmeans import KMeansSettings
from xdc_lab.datasets.failures import UNREADABLE_SHARE, demand_share
from xdc_lab.encoders.catalogue import encoders_for
from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.methods import Method
from xdc_lab.settings import setting, settings_table
from xdc_lab.training.settings import TrainSettings


@dataclass(frozen=True)
class Remedies:
    """What DeepCluster does against trivial solutions: the paper's SDC is DeepCluster (paper 3.1).

    The other methods do without it. The supplementary, as it is quoted, says that these saw no empty clusters.
    """

    pca_dim: int | None = setting(256, "DeepCluster", "axes of the features before k-means")
    whiten: bool = setting(True, "DeepCluster", "these axes before k-means")
    sampling: str = setting("clusters", "DeepCluster", "each cluster is drawn equally often")
    recluster_epochs: int | None = setting(1, "paper", "3.1: the features are clustered after each epoch")
    schedule: str = setting("constant", "DeepCluster", "a loss has no plateau while its pseudo-labels change")


# Which setting each of the remedies takes the place of.
REMEDIED = {
    "pca_dim": "kmeans.pca_dim",
    "whiten": "kmeans.whiten",
    "sampling": "training.sampling",
    "recluster_epochs": "recluster_epochs",
    "schedule": "training.schedule",
}


@dataclass(frozen=True)
class PretrainSettings:
    """Everything that decides a pretraining but method, data and seed; the defaults are the paper's.

    Raises:
        SettingError: if a value cannot work.
    """

    iterations: int = setting(6, "paper", "4.2: 5 to 6 deep clustering iterations to converge; each is one schedule")
    until_converged: bool = setting(False, "ours", "end when the clusterings change as little as they will")
    recluster_epochs: int | None = setting(None, "author", "None: when a training has ended (issue 8 of the release)")
    warm_up_once: bool = setting(True, "ours", "in the first iteration alone: later ones start from trained weights")
    video_encoder: str = setting("r2plus1d_18", "paper", "4.1")
    video_width: int = setting(64, "paper", "4.1")
    audio_encoder: str = setting("audio_resnet_18", "paper", "4.1")
    audio_width: int = setting(64, "paper", "4.1")
    held_out_fraction: float = setting(0.05, "ours", "items whose pseudo-labels tell when the loss saturates")
    store_grid_hz: float | None = setting(
        None, "ours", "decode each file once: frames at this rate, log-mels; None: never"
    )
    unreadable_share: float = setting(
        UNREADABLE_SHARE, "ours", "of the files may fail after the check; more end the run"
    )
    kmeans: KMeansSettings = KMeansSettings(k=128)
    video_k: int | None = setting(None, "paper", "Table 6 has 64 video clusters; None: kmeans.k")
    audio_k: int | None = setting(None, "paper", "Table 6 has 128 audio clusters; None: kmeans.k")
    training: TrainSettings = TrainSettings(clips_per_epoch=1_000_000)
    remedies: Remedies = Remedies()
    video: VideoClipSettings = VideoClipSettings()
    audio: AudioClipSettings = AudioClipSettings()

    def __post_init__(self):
        if self.iterations < 1:
            raise SettingError(f"iterations={self.iterations}; at least 1 is needed to learn anything")
        if self.recluster_epochs is not None and not 0 < self.recluster_epochs <= self.training.epochs:
            raise SettingError(
                f"recluster_epochs={self.recluster_epochs}; from 1 to the {self.training.epochs} training.epochs of an "
                "iteration, or None"
            )
        if self.recluster_epochs is not None and self.training.schedule == "plateau":
            raise SettingError(
                "recluster_epochs with training.schedule='plateau' cannot work: a loss has no plateau while its "
                "pseudo-labels change; choose constant, step or cosine"
            )
        if not 0.0 <= self.held_out_fraction < 1.0:
            raise SettingError(f"held_out_fraction={self.held_out_fraction}; it must be in [0, 1)")
        demand_share(self.unreadable_share)
        for modality in ("video", "audio"):
            name, allowed = getattr(self, f"{modality}_encoder"), encoders_for(modality)
            if name not in allowed:
                raise SettingError(f"{modality}_encoder={name!r}; allowed: {', '.join(allowed)}")
            if (k := getattr(self, f"{modality}_k")) is not None and k < 2:
                raise SettingError(f"{modality}_k={k}; a clustering has at least 2 clusters, and None takes kmeans.k")

    def kmeans_of(self, modalities: Collection[str]) -> KMeansSettings:
        """K-means on features of these modalities: one alone may have a number of clusters of its own.

        >>> settings = PretrainSettings(audio_k=64)
        >>> [settings.kmeans_of(names).k for names in ({"audio"}, {"video"}, {"audio", "video"})]
        [64, 128, 128]
        """
        own = {"video": self.video_k, "audio": self.audio_k}
        k = own[next(iter(modalities))] if len(modalities) == 1 else None
        return self.kmeans if k is None else replace(self.kmeans, k=k)

    def for_method(self, method: Method) -> "PretrainSettings":
        """The settings of a method: with the remedies where it takes them.

        >>> from xdc_lab.methods import METHODS
        >>> settings = PretrainSettings().for_method(METHODS["SDC"])
        >>> settings.kmeans.whiten, settings.training.sampling, settings.recluster_epochs
        (True, 'clusters', 1)
        """
        return self.with_remedies() if method.remedies else self

    def with_remedies(self) -> "PretrainSettings":
        """The same with DeepCluster's remedies: `REMEDIED` by those of `remedies`."""
        own = self.remedies
        return replace(
            self,
            kmeans=replace(self.kmeans, pca_dim=own.pca_dim, whiten=own.whiten),
            training=replace(self.training, sampling=own.sampling, schedule=own.schedule),
            recluster_epochs=own.recluster_epochs,
        )

    def told_sources(self) -> dict[str, tuple[str, str]]:
        """Where the remedies' values come from, if they are used."""
        if self != self.with_remedies():
            return {}
        rows = {row["name"]: row for row in settings_table(self.remedies)}
        return {REMEDIED[name]: (row["source"], row["note"]) for name, row in rows.items()}

    @property
    def parts(self) -> list[tuple[int, int | None]]:
        """The epochs, from and to, that are trained between two clusterings, in each iteration.

        >>> PretrainSettings(recluster_epochs=20, training=TrainSettings(schedule="cosine")).parts
        [(0, 20), (20, 40), (40, 45)]
        """
        if self.recluster_epochs is None:
            return [(0, None)]
        epochs, step = self.training.epochs, self.recluster_epochs
        return [(first, min(first + step, epochs)) for first in range(0, epochs, step)]

    def training_of(self, iteration: int) -> TrainSettings:
        """The training of an iteration, of which the first alone may warm up."""
        return replace(self.training, warmup_epochs=0.0) if self.warm_up_once and iteration else self.training


PAPER = PretrainSettings()

# What learns in few steps on two cores: the paper's optimiser is the wrong one there (LOG.md).
DEMO = PretrainSettings(
    iterations=5,
    warm_up_once=False,
    video_width=12,
    audio_width=12,
    held_out_fraction=0.05,
    store_grid_hz=10.0,
    kmeans=KMeansSettings(k=32),
    training=TrainSettings(epochs=6, optimiser="adamw", learning_rate=3e-3, schedule="cosine", warmup_epochs=1.0),
    # Half of the features' dimensions, as 256 are of the paper's 512; cosine as for every other method. An epoch is 29
    # steps here: clustering after each, as after the paper's 31,250, leaves its video clusters as they begin (LOG.md).
    remedies=Remedies(pca_dim=48, recluster_epochs=None, schedule="cosine"),
    video=VideoClipSettings(frame_rate_hz=5.0, short_side_px=48, crop_px=40),
)

TINY = replace(
    DEMO,
    iterations=2,
    video_width=8,
    audio_width=8,
    held_out_fraction=0.1,
    kmeans=KMeansSettings(k=8),
    training=replace(DEMO.training, epochs=1, batch_size=16),
    remedies=replace(DEMO.remedies, pca_dim=32),
    video=replace(DEMO.video, frames=4, frame_rate_hz=2.5, short_side_px=32, crop_px=28),
)

SCALES: dict[str, PretrainSettings] = {"tiny": TINY, "demo": DEMO, "paper": PAPER}


def scale_settings(scale: str, *, k: int | None = None) -> PretrainSettings:
    """Settings of a scale by its name, with another number of clusters where one is given.

    Raises:
        SettingError: if there is no such scale.

    >>> scale_settings("paper", k=64).kmeans.k
    64
    """
    if scale not in SCALES:
        raise SettingError(f"unknown scale {scale!r}; there are {', '.join(SCALES)}")
    settings = SCALES[scale]
    return settings if k is None else replace(settings, kmeans=replace(settings.kmeans, k=k))


def nearest_scale(told: Mapping[str, Any], *, remedies: bool = False) -> tuple[str, dict[str, tuple[Any, Any]]]:
    """The scale that some settings, by their dotted names, began from, and those that differ: value and the scale's.

    Args:
        told: the settings.
        remedies: whether they are of a method that takes the remedies.

    >>> told = {row["name"]: row["value"] for row in settings_table(scale_settings("demo", k=16))}
    >>> nearest_scale(told)
    ('demo', {'kmeans.k': (16, 32)})
    """
    changes: dict[str, dict[str, tuple[Any, Any]]] = {}
    for name, settings in SCALES.items():
        own = settings.with_remedies() if remedies else settings
        usual = {row["name"]: row["value"] for row in settings_table(own)}
        shared = [key for key in usual if key in told]
        changes[name] = {key: (told[key], usual[key]) for key in shared if told[key] != usual[key]}
    nearest = min(changes, key=lambda name: len(changes[name]))
    return nearest, changes[nearest]
