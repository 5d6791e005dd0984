"""The numbers of a clip and of a spectrogram, each with its source (paper 4.1)."""

from dataclasses import dataclass, fields

from xdc_lab.errors import SettingError
from xdc_lab.settings import setting


@dataclass(frozen=True)
class VideoClipSettings:
    """What a video clip is (paper 4.1)."""

    frames: int = setting(8, "paper", "4.1: L = 8; 32 in section 6")
    frame_rate_hz: float = setting(30.0, "paper", "4.1: by presentation time, whatever the file's rate")
    short_side_px: int = setting(256, "paper", "4.1: resized to this, keeping the aspect ratio")
    crop_px: int = setting(224, "paper", "4.1: random in training, in the centre in testing")
    flip: bool = setting(True, "VMZ", "mirrored with probability one half, in training only")

    def __post_init__(self) -> None:
        for name in ("frames", "frame_rate_hz", "short_side_px", "crop_px"):
            _demand_positive(name, getattr(self, name))
        if self.crop_px > self.short_side_px:
            raise SettingError(
                f"crop_px={self.crop_px} is larger than short_side_px={self.short_side_px}: "
                "a crop is cut out of the resized frame, so give a crop of at most the short side"
            )

    @property
    def seconds(self) -> float:
        """Time that the clip spans: each frame stands for one period of the frame rate."""
        return self.frames / self.frame_rate_hz


@dataclass(frozen=True)
class AudioClipSettings:
    """What an audio clip and its log-mel spectrogram are (paper 4.1)."""

    seconds: float = setting(2.0, "paper", "4.1")
    sample_rate_hz: int = setting(16_000, "VMZ")
    mels: int = setting(40, "paper", "4.1: Q = 40")
    audio_frames: int = setting(100, "paper", "4.1: P = 100; over 2 s that is a hop of 20 ms")
    window_seconds: float = setting(0.025, "ours", "Hann; VMZ's 16 ms are for a hop of 10: here they leave gaps")
    log_offset: float = setting(1e-6, "ours", "added before the logarithm: finite on digital silence")
    log_mean: float = setting(-3.0, "ours", "200 sounds of ESC-10: -3.1 (16 ms: -4.1); one number, so loudness is kept")
    log_std: float = setting(5.0, "ours", "of 100 sounds of ESC-50 (16 ms), rounded; one number, so loudness is kept")

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name != "log_mean":
                _demand_positive(field.name, getattr(self, field.name))
        if self.samples % self.audio_frames:
            raise SettingError(
                f"{self.samples} samples ({self.seconds} s at {self.sample_rate_hz} Hz) do not divide into "
                f"audio_frames={self.audio_frames} equal hops: choose numbers that do"
            )

    @property
    def samples(self) -> int:
        """Samples of the waveform."""
        return round(self.seconds * self.sample_rate_hz)

    @property
    def hop_samples(self) -> int:
        """Samples from one column of the spectrogram to the next."""
        return self.samples // self.audio_frames


def _demand_positive(name: str, value: float | int) -> None:
    if not value > 0:
        raise SettingError(f"{name}={value} is not positive; give a number above 0")
