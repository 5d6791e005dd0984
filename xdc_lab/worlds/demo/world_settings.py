"""The dials of the demo world: its sizes, and how strong each nuisance is, with their reasons."""

from dataclasses import asdict, dataclass
from typing import Any

from xdc_lab.errors import SettingError
from xdc_lab.settings import setting

Range = tuple[float, float]
_COUPLINGS = ("scene_coupling", "room_coupling")


@dataclass(frozen=True)
class WorldSettings:
    """What a clip of the demo world looks and sounds like, apart from its event. Ranges are drawn uniformly.

    The difficulty is set here, once, by measurements that involve no clustering method (data/README.md), and
    never by what a method makes of it.

    Raises:
        SettingError: if a range is upside down, a coupling is no probability, or a size is odd (H.264 in yuv420p
            needs even sizes).
    """

    width_px: int = setting(128, "ours", "4:3; rendered in 2 minutes on 2 cores")
    height_px: int = setting(96, "ours", "the short side")
    seconds: Range = setting((2.4, 2.8), "ours", "2 s of sound and 1.6 s of frames, with room for jitter")
    frame_rates_hz: tuple[float, ...] = setting((24.0, 25.0, 30.0), "ours", "real collections are mixed")
    sample_rates_hz: tuple[int, ...] = setting((16000, 22050, 44100), "ours", "real collections are mixed")
    tempo_hz: Range = setting((1.2, 2.0), "ours", "strikes per second; below half of 5 frames a second")
    tempo_jitter: float = setting(0.06, "ours", "standard deviation of an interval, in intervals")

    object_size: Range = setting((0.60, 0.86), "ours", "height of sight and motion, in frame heights")
    object_x: Range = setting((-0.12, 0.12), "ours", "frame heights from the centre; stays in a square crop")
    object_y: Range = setting((-0.06, 0.06), "ours", "frame heights from the centre")
    object_contrast: Range = setting((0.32, 0.50), "ours", "OKLab lightness between object and background")
    background_lightness: Range = setting((0.25, 0.80), "ours", "OKLab lightness of the middle colour")
    background_contrast: Range = setting((0.06, 0.16), "ours", "OKLab lightness from the middle to the ends")
    brightness: Range = setting((0.70, 1.15), "ours", "exposure, a factor on all pixels")
    camera_pan: Range = setting((-0.25, 0.25), "ours", "frame heights per second, either axis")
    camera_shake: Range = setting((0.0, 0.02), "ours", "frame heights")

    pitch_semitones: Range = setting((-4.0, 4.0), "ours", "the sounding thing is smaller or larger")
    noise_exponent: Range = setting((0.5, 2.0), "ours", "power falls as 1/f^this: hiss to rumble")
    snr_db: Range = setting((10.0, 26.0), "ours", "event over background noise")
    hum_db: Range = setting((-40.0, -16.0), "ours", "mains hum under the event")
    gain_db: Range = setting((-15.0, 0.0), "ours", "recording level; 0 is a peak of 0.9")
    tilt_db: Range = setting((-6.0, 6.0), "ours", "microphone: end to end of the spectrum")
    room_seconds: Range = setting((0.1, 1.0), "ours", "reverberation time")
    room_wet: Range = setting((0.0, 0.35), "ours", "energy of the room over the direct sound")

    scene_coupling: float = setting(0.0, "ours", "how often the background kind is the event's; else it is any")
    room_coupling: float = setting(0.0, "ours", "how often room and noise colour are the event's; else they are any")

    crf: int = setting(24, "ours", "H.264 quality; 150 MB at most for the demo scale")

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, tuple) and not name.endswith("rates_hz") and value[0] > value[1]:
                raise SettingError(f"{name} is a range from low to high, not {value}")
        for name in _COUPLINGS:
            if not 0 <= getattr(self, name) <= 1:
                raise SettingError(f"{name} is a probability, 0 to 1, not {getattr(self, name)}")
        if self.width_px % 2 or self.height_px % 2:
            raise SettingError(f"H.264 needs even sizes, not {self.width_px}x{self.height_px}")

    @property
    def is_coupled(self) -> bool:
        """Whether anything goes with the event."""
        return any(getattr(self, name) for name in _COUPLINGS)

    def record(self) -> dict[str, Any]:
        """The dials as a rendered folder records them; a coupling of 0 is left out, as it was before there were any."""
        return {name: value for name, value in asdict(self).items() if value or name not in _COUPLINGS}


COUPLED = WorldSettings(scene_coupling=0.5, room_coupling=0.5)
