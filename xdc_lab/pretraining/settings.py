"""The settings of a pretraining, and one dial over them: tiny, demo, paper (paper 4.1)."""

from dataclasses import dataclass, replace

from xdc_lab.clustering.kmeans import KMeansSettings
from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.settings import setting
from xdc_lab.training.settings import TrainSettings


@dataclass(frozen=True)
class PretrainSettings:
    """Everything that decides a pretraining but method, data and seed; the defaults are the paper's.

    Raises:
        SettingError: if a value cannot work.
    """

    iterations: int = setting(6, "paper", "4.2: 5 to 6 deep clustering iterations to converge")
    video_encoder: str = setting("r2plus1d_18", "paper", "4.1")
    video_width: int = setting(64, "paper", "4.1")
    audio_encoder: str = setting("audio_resnet_18", "paper", "4.1")
    audio_width: int = setting(64, "paper", "4.1")
    held_out_fraction: float = setting(0.05, "ours", "items whose pseudo-labels tell when the loss saturates")
    store_grid_hz: float | None = setting(
        None, "ours", "decode each file once, to frames at this rate; None: never"
    )
    kmeans: KMeansSettings = KMeansSettings(k=128)
    training: TrainSettings = TrainSettings(clips_per_epoch=1_000_000)
    video: VideoClipSettings = VideoClipSettings()
    audio: AudioClipSettings = AudioClipSettings()

    def __post_init__(self):
        if self.iterations < 1:
            raise SettingError(f"iterations={self.iterations}; at least 1 is needed to learn anything")
        if not 0.0 <= self.held_out_fraction < 1.0:
            raise SettingError(f"held_out_fraction={self.held_out_fraction}; it must be in [0, 1)")


PAPER = PretrainSettings()

# What learns in few steps on two cores: the paper's optimiser is the wrong one there (LOG.md).
DEMO = PretrainSettings(
    iterations=5,
    video_width=12,
    audio_width=12,
    held_out_fraction=0.05,
    store_grid_hz=10.0,
    kmeans=KMeansSettings(k=32),
    training=TrainSettings(
        epochs=6, optimiser="adamw", learning_rate=3e-3, schedule="cosine", warmup_epochs=1.0, patience=None
    ),
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
