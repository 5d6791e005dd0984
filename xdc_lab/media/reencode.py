"""Write a video anew as training reads it fastest: small pictures, many keyframes, mono sound (paper 4.1)."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from xdc_lab.errors import SettingError
from xdc_lab.media.decoder import read_waveform, stream_frames
from xdc_lab.media.writer import Encoding, write_timed
from xdc_lab.settings import setting

_BLOCK_SECONDS = 60  # of sound in memory at a time


@dataclass(frozen=True)
class ReencodeSettings:
    """What a file becomes."""

    short_side_px: int = setting(256, "paper", "4.1; pictures that are smaller keep their size")
    keyframe_every: int = setting(15, "ours", "frames at most: a random clip decodes what lies before it up to one")
    crf: int = setting(23, "ours", "H.264's quality; libx264's own default")
    sample_rate_hz: int = setting(16_000, "VMZ", "mono")
    log_mels: bool = setting(True, "ours", "of the sound, too, in the file: an audio clip is read, not decoded")

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type is not bool and not getattr(self, field.name) > 0:
                raise SettingError(f"{field.name}={getattr(self, field.name)}: give a number above 0")


def reencode(
    source: str | Path,
    target: str | Path,
    *,
    start_seconds: float,
    end_seconds: float,
    modalities: tuple[str, ...],
    settings: ReencodeSettings,
) -> None:
    """Write the part of a file from `start_seconds` to `end_seconds`, which is time 0 on in the new one.

    Pictures and sound are those that the decoder gives at the same instants; all of the part is decoded.

    Args:
        target: an .mp4 file (H.264, FLAC), written whole or not at all.
        modalities: the tracks that it gets, "video", "audio" or both.

    Raises:
        MediaError: if some of it does not decode.
    """
    frames = stream_frames(
        source, start_seconds=start_seconds, end_seconds=end_seconds, largest_px=settings.short_side_px
    )
    sound = _sound(source, start_seconds, end_seconds, settings.sample_rate_hz)
    write_timed(
        target,
        frames=frames if "video" in modalities else None,
        sound=(block.numpy() for block in sound) if "audio" in modalities else None,
        sample_rate_hz=settings.sample_rate_hz,
        encoding=Encoding(crf=settings.crf),
        keyframe_every=settings.keyframe_every,
    )


def _sound(path: str | Path, start: float, end: float, rate: int) -> Iterator[Float[Tensor, " samples"]]:
    """The sound in blocks, until the part or the track ends."""
    first = round(start * rate)
    for begin in itertools.count(first, _BLOCK_SECONDS * rate):
        samples = min(round(end * rate), begin + _BLOCK_SECONDS * rate) - begin
        if samples <= 0:
            return
        sound = read_waveform(path, start_seconds=begin / rate, duration_seconds=samples / rate, sample_rate_hz=rate)
        if sound.end_seconds is not None and sound.end_seconds * rate < begin + samples:
            yield sound.samples[: max(0, round(sound.end_seconds * rate) - begin)]
            return
        yield sound.samples
