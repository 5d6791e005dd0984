"""Write frames and sound as an H.264 MP4 file: how the demo set and prepared videos become real files (paper 4.1)."""

import contextlib
import heapq
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.container import InputContainer, OutputContainer
from jaxtyping import Float, UInt8

from xdc_lab.errors import SettingError
from xdc_lab.media.decoder import TimedFrame
from xdc_lab.runs.folder import whole_file

KEYFRAME_EVERY = 12  # frames; a short distance between keyframes makes random access three times as fast
# Without noise substitution a decoder draws no random numbers: a clip sounds the same wherever reading began.
AAC_OPTIONS = {"flags": "+bitexact", "aac_pns": "0"}
_SOUND_SAMPLES = 1024  # a frame of AAC
_TICKS_HZ = 240_000  # of frames' times: 24, 25, 30, 50, 60 frames a second and their NTSC rates last whole ticks

_Stream = av.VideoStream | av.AudioStream
_Part = tuple[Fraction, _Stream, av.VideoFrame | av.AudioFrame | av.Packet]


@dataclass(frozen=True)
class Encoding:
    """How a file is encoded.

    Attributes:
        crf: H.264's quality, 0 (lossless) to 51 (worst).
        preset: of H.264: how long the encoder searches.
        sound_bit_rate: bits per second of AAC.
        sound_coder: how FFmpeg's AAC encoder searches. "fast" takes a quarter of the time; with "twoloop" the demo
            set keeps its bytes.
    """

    crf: int = 23
    preset: str = "veryfast"
    sound_bit_rate: int = 64_000
    sound_coder: str = "twoloop"


def write_video(
    path: str | Path,
    frames: UInt8[np.ndarray, "frames height width 3"] | None,
    *,
    frame_rate_hz: float = 30.0,
    waveform: Float[np.ndarray, " samples"] | None = None,
    sample_rate_hz: int = 16_000,
    encoding: Encoding = Encoding(),
    sound_file: str | Path | None = None,
) -> None:
    """Write one MP4 file, whole or not at all; the same input makes the same bytes.

    Args:
        path: the file; its folder is made.
        frames: RGB frames of even height and width; None writes a file with sound alone.
        waveform: mono samples in -1..1; None writes a silent file (one without an audio track).
        encoding: quality and size.
        sound_file: a file whose AAC is copied as it is, instead of a waveform; nothing is encoded twice.

    Raises:
        SettingError: if there is nothing to write, or the frames cannot be H.264 with 4:2:0 colour.
    """
    if sound_file is None:
        _demand_writable(frames, waveform)
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    # "file:" because a colon in a name is otherwise read as a protocol.
    with (
        contextlib.ExitStack() as copied,
        whole_file(Path(path)) as unfinished,
        av.open(f"file:{unfinished}", "w", "mp4", options=options) as container,
    ):
        parts: list[Iterator[_Part]] = []
        if frames is not None and len(frames):
            parts.append(_pictures(_add_video(container, frames, frame_rate_hz, encoding), frames))
        if sound_file is not None:
            parts.append(_copies(container, copied.enter_context(av.open(f"file:{sound_file}"))))
        elif waveform is not None and len(waveform):
            parts.append(_sounds(_add_audio(container, sample_rate_hz, encoding), waveform))
        _mux(container, parts)


def write_timed(
    path: str | Path,
    *,
    frames: Iterable[TimedFrame] | None,
    sound: Iterable[Float[np.ndarray, " samples"]] | None,
    sample_rate_hz: int = 16_000,
    encoding: Encoding = Encoding(),
    keyframe_every: int = KEYFRAME_EVERY,
) -> None:
    """Write one MP4 file of frames that each have their own time, and of sound without loss (FLAC, 16 bit).

    Only a frame and a block of sound are in memory at a time. The file is whole or not there, and the same input
    makes the same bytes.

    Args:
        path: the file; its folder is made.
        frames: of one even height and width, in order; the first one is shown from time 0 on.
        sound: blocks of mono samples in -1..1, from time 0 on.
        encoding: quality of the pictures.
        keyframe_every: frames from one keyframe to the next, at most.
    """
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with whole_file(Path(path)) as unfinished, av.open(f"file:{unfinished}", "w", "mp4", options=options) as container:
        parts: list[Iterator[_Part]] = []
        if frames is not None:
            moving = iter(frames)
            first = next(moving)
            rate = 1 / max(first.end_seconds - first.seconds, 1e-3)
            stream = _add_video(container, first.pixels[None], rate, encoding, keyframe_every)
            stream.codec_context.time_base = Fraction(1, _TICKS_HZ)
            stream.codec_context.max_b_frames = 0  # they leave a film of varying rate another length, and take longer
            stream.codec_context.flags |= Flags.frame_duration  # else the last frame would last as long as the first
            parts.append(_timed_pictures(stream, itertools.chain([first], moving)))
        if sound is not None:
            listened = container.add_stream("flac", rate=sample_rate_hz, layout="mono", options={"flags": "+bitexact"})
            listened.codec_context.format = "s16"
            parts.append(_blocks(listened, sound))
        _mux(container, parts)


