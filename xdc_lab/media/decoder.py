"""A media file and times in, the frames shown and the sound heard at those times out (paper 4.1).

Time 0 is the file's start: the earliest track begins there, and a codec's priming samples lie before it.
"""

import contextlib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import torch
from av.stream import Disposition
from av.video.reformatter import Interpolation
from jaxtyping import Float, UInt8
from torch import Tensor

from xdc_lab.errors import MediaError

NO_AUDIO, NO_VIDEO, NO_DECODE = "no audio track", "no video track", "does not decode"

_ROUNDING_SECONDS = 0.0005  # containers round times, the coarsest common ones (Matroska, FLV) to milliseconds
_FAR_SECONDS = 5.0  # seek ahead of here where no index tells whether a keyframe lies between
_PREROLL_SECONDS = 0.5  # sound decoded ahead of the clip: overlapped transforms and bit reservoirs need a past
_MARGIN_SECONDS = 0.02  # sound around the clip that the resampling filter reaches


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames in the order of the instants asked for.

    Attributes:
        pixels: RGB.
        pts_seconds: when each frame's showing began.
        past_end: how many instants lay after the last frame's showing and were answered with it.
        decoded: how many frames were decoded on the way, the cost.
    """

    pixels: UInt8[Tensor, "frames 3 height width"]
    pts_seconds: Float[np.ndarray, " frames"]
    past_end: int
    decoded: int

    def __repr__(self) -> str:
        """Show the shape, not the pixels."""
        return f"Frames(pixels={tuple(self.pixels.shape)}, past_end={self.past_end}, decoded={self.decoded})"


@dataclass(frozen=True, eq=False)
class Waveform:
    """Mono sound.

    Attributes:
        samples: in -1..1.
        sample_rate_hz: of `samples`.
        padded_seconds: how much of it lies outside the track and is therefore digital silence.
    """

    samples: Float[Tensor, " samples"]
    sample_rate_hz: int
    padded_seconds: float

    def __repr__(self) -> str:
        """Show the length, not the samples."""
        seconds = len(self.samples) / self.sample_rate_hz
        return f"Waveform({seconds:.3f} s at {self.sample_rate_hz} Hz, padded_seconds={self.padded_seconds:.3f})"


@dataclass(frozen=True)
class Header:
    """What a file's header claims; None is what it does not say."""

    duration_seconds: float | None
    video_seconds: float | None
    audio_seconds: float | None
    frame_rate_hz: float | None
    sample_rate_hz: int | None
    channels: int | None
    video_codec: str | None
    audio_codec: str | None


