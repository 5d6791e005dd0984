"""Files whose pictures tell their own number, in any codec, container and timing."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

HEIGHT, WIDTH, BITS = 48, 64, 12


def coded(number: int) -> np.ndarray:
    """A picture of 3 x 4 black or white blocks: the bits of its number."""
    picture = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    for bit in range(BITS):
        row, column = divmod(bit, 4)
        if number >> bit & 1:
            picture[row * 16 : row * 16 + 16, column * 16 : column * 16 + 16] = 255
    return picture


def decoded(pixels) -> int:
    """The number of a picture [3 height width] of any size."""
    grey = np.asarray(pixels).mean(axis=0)
    height, width = grey.shape
    blocks = [grey[int((bit // 4 + 0.5) * height / 3), int((bit % 4 + 0.5) * width / 4)] > 127 for bit in range(BITS)]
    return sum(1 << bit for bit, is_set in enumerate(blocks) if is_set)


def rising_tone(samples: int, sample_rate_hz: int) -> np.ndarray:
    """A tone of 440 Hz that grows louder: each moment sounds different."""
    time = np.arange(samples) / sample_rate_hz
    return (0.5 * np.sin(2 * np.pi * 440 * time) * np.linspace(0, 1, samples)).astype(np.float32)


def record_file(
    path: Path,
    *,
    video: str | None = "libx264",
    audio: str | None = "aac",
    seconds: float = 4.0,
    frame_rate: Fraction | int = 30,
    frame_times: Sequence[Fraction] | None = None,
    sample_rate_hz: int = 44_100,
    layout: str = "stereo",
    rotation: int = 0,
    pixel_aspect: Fraction | None = None,
    keyframe_every: int = 12,
    audio_seconds: float | None = None,
) -> Path:
    """Write a file whose picture n is `coded(n)`, with a rising tone."""
    if frame_times is None:
        frame_times = [n / Fraction(frame_rate) for n in range(round(seconds * frame_rate))]
    with av.open(f"file:{path}", "w") as container:
        pictures: Any = None  # the kinds of stream share no type
        sound: Any = None
        if video:
            pictures = container.add_stream(video, rate=frame_rate, options={"g": str(keyframe_every)})
            pictures.height, pictures.width, pictures.pix_fmt = HEIGHT, WIDTH, "yuv420p"
            pictures.codec_context.time_base = Fraction(1, 1000) if video == "libvpx-vp9" else Fraction(1, 30_000)
            if video in ("mpeg4", "mpeg2video"):
                pictures.codec_context.time_base = 1 / Fraction(frame_rate)
            if pixel_aspect:
                pictures.codec_context.sample_aspect_ratio = pixel_aspect
            if rotation:
                pictures.set_display_rotation(rotation)
        if audio:
            sound = container.add_stream(audio, rate=sample_rate_hz, layout=layout)
        if pictures is not None:
            for number, time in enumerate(frame_times):
                picture = av.VideoFrame.from_ndarray(coded(number), format="rgb24")
                base = pictures.codec_context.time_base
                picture.pts, picture.time_base = round(time / base), base
                container.mux(pictures.encode(picture))
        if sound is not None:
            samples = rising_tone(round((audio_seconds or seconds) * sample_rate_hz), sample_rate_hz)
            everywhere = np.ascontiguousarray(np.tile(samples, (sound.layout.nb_channels, 1)))
            frame = av.AudioFrame.from_ndarray(everywhere, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = sample_rate_hz, 0, Fraction(1, sample_rate_hz)
            fitted = av.AudioResampler(
                format=sound.format.name,
                layout=layout,
                rate=sample_rate_hz,
                frame_size=sound.codec_context.frame_size or None,
            )
            for part in fitted.resample(frame) + fitted.resample(None):
                container.mux(sound.encode(part))
        for stream in (pictures, sound):
            if stream is not None:
                container.mux(stream.encode(None))
    return path


def copy_packets(source: Path, path: Path, change: Callable[[av.Packet], None]) -> Path:
    """Write the packets of a file into another, each changed in place; nothing is encoded again."""
    with av.open(f"file:{source}") as container, av.open(f"file:{path}", "w") as copy:
        streams: Any = {stream.index: copy.add_stream_from_template(stream) for stream in container.streams}
        for packet in container.demux():
            if packet.dts is not None:
                change(packet)
                packet.stream = streams[packet.stream.index]
                copy.mux(packet)
    return path


def delay(packet: av.Packet, ticks: int) -> None:
    """Move the time stamps of a packet."""
    packet.dts = (packet.dts or 0) + ticks
    packet.pts = None if packet.pts is None else packet.pts + ticks


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., Path]:
    """Record a file of a name into this test's folder."""
    return lambda name, **how: record_file(tmp_path / name, **how)


@pytest.fixture
def number_in() -> Callable[..., int]:
    return decoded


@pytest.fixture
def tone() -> Callable[[int, int], np.ndarray]:
    return rising_tone


@pytest.fixture
def copied(tmp_path: Path) -> Callable[..., Path]:
    """Copy a file's packets into this test's folder, each changed in place."""
    return lambda source, name, change: copy_packets(source, tmp_path / name, change)


@pytest.fixture
def delayed() -> Callable[..., None]:
    return delay