def _mux(container: OutputContainer, parts: list[Iterator[_Part]]) -> None:
    """Side by side, so that a player finds the sound beside its pictures."""
    container.start_encoding()
    encoded: dict[int, _Stream] = {}
    for _, stream, frame in heapq.merge(*parts, key=lambda part: part[0]):
        if isinstance(frame, av.Packet):
            container.mux(frame)
        else:
            encoded[stream.index] = stream
            container.mux(stream.encode(frame))  # type: ignore[arg-type] - each stream with its own kind of frame
    for index in sorted(encoded):
        container.mux(encoded[index].encode(None))


def _demand_writable(frames: np.ndarray | None, waveform: np.ndarray | None) -> None:
    if (frames is None or not len(frames)) and (waveform is None or not len(waveform)):
        raise SettingError("neither frames nor a waveform to write; give at least one of them")
    if frames is not None and (frames.shape[1] % 2 or frames.shape[2] % 2):
        raise SettingError(
            f"frames of {frames.shape[1]} x {frames.shape[2]} pixels (height x width) cannot be written: "
            "H.264 with 4:2:0 colour needs an even height and width"
        )


def _add_video(
    container: OutputContainer,
    frames: np.ndarray,
    frame_rate_hz: float,
    encoding: Encoding,
    keyframe_every: int = KEYFRAME_EVERY,
) -> av.VideoStream:
    options = {"crf": str(encoding.crf), "preset": encoding.preset, "flags": "+bitexact", "threads": "1"}
    rate = Fraction(frame_rate_hz).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate, options=options)
    stream.height, stream.width = frames.shape[1:3]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.gop_size = keyframe_every
    stream.codec_context.thread_count = 1
    return stream


def _add_audio(container: OutputContainer, sample_rate_hz: int, encoding: Encoding) -> av.AudioStream:
    options = {**AAC_OPTIONS, "aac_coder": encoding.sound_coder}
    stream = container.add_stream("aac", rate=sample_rate_hz, layout="mono", options=options)
    stream.bit_rate = encoding.sound_bit_rate
    return stream


def _pictures(stream: av.VideoStream, frames: np.ndarray) -> Iterator[_Part]:
    period = 1 / Fraction(stream.codec_context.framerate)
    for index, pixels in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        picture.pts, picture.time_base = index, period
        yield index * period, stream, picture


def _timed_pictures(stream: av.VideoStream, frames: Iterable[TimedFrame]) -> Iterator[_Part]:
    """Frames as the encoder takes them; of several at one tick the last one stays on screen."""
    tick = Fraction(1, _TICKS_HZ)
    held, begins = None, 0
    for frame in frames:
        begin = 0 if held is None else max(begins, round(frame.seconds * _TICKS_HZ))
        if held is not None and begin > begins:
            yield begins * tick, stream, _timed_picture(held, begins, begin)
        held, begins = frame, begin
    if held is not None:
        end = max(begins + 1, round(held.end_seconds * _TICKS_HZ))
        yield begins * tick, stream, _timed_picture(held, begins, end)


def _timed_picture(frame: TimedFrame, begin: int, end: int) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(frame.pixels, format="rgb24")
    picture.pts, picture.duration, picture.time_base = begin, end - begin, Fraction(1, _TICKS_HZ)
    return picture


def _blocks(stream: av.AudioStream, sound: Iterable[np.ndarray]) -> Iterator[_Part]:
    rate, position = stream.codec_context.sample_rate, 0
    for block in sound:
        whole = np.clip(np.rint(block * 32768.0), -32768, 32767).astype(np.int16)
        for start in range(0, len(whole), _SOUND_SAMPLES):
            part = av.AudioFrame.from_ndarray(whole[None, start : start + _SOUND_SAMPLES], format="s16", layout="mono")
            part.sample_rate, part.pts, part.time_base = rate, position, Fraction(1, rate)
            yield Fraction(position, rate), stream, part
            position += part.samples


def _sounds(stream: av.AudioStream, waveform: np.ndarray) -> Iterator[_Part]:
    samples, rate = np.clip(waveform, -1, 1).astype(np.float32), stream.codec_context.sample_rate
    for start in range(0, len(samples), _SOUND_SAMPLES):
        part = np.ascontiguousarray(samples[None, start : start + _SOUND_SAMPLES])
        sound = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = rate, start, Fraction(1, rate)
        yield Fraction(start, rate), stream, sound


def _copies(container: OutputContainer, source: InputContainer) -> Iterator[_Part]:
    origin = source.streams.audio[0]
    stream = container.add_stream_from_template(origin)
    return _packets(source, origin, stream)


def _packets(source: InputContainer, origin: av.AudioStream, stream: av.AudioStream) -> Iterator[_Part]:
    for packet in source.demux(origin):
        if packet.pts is not None and packet.time_base is not None:  # the last one is empty
            packet.stream = stream
            yield packet.pts * packet.time_base, stream, packet
