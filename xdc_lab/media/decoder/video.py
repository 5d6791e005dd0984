"""Decode the frames that are on screen at given instants (paper 4.1)."""

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import torch
from av.error import ArgumentError, FFmpegError
from av.filter import Graph
from av.sidedata.sidedata import Type
from av.video.reformatter import Interpolation, VideoReformatter
from jaxtyping import Float, UInt8
from torch import Tensor

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder.container import (
    JUMP_BACK_SECONDS,
    MAX_PIXELS,
    ROUNDING_SECONDS,
    frame_rate_hz,
    open_container,
    translated_errors,
    video_stream,
    zero_seconds,
)
from xdc_lab.media.decoder.exif import exif_orientation
from xdc_lab.media.findings import NO_DECODE, NO_VIDEO

_FAR_SECONDS = 5.0  # seek ahead of here where no index tells whether a keyframe lies between


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames in the order of the instants asked for.

    Attributes:
        pixels: RGB.
        pts_seconds: when each frame's showing began.
        past_end: how many instants lay after the last frame's showing and were answered with it.
        end_seconds: when the last frame's showing ends, if that was met.
        decoded: how many frames were decoded on the way, the cost.
        full_size: height and width as displayed, before any resizing.
    """

    pixels: UInt8[Tensor, "frames 3 height width"]
    pts_seconds: Float[np.ndarray, " frames"]
    past_end: int
    end_seconds: float | None
    decoded: int
    full_size: tuple[int, int]

    def __repr__(self) -> str:
        """Show the shape, not the pixels."""
        return f"Frames(pixels={tuple(self.pixels.shape)}, past_end={self.past_end}, decoded={self.decoded})"


def read_frames(
    path: str | Path, instants_seconds: Sequence[float] | np.ndarray, *, short_side_px: int | None = None
) -> Frames:
    """Read the frame on screen at each instant, by presentation time (paper 4.1).

    The frame on screen is the last whose time has come; after the end it is the last one, before the first
    frame it is the first. Rotated and mirrored pictures are shown upright, pixels in their shape. It seeks
    to the keyframe before, so the cost does not grow with the position in the file.

    Raises:
        MediaError: if there is no video track, or it does not decode.
    """
    order = np.argsort(np.asarray(instants_seconds, dtype=float), kind="stable")
    pictures: dict[int, np.ndarray] = {}
    pts_seconds, past_end, end_seconds, last = np.zeros(len(order)), 0, None, None
    picture, full_size, size = np.zeros(0), (0, 0), (0, 0)
    resizer = _Resizer()
    with translated_errors(path), contextlib.closing(_VideoTrack(path)) as track:
        for position in map(int, order):
            shown, is_past = track.shown_at(float(instants_seconds[position]))
            if last is None:
                full_size = _full_size(shown.frame, track.pixel_aspect, path)
                size = resized_size(*full_size, short_side_px)
                _demand_moderate(path, size)
            if shown is not last:
                picture, last = _picture(shown.frame, size, resizer, path), shown
            pictures[position], pts_seconds[position] = picture, shown.seconds
            if is_past:
                past_end, end_seconds = past_end + 1, shown.end_seconds
    pixels = np.stack([pictures[position] for position in range(len(order))]).transpose(0, 3, 1, 2)
    pixels = torch.from_numpy(np.ascontiguousarray(pixels))
    return Frames(pixels, pts_seconds, past_end, end_seconds, track.decoded, full_size)


@dataclass(frozen=True, eq=False)
class TimedFrame:
    """A frame and when it is on screen.

    Attributes:
        pixels: RGB.
        seconds: when its showing begins.
        end_seconds: when it ends, by its own duration.
    """

    pixels: UInt8[np.ndarray, "height width 3"]
    seconds: float
    end_seconds: float


def stream_frames(
    path: str | Path, *, start_seconds: float = 0.0, end_seconds: float = math.inf, largest_px: int
) -> Iterator[TimedFrame]:
    """Every frame that is on screen from `start_seconds` to `end_seconds`, in order and one at a time.

    Upright as `read_frames` shows them, in their own size or reduced to a short side of `largest_px`, height and
    width even; times are those from `start_seconds` on.

    Raises:
        MediaError: if there is no video track, or some of it does not decode.
    """
    resizer, size = _Resizer(), (0, 0)
    with translated_errors(path), contextlib.closing(_VideoTrack(path)) as track:
        shown: _Shown | None = track.shown_at(start_seconds)[0]
        while shown is not None and (size == (0, 0) or shown.seconds < end_seconds):
            if size == (0, 0):
                full_size = _full_size(shown.frame, track.pixel_aspect, path)
                height, width = resized_size(*full_size, min(largest_px, *full_size))
                size = max(2, height - height % 2), max(2, width - width % 2)
                _demand_moderate(path, size)
            pixels = np.ascontiguousarray(_picture(shown.frame, size, resizer, path))
            begin, end = (min(when, end_seconds) - start_seconds for when in (shown.seconds, shown.end_seconds))
            yield TimedFrame(pixels, max(0.0, begin), max(0.0, end))
            shown = track.next()


def resized_size(height: float | int, width: float | int, short_side_px: int | None) -> tuple[int, int]:
    """Height and width once the short side is `short_side_px`, in the same proportion (paper 4.1).

    >>> resized_size(480, 640, 256)
    (256, 341)
    """
    scale = 1.0 if short_side_px is None else short_side_px / min(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


@dataclass(frozen=True, eq=False)
class _Shown:
    frame: av.VideoFrame
    seconds: float
    end_seconds: float


def _turned(size: tuple[int, int], is_lying: bool) -> tuple[int, int]:
    return (size[1], size[0]) if is_lying else size


class _VideoTrack:
    """A place in a video track that moves forward, by seeking where that saves decoding."""

    def __init__(self, path: str | Path):
        self.path, self.decoded = path, 0
        self.following: _Shown | None = None
        self.shown: _Shown | None = None
        self.lag: int | None = None
        self._reopen()
        if self.is_avi:  # its lag is what the first frame has; after seeking, some may have been left out
            with contextlib.suppress(FFmpegError):
                next(self.frames, None)

    def _reopen(self) -> None:
        self.container = open_container(self.path)
        stream = video_stream(self.container)
        if stream is None:
            raise MediaError(self.path, NO_VIDEO)
        self.stream = stream
        self.zero, self.tick = zero_seconds(self.container), float(stream.time_base or 1)
        self.slack = min(self.tick / 2, ROUNDING_SECONDS) + 1e-6
        self.period = 1 / (frame_rate_hz(self.container, stream) or 30.0)
        self.is_avi = self.container.format.name == "avi"
        self.pixel_aspect = float(stream.sample_aspect_ratio or 1)
        self.frames = self._decode()

    def close(self) -> None:
        self.container.close()

    def shown_at(self, instant: float) -> tuple[_Shown, bool]:
        """The frame on screen, and whether its showing ended before (instants must not fall)."""
        if self.shown is None or self._is_seek_worth(instant):
            self.shown, self.following = self._go_to(instant)
        while self.following is not None and self.following.seconds <= instant + self.slack:
            self.next()
        return self.shown, self.following is None and instant >= self.shown.end_seconds + self.slack

    def next(self) -> _Shown | None:
        """Move on to the next frame; None after the last one."""
        self.shown, self.following = self.following, next(self.frames, None) if self.following else None
        return self.shown

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
            with contextlib.suppress(FFmpegError):  # no seeking in this file, or it landed where decoding cannot begin
                self.container.seek(self._pts(instant - back), stream=self.stream)
                self.frames = self._decode()
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
        seconds, first_dts = -self.period, None
        for packet in self.container.demux(self.stream):
            first_dts = packet.dts if first_dts is None and packet.size else first_dts
            for frame in self._frames_of(packet):
                pts, length, before = frame.pts, frame.duration * self.tick, seconds
                if self.is_avi:
                    # AVI stores no presentation times, only an order of decoding, behind which the pictures lag
                    # as much as the first one does.
                    self.lag = (frame.dts or 0) - (first_dts or 0) if self.lag is None else self.lag
                    pts, length = None if frame.dts is None else frame.dts - self.lag, self.period
                # Some frames come without a time: then they follow each other at the track's rate.
                seconds = seconds + self.period if pts is None else pts * self.tick - self.zero
                self.decoded += 1
                if seconds < before - JUMP_BACK_SECONDS:
                    return
                yield _Shown(frame, seconds, seconds + (length or self.period))

    def _frames_of(self, packet: av.Packet) -> list[av.VideoFrame]:
        try:
            return packet.decode()
        except ArgumentError as error:
            reason = f"{error.strerror}: its pictures may be larger than the {MAX_PIXELS:,} pixels (8K) allowed"
            raise MediaError(self.path, f"{NO_DECODE} ({reason})") from error

    def _pts(self, instant: float) -> int:
        return math.floor((instant + self.slack + self.zero) / self.tick)


def _full_size(frame: av.VideoFrame, pixel_aspect: float, path: str | Path) -> tuple[int, int]:
    is_lying, _ = _orientation(frame, path)
    return _turned(resized_size(frame.height, frame.width * pixel_aspect, None), is_lying)


def _demand_moderate(path: str | Path, size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        reason = f"shown as {size[0]} x {size[1]} pixels, more than the {MAX_PIXELS:,} (8K) allowed"
        raise MediaError(path, f"{NO_DECODE} ({reason}: is the shape of its pixels right?)")


class _Resizer:
    """One for all frames of a track: its tables take longer to make than to use."""

    def __init__(self) -> None:
        self.reformatter = VideoReformatter()
        self.unmarkers: dict[tuple, Graph] = {}

    def resized(self, frame: av.VideoFrame, height: int, width: int) -> UInt8[np.ndarray, "height width 3"]:
        """Resize a frame as it is stored."""
        if frame.interlaced_frame:
            frame = self._unmarked(frame)
        how: dict = {"format": "rgb24", "interpolation": Interpolation.BILINEAR, "threads": 1}
        return self.reformatter.reformat(frame, width, height, **how).to_ndarray()

    def _unmarked(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The same picture, not marked as interlaced: its two fields would be resized each by itself."""
        kind: dict[str, Any] = {"width": frame.width, "height": frame.height, "format": frame.format.name}
        graph = self.unmarkers.get(tuple(kind.values()))
        if graph is None:
            graph = self.unmarkers[tuple(kind.values())] = Graph()
            nodes = (
                graph.add_buffer(**kind, time_base=Fraction(1)),
                graph.add("setfield", "prog"),
                graph.add("buffersink"),
            )
            graph.link_nodes(*nodes).configure()
        graph.push(frame)
        return cast(av.VideoFrame, graph.pull())


