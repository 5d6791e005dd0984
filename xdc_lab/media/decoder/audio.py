"""Decode the sound of a span of time as mono samples (paper 4.1)."""

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
from av.error import FFmpegError, InvalidDataError
from jaxtyping import Float
from torch import Tensor

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder.container import (
    JUMP_BACK_SECONDS,
    ROUNDING_SECONDS,
    audio_stream,
    open_container,
    translated_errors,
    zero_seconds,
)
from xdc_lab.media.findings import NO_AUDIO, NO_DECODE

_PREROLL_SECONDS = 0.5  # decoded ahead of the clip: overlapped transforms and bit reservoirs need a past
_MARGIN_SECONDS = 0.02  # around the clip, that the resampling filter reaches
_LOWEST_HZ, _HIGHEST_HZ = 1_000, 1_536_000  # sound is recorded with; other rates are a fault of the header
_BEGINNING_FRAMES = 4  # that show how a track's time stamps run
# Files of these formats are sought in by their mean bit rate, which is exact in plain samples only.
_GUESS_WHEN_SEEKING = {"wav", "w64", "aiff", "ac3", "eac3", "dts"}
_NEAR_SECONDS = 2.0  # between two parts: to decode that much takes less than to open and seek anew
_JITTER_SECONDS = 0.1  # a gap shorter than this and than a packet is jitter of the time stamps: nothing is missing


@dataclass(frozen=True, eq=False)
class Waveform:
    """Mono sound.

    Attributes:
        samples: in -1..1.
        sample_rate_hz: of `samples`.
        padded_seconds: how much of it lies outside the track and is therefore digital silence.
        end_seconds: when the track ends, if that was met.
    """

    samples: Float[Tensor, " samples"]
    sample_rate_hz: int
    padded_seconds: float
    end_seconds: float | None

    def __repr__(self) -> str:
        """Show the length, not the samples."""
        seconds, padded = len(self.samples) / self.sample_rate_hz, self.padded_seconds
        return f"Waveform({seconds:.3f} s at {self.sample_rate_hz} Hz, padded_seconds={padded:.3f})"