def resized_size(height: float, width: float, short_side_px: int | None) -> tuple[int, int]:
    """Height and width once the short side is `short_side_px`, in the same proportion (paper 4.1).

    >>> resized_size(480, 640, 256)
    (256, 341)
    """
    scale = 1.0 if short_side_px is None else short_side_px / min(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def read_header(path: str | Path) -> Header:
    """Read what the header says, without decoding.

    Raises:
        MediaError: if the file cannot be opened as media.
    """
    with _translated_errors(path), _open(path) as container:
        video, audio = _video_stream(container), _audio_stream(container)
        rate = None if video is None else video.average_rate or video.guessed_rate
        return Header(
            duration_seconds=_container_seconds(container),
            video_seconds=_track_seconds(video, container),
            audio_seconds=_track_seconds(audio, container),
            frame_rate_hz=float(rate) if rate else None,
            sample_rate_hz=audio.codec_context.sample_rate if audio else None,
            channels=audio.codec_context.channels if audio else None,
            video_codec=video.codec_context.name if video else None,
            audio_codec=audio.codec_context.name if audio else None,
        )


def read_frames(
    path: str | Path, instants_seconds: Sequence[float] | np.ndarray, *, short_side_px: int | None = None
) -> Frames:
    """Read the frame on screen at each instant, by presentation time (paper 4.1).

    The frame on screen is the last whose time has come; after the end it is the last one, before the first frame
    it is the first. Rotation metadata is honoured, and so is the shape of pixels when resizing. It seeks to the
    keyframe before, so the cost does not grow with the position in the file.

    Raises:
        MediaError: if there is no video track, or it does not decode.
    """
    order = np.argsort(np.asarray(instants_seconds, dtype=float), kind="stable")
    pictures: dict[int, np.ndarray] = {}
    pts_seconds, past_end, last, picture = np.zeros(len(order)), 0, None, None
    with _translated_errors(path), contextlib.closing(_VideoTrack(path)) as track:
        for position in map(int, order):
            shown, is_past = track.shown_at(float(instants_seconds[position]))
            if picture is None or shown is not last:
                picture = _picture(shown.frame, track.pixel_aspect, short_side_px, picture)
                last = shown
            pictures[position], pts_seconds[position] = picture, shown.seconds
            past_end += is_past
    pixels = np.stack([pictures[position] for position in range(len(order))]).transpose(0, 3, 1, 2)
    return Frames(torch.from_numpy(np.ascontiguousarray(pixels)), pts_seconds, past_end, track.decoded)


def read_waveform(
    path: str | Path, *, start_seconds: float, duration_seconds: float, sample_rate_hz: int = 16_000
) -> Waveform:
    """Read sound as mono at one rate, the same samples whatever the start; silence outside the track (paper 4.1).

    A codec whose frames vary in length (Vorbis) in a container that rounds times (Matroska) is the exception: there
    a start is exact to that rounding, a millisecond.

    Raises:
        MediaError: if there is no audio track, or it does not decode.
    """
    first, count = round(start_seconds * sample_rate_hz), round(duration_seconds * sample_rate_hz)
    with _translated_errors(path), contextlib.closing(_AudioTrack(path)) as track:
        rate = track.rate
        # The samples of both rates coincide once a block: beginning there makes the result independent of the start.
        block, out_block = (value // math.gcd(rate, sample_rate_hz) for value in (rate, sample_rate_hz))
        blocks = math.floor((first / sample_rate_hz - _MARGIN_SECONDS) * rate / block)
        begin, end = blocks * block, math.ceil(((first + count) / sample_rate_hz + _MARGIN_SECONDS) * rate)
        sound, covered = _read_mono(track, begin, end)
    wanted = slice(*(round(bound * rate / sample_rate_hz) - begin for bound in (first, first + count)))
    padded_seconds = float(np.count_nonzero(~covered[wanted])) / rate
    offset = first - blocks * out_block
    samples = _resampled(sound, rate, sample_rate_hz)[offset : offset + count]
    return Waveform(torch.from_numpy(samples), sample_rate_hz, padded_seconds)


def _open(path: str | Path) -> av.container.InputContainer:
    # "file:" because a colon in a name is read as a protocol; the whitelist because a text file may be a playlist
    # that names addresses.
    return av.open(f"file:{path}", metadata_errors="ignore", options={"protocol_whitelist": "file"})


@contextlib.contextmanager
def _translated_errors(path: str | Path) -> Iterator[None]:
    """Raise whatever the decoder says as a MediaError."""
    try:
        yield
    except (av.FFmpegError, OSError) as error:
        raise MediaError(path, f"{NO_DECODE} ({error.strerror or error})") from error


def _video_stream(container: av.container.InputContainer) -> av.VideoStream | None:
    """The first video track that has a decoder and is not a cover picture, with one decoding thread."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            stream.codec_context.thread_count = 1  # a worker per core beats threads in the decoder
            return stream
    return None


def _audio_stream(container: av.container.InputContainer) -> av.AudioStream | None:
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            stream.codec_context.thread_count = 1
            return stream
    return None


def _zero_seconds(container: av.container.InputContainer) -> float:
    return max(0.0, (container.start_time or 0) / av.time_base)


def _container_seconds(container: av.container.InputContainer) -> float | None:
    if container.duration is None:
        return None
    begin = (container.start_time or 0) / av.time_base
    return begin + container.duration / av.time_base - _zero_seconds(container)


def _track_seconds(
    stream: av.VideoStream | av.AudioStream | None, container: av.container.InputContainer
) -> float | None:
    """When the track ends, by its own header."""
    if stream is None or stream.duration is None or stream.time_base is None:
        return None
    return float(((stream.start_time or 0) + stream.duration) * stream.time_base) - _zero_seconds(container)


@dataclass(frozen=True, eq=False)
class _Shown:
    frame: av.VideoFrame
    seconds: float
    end_seconds: float


class _VideoTrack:
    """A place in a video track that moves forward, by seeking where that saves decoding."""

    def __init__(self, path: str | Path):
        self.path, self.decoded = path, 0
        self.following: _Shown | None = None
        self.shown: _Shown | None = None
        self._reopen()

    def _reopen(self) -> None:
        self.container = _open(self.path)
        stream = _video_stream(self.container)
        if stream is None:
            raise MediaError(self.path, NO_VIDEO)
        self.stream = stream
        self.zero, self.tick = _zero_seconds(self.container), float(stream.time_base or 1)
        self.slack = min(self.tick / 2, _ROUNDING_SECONDS) + 1e-6
        self.period = 1 / float(stream.average_rate or 30)
        self.pixel_aspect = float(stream.sample_aspect_ratio or 1)
        self.frames = self._decode()

    def close(self) -> None:
        self.container.close()

    def shown_at(self, instant: float) -> tuple[_Shown, bool]:
        """The frame on screen, and whether its showing ended before (instants must not fall)."""
        if self.shown is None or self._is_seek_worth(instant):
            self.shown, self.following = self._go_to(instant)
        while self.following is not None and self.following.seconds <= instant + self.slack:
            self.shown, self.following = self.following, next(self.frames, None)
        return self.shown, self.following is None and instant >= self.shown.end_seconds + self.slack

    def _is_seek_worth(self, instant: float) -> bool:
        if self.following is None or instant <= self.following.seconds:
            return False
        entries = self.stream.index_entries
        place = entries.search_timestamp(self._pts(instant)) if len(entries) else -1
        if place < 0:
            return instant > self.following.seconds + _FAR_SECONDS
        return entries[place].timestamp * self.tick - self.zero > self.following.seconds

    def _go_to(self, instant: float) -> tuple[_Shown, _Shown | None]:
        """Seek to a keyframe before; step further back for as long as the first frame there is too late."""
        back = 0.0
        while instant - back > self.period:
            self.container.seek(self._pts(instant - back), stream=self.stream)
            self.frames = self._decode()
            with contextlib.suppress(av.error.InvalidDataError):  # landed where decoding cannot begin
                first = next(self.frames, None)
                if first is not None and first.seconds <= instant + self.slack:
                    return first, next(self.frames, None)
            back = max(1.0, 2 * back)
        self.container.close()
        self._reopen()
        first = next(self.frames, None)
        if first is None:
            raise MediaError(self.path, f"{NO_DECODE} (no frames)")
        return first, next(self.frames, None)

    def _decode(self) -> Iterator[_Shown]:
        seconds = -self.period
        for frame in self.container.decode(self.stream):
            self.decoded += 1
            # Some files give no times: then frames follow each other at the track's rate.
            seconds = seconds + self.period if frame.pts is None else frame.pts * self.tick - self.zero
            yield _Shown(frame, seconds, seconds + (frame.duration * self.tick or self.period))

    def _pts(self, instant: float) -> int:
        return math.floor((instant + self.slack + self.zero) / self.tick)


def _picture(
    frame: av.VideoFrame, pixel_aspect: float, short_side_px: int | None, like: np.ndarray | None
) -> UInt8[np.ndarray, "height width 3"]:
    """Turn a decoded frame upright and resize it, to the size of the picture `like` if there is one."""
    turns = round(frame.rotation / 90) % 4
    if like is not None:
        height, width = like.shape[:2]
    else:
        aspect = 1.0 if short_side_px is None else pixel_aspect
        stored = (float(frame.height), frame.width * aspect)
        height, width = resized_size(*(stored if turns % 2 == 0 else stored[::-1]), short_side_px)
    lying = (height, width) if turns % 2 == 0 else (width, height)
    pixels = frame.to_ndarray(
        format="rgb24", height=lying[0], width=lying[1], interpolation=Interpolation.BILINEAR
    )
    return np.rot90(pixels, turns)


class _AudioTrack:
    """An audio track as mono parts with their positions, in samples of its own rate since time 0."""

    def __init__(self, path: str | Path):
        self.path = path
        self._reopen()
        # Without the limit, floating-point samples would be mixed louder than they were.
        options = {"rematrix_maxval": "1"}
        self.mix = av.AudioResampler(format="fltp", layout="mono", rate=self.rate, options=options)

    def _reopen(self) -> None:
        self.container = _open(self.path)
        stream = _audio_stream(self.container)
        if stream is None:
            raise MediaError(self.path, NO_AUDIO)
        self.stream, self.rate = stream, stream.codec_context.sample_rate
        self.zero, self.tick = _zero_seconds(self.container), stream.time_base or Fraction(1)
        self.is_exact = (1 / self.tick) % self.rate == 0  # a time names one sample

    def close(self) -> None:
        self.container.close()

    def parts(self, begin: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (position, samples) from sample `begin` or before.

        A part begins where the last ended unless its time says that there is a gap.
        """
        tolerance = 2 * max(_ROUNDING_SECONDS, float(self.tick)) * self.rate
        end = None
        for position, frame in self._frames_from(begin):
            if end is not None and (position is None or abs(position - end) <= tolerance):
                position = end
            position, frame.pts = position or 0, None
            samples = np.concatenate([part.to_ndarray()[0] for part in self.mix.resample(frame)])
            yield position, samples
            end = position + len(samples)

    def _frames_from(self, begin: int) -> Iterator[tuple[int | None, av.AudioFrame]]:
        """Seek to some time before `begin`; step further back for as long as the first frame there is too late."""
        back, snapped = _PREROLL_SECONDS, lambda position: position
        start = float((self.stream.start_time or 0) * self.tick) - self.zero
        while begin / self.rate - back > start + _PREROLL_SECONDS:
            if back == _PREROLL_SECONDS and not self.is_exact:
                snapped = self._regular_positions()
            pts = math.floor((begin / self.rate - back + self.zero) / self.tick)
            self.container.seek(pts, stream=self.stream)
            frames = self._decode(is_start=False)
            first = next(frames, None)
            if first is not None and first[0] is not None and first[0] <= begin:
                yield snapped(first[0]), first[1]
                yield from frames
                return
            back *= 2
        self.container.close()
        self._reopen()
        yield from self._decode(is_start=True)

    def _regular_positions(self) -> Callable[[int], int]:
        """How to correct a rounded time: frames of one length follow the first, whose position is known."""
        (first, frame), (_, following) = (*itertools.islice(self._decode(is_start=True), 2), (None, None))[:2]
        if first is None or following is None:
            return lambda position: position
        origin, length = first + frame.samples, following.samples

        def snapped(position: int) -> int:
            regular = origin + round((position - origin) / length) * length
            return regular if abs(regular - position) <= max(_ROUNDING_SECONDS, self.tick) * self.rate + 1 else position

        return snapped

    def _decode(self, *, is_start: bool) -> Iterator[tuple[int | None, av.AudioFrame]]:
        for packet in self.container.demux(self.stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                if is_start:
                    raise
                continue  # after seeking, a frame may need others that came before
            for frame in frames:
                if frame.sample_rate != self.rate:
                    rates = f"from {self.rate} to {frame.sample_rate} Hz"
                    raise MediaError(self.path, f"{NO_DECODE} (the sample rate changes {rates})")
                is_start = True
                yield (None if frame.pts is None else round((frame.pts * self.tick - self.zero) * self.rate)), frame


def _read_mono(track: _AudioTrack, begin: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Samples `begin` to `end` as mono, and which of them the track has."""
    sound, covered = np.zeros(end - begin, dtype=np.float32), np.zeros(end - begin, dtype=bool)
    for position, samples in track.parts(begin):
        if position >= end:
            break
        low, high = max(position, begin), min(position + len(samples), end)
        if low < high:
            sound[low - begin : high - begin] = samples[low - position : high - position]
            covered[low - begin : high - begin] = True
    return sound, covered


def _resampled(sound: np.ndarray, rate: int, sample_rate_hz: int) -> Float[np.ndarray, " samples"]:
    if rate == sample_rate_hz:
        return sound
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=sample_rate_hz)
    parts = resampler.resample(frame) + resampler.resample(None)
    return np.concatenate([part.to_ndarray()[0] for part in parts])