def _picture(
    frame: av.VideoFrame, size: tuple[int, int], resizer: _Resizer, path: str | Path
) -> UInt8[np.ndarray, "height width 3"]:
    """Turn a decoded frame upright and resize it, to a height and width."""
    is_lying, flips = _orientation(frame, path)
    pixels = resizer.resized(frame, *_turned(size, is_lying))
    return (pixels.swapaxes(0, 1) if is_lying else pixels)[flips]


def _orientation(frame: av.VideoFrame, path: str | Path) -> tuple[bool, tuple[slice, slice]]:
    """Whether rows are to become columns, and which axes then run backwards: the display matrix, to quarter turns."""
    try:
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload] - its keys are types
    except ValueError:  # a frame with EXIF, a kind of side data that PyAV does not know
        return exif_orientation(path)
    if matrix is None:
        return False, (slice(None), slice(None))
    x_to_x, x_to_y, _, y_to_x, y_to_y = np.frombuffer(matrix, np.int32)[:5].tolist()
    is_lying = abs(x_to_x) + abs(y_to_y) < abs(x_to_y) + abs(y_to_x)
    down, right = (x_to_y, y_to_x) if is_lying else (y_to_y, x_to_x)
    return is_lying, (slice(None, None, -1 if down < 0 else 1), slice(None, None, -1 if right < 0 else 1))