def read_waveform(
    path: str | Path, *, start_seconds: float, duration_seconds: float, sample_rate_hz: int = 16_000
) -> Waveform:
    """Read sound as mono at one rate; what lies outside the track is digital silence (paper 4.1).

    The samples at a time are the same whatever the start, except where a codec with frames of varying length
    (Vorbis) is in a container that rounds times (Matroska): there they are exact to a millisecond.

    Raises:
        MediaError: if there is no audio track, or it does not decode.
    """
    first, count = round(start_seconds * sample_rate_hz), round(duration_seconds * sample_rate_hz)
    with translated_errors(path), contextlib.closing(_AudioTrack(path)) as track:
        rate = track.rate
        # Samples of both rates coincide once a block: from there, the result does not depend on the start.
        block, out_block = (value // math.gcd(rate, sample_rate_hz) for value in (rate, sample_rate_hz))
        blocks = math.floor((first / sample_rate_hz - _MARGIN_SECONDS) * rate / block)
        begin, end = blocks * block, math.ceil(((first + count) / sample_rate_hz + _MARGIN_SECONDS) * rate)
        sound, covered, track_end = _read_mono(track, begin, end)
        offset = first - blocks * out_block
        samples = _resampled(sound, rate, sample_rate_hz)[offset : offset + count]
        if not np.isfinite(samples).all():
            raise MediaError(path, f"{NO_DECODE} (its sound holds NaN or infinity)")
    wanted = slice(*(round(bound * rate / sample_rate_hz) - begin for bound in (first, first + count)))
    padded_seconds = float(np.count_nonzero(~covered[wanted])) / rate
    end_seconds = None if track_end is None else track_end / rate
    return Waveform(torch.from_numpy(samples), sample_rate_hz, padded_seconds, end_seconds)


def read_waveforms(
    path: str | Path, parts_seconds: Sequence[tuple[float, float]], *, sample_rate_hz: int = 16_000
) -> list[Float[Tensor, " samples"]]:
    """Read the samples of several parts, of starts and durations; those that are near each other are decoded at once.

    Each as `read_waveform` has it, to the last bit where one is alone; where several are decoded at once, the noise
    that AAC draws anew is another.

    Raises:
        MediaError: as `read_waveform`.
    """
    bounds = [tuple(round(seconds * sample_rate_hz) for seconds in part) for part in parts_seconds]
    sounds: dict[int, Tensor] = {}
    for near in _near(bounds, round(_NEAR_SECONDS * sample_rate_hz)):
        first, end = bounds[near[0]][0], max(sum(bounds[number]) for number in near)
        seconds = {"start_seconds": first / sample_rate_hz, "duration_seconds": (end - first) / sample_rate_hz}
        whole = read_waveform(path, **seconds, sample_rate_hz=sample_rate_hz).samples
        for number in near:
            start, count = bounds[number]
            sounds[number] = whole[start - first : start - first + count]
    return [sounds[number] for number in range(len(bounds))]


def _near(bounds: Sequence[tuple[int, ...]], gap: int) -> list[list[int]]:
    """Numbers of the parts (start, count), in the order of their starts, cut where a longer gap lies between two."""
    groups: list[list[int]] = []
    reached = -math.inf
    for number in sorted(range(len(bounds)), key=bounds.__getitem__):
        if bounds[number][0] > reached + gap:
            groups.append([])
        groups[-1].append(number)
        reached = max(reached, sum(bounds[number]))
    return groups


class _AudioTrack:
    """An audio track as mono parts with their positions, in samples of its own rate since time 0."""

    def __init__(self, path: str | Path):
        self.path = path
        self._reopen()
        # Without the limit, floating-point samples would be mixed louder than they were.
        options = {"rematrix_maxval": "1"}
        self.mix = av.AudioResampler(format="fltp", layout="mono", rate=self.rate, options=options)

    def _reopen(self) -> None:
        self.container = open_container(self.path)
        stream = audio_stream(self.container)
        if stream is None:
            raise MediaError(self.path, NO_AUDIO)
        self.stream, self.rate = stream, stream.codec_context.sample_rate
        if not _LOWEST_HZ <= self.rate <= _HIGHEST_HZ:
            allowed = f"of {_LOWEST_HZ} to {_HIGHEST_HZ} Hz"
            raise MediaError(self.path, f"{NO_DECODE} (a sample rate of {self.rate}, {allowed})")
        self.zero, self.tick = zero_seconds(self.container), stream.time_base or Fraction(1)
        self.is_exact = (1 / self.tick) % self.rate == 0  # a time names one sample
        is_plain = stream.codec_context.name.startswith("pcm_")
        self.can_seek = is_plain or self.container.format.name not in _GUESS_WHEN_SEEKING

    def close(self) -> None:
        self.container.close()

    def parts(self, begin: int) -> Iterator[tuple[int, np.ndarray]]:
        """Yield (position, samples) from sample `begin` or before.

        A part begins where the last ended unless its time says that there is a gap of a packet or more.
        """
        end = None
        for position, frame in self._frames_from(begin):
            position, frame.pts = self._placed(position, end, frame.samples), None
            if end is not None and position < end - JUMP_BACK_SECONDS * self.rate:
                return
            samples = np.concatenate([part.to_ndarray()[0] for part in self.mix.resample(frame)])
            yield position, samples
            end = position + len(samples)

    def _placed(self, position: int | None, end: int | None, samples: int) -> int:
        """Where a part begins that follows one with that end, if any."""
        if position is None or end is None:
            return end or position or 0
        rounding, jitter = 2 * max(ROUNDING_SECONDS, float(self.tick)) * self.rate, _JITTER_SECONDS * self.rate
        return end if abs(position - end) <= max(rounding, min(samples - 1, jitter)) else position

    def _frames_from(self, begin: int) -> Iterator[tuple[int | None, av.AudioFrame]]:
        """Seek to a time before `begin`; step further back for as long as the first frame is too late."""
        back, snapped = _PREROLL_SECONDS, lambda position: position
        start = float((self.stream.start_time or 0) * self.tick) - self.zero
        while self.can_seek and begin / self.rate - back > start + _PREROLL_SECONDS:
            if back == _PREROLL_SECONDS:
                snapped = self._regular_positions()
            pts = math.floor((begin / self.rate - back + self.zero) / self.tick)
            try:
                self.container.seek(pts, stream=self.stream)
            except FFmpegError:  # no seeking in this file
                break
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
        """How to correct a rounded or jittering time: frames of one length follow the first, at a known position."""
        beginning = list(itertools.islice(self._decode(is_start=True), _BEGINNING_FRAMES))
        positions = [position for position, _ in beginning if position is not None]
        if not len(positions) == len(beginning) > 1:
            return lambda position: position
        origin, length, jitter = positions[0], beginning[1][1].samples, 0
        for position, (_, frame), (_, before) in zip(positions[1:], beginning[1:], beginning, strict=False):
            end = origin + before.samples
            origin = self._placed(position, end, frame.samples)
            jitter = max(jitter, abs(position - origin))
        rounding = 0 if self.is_exact else max(ROUNDING_SECONDS, self.tick) * self.rate + 1
        jitters = jitter > 2 * rounding
        tolerance = min(length / 2, _JITTER_SECONDS * self.rate) if jitters else rounding

        def snapped(position: int) -> int:
            regular = origin + round((position - origin) / length) * length
            return regular if abs(regular - position) <= tolerance else position

        return snapped

    def _decode(self, *, is_start: bool) -> Iterator[tuple[int | None, av.AudioFrame]]:
        for packet in self.container.demux(self.stream):
            try:
                frames = packet.decode()
            except InvalidDataError:
                if is_start:
                    raise
                continue  # after seeking, a frame may need others that came before
            for frame in frames:
                if frame.sample_rate != self.rate:
                    rates = f"from {self.rate} to {frame.sample_rate} Hz"
                    raise MediaError(self.path, f"{NO_DECODE} (the sample rate changes {rates})")
                is_start = True
                yield None if frame.pts is None else self._position(frame.pts), frame

    def _position(self, pts: int) -> int:
        return round((pts * self.tick - self.zero) * self.rate)


def _read_mono(track: _AudioTrack, begin: int, end: int) -> tuple[np.ndarray, np.ndarray, int | None]:
    """Samples `begin` to `end` as mono, which of them the track has, and its end if it was met."""
    sound, covered = np.zeros(end - begin, dtype=np.float32), np.zeros(end - begin, dtype=bool)
    position, samples = 0, sound[:0]
    for position, samples in track.parts(begin):
        if position >= end:
            return sound, covered, None
        low, high = max(position, begin), min(position + len(samples), end)
        if low < high:
            sound[low - begin : high - begin] = samples[low - position : high - position]
            covered[low - begin : high - begin] = True
    return sound, covered, position + len(samples)


def _resampled(sound: np.ndarray, rate: int, sample_rate_hz: int) -> Float[np.ndarray, " samples"]:
    if rate == sample_rate_hz:
        return sound
    frame = av.AudioFrame.from_ndarray(sound[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=sample_rate_hz)
    parts = resampler.resample(frame) + resampler.resample(None)
    return np.concatenate([part.to_ndarray()[0] for part in parts])
