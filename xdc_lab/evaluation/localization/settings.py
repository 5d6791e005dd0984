"""The numbers of sliding windows and of the baseline detector, each with its source (paper 7)."""

from dataclasses import dataclass

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.settings import setting


@dataclass(frozen=True)
class WindowSettings:
    """How an encoder slides over a video; its clips are those that it was trained on.

    Raises:
        SettingError: if a value cannot work.
    """

    stride_frames: int = setting(5, "paper", "7: G-TAD's default; frames of the video, at its own rate")
    batch_size: int = setting(32, "ours", "windows per step; they are decoded together")
    video: VideoClipSettings = VideoClipSettings()
    audio: AudioClipSettings = AudioClipSettings()

    def __post_init__(self):
        for name in ("stride_frames", "batch_size"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name}={getattr(self, name)}; it must be above 0")

    def window_seconds(self, modality: str) -> float:
        """How long a window is."""
        return self.video.seconds if modality == "video" else self.audio.seconds


@dataclass(frozen=True)
class DetectorSettings:
    """The baseline detector, which stands where G-TAD stands in the paper: all of it is ours.

    Chosen by reasoning about the rates of the demo set, before any encoder was compared.

    Raises:
        SettingError: if a value cannot work.
    """

    c: float = setting(1.0, "ours", "of the logistic regression, on standardised features")
    smoothing_seconds: float = setting(1.0, "ours", "probabilities are averaged over so long")
    thresholds: tuple[float, ...] = setting(
        (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9), "ours", "a segment is a stretch above one of them"
    )
    margin: float = setting(0.25, "ours", "of its length: what a segment is compared with on either side")
    min_seconds: float = setting(0.5, "ours", "shorter ones are left out")
    overlap: float = setting(0.3, "ours", "tIoU above which the less sure of two is left out; Table 8's lowest")

    def __post_init__(self):
        for name in ("c", "smoothing_seconds", "margin"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name}={getattr(self, name)}; it must be above 0")
        if not self.thresholds or not all(0 < threshold < 1 for threshold in self.thresholds):
            raise SettingError(f"thresholds={self.thresholds}; give probabilities between 0 and 1")
        if self.min_seconds < 0 or not 0 < self.overlap <= 1:
            raise SettingError(
                f"min_seconds={self.min_seconds} and overlap={self.overlap}; give 0 or more seconds, and a tIoU"
            )


@dataclass(frozen=True)
class LocalizationSettings:
    """Everything that decides a localization but encoder, data and seed."""

    windows: WindowSettings = WindowSettings()
    detector: DetectorSettings = DetectorSettings()
