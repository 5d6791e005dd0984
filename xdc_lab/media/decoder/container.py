"""Open a media file and read what its header claims; time 0 is where the earliest track begins."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition

from xdc_lab.errors import MediaError

NO_AUDIO, NO_VIDEO, NO_DECODE = "no audio track", "no video track", "does not decode"
ROUNDING_SECONDS = 0.0005  # containers round times, the coarsest common ones (Matroska, FLV) to milliseconds


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


def read_header(path: str | Path) -> Header:
    """Read what the header says, without decoding.

    Raises:
        MediaError: if the file cannot be opened as media.
    """
    with translated_errors(path), open_container(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        return Header(
            duration_seconds=_container_seconds(container),
            video_seconds=_track_seconds(video, container),
            audio_seconds=_track_seconds(audio, container),
            frame_rate_hz=None if video is None else frame_rate_hz(container, video),
            sample_rate_hz=audio.codec_context.sample_rate if audio else None,
            channels=audio.codec_context.channels if audio else None,
            video_codec=video.codec_context.name if video else None,
            audio_codec=audio.codec_context.name if audio else None,
        )


def open_container(path: str | Path) -> InputContainer:
    """Open a file to read it."""
    # "file:" because a colon in a name is read as a protocol; the whitelist because a text file may be a
    # playlist that names addresses.
    return av.open(f"file:{path}", metadata_errors="ignore", options={"protocol_whitelist": "file"})


@contextlib.contextmanager
def translated_errors(path: str | Path) -> Iterator[None]:
    """Raise whatever the decoder says as a MediaError."""
    try:
        yield
    except (FFmpegError, OSError) as error:
        raise MediaError(path, f"{NO_DECODE} ({error.strerror or error})") from error


def video_stream(container: InputContainer) -> av.VideoStream | None:
    """The first video track that has a decoder and is not a cover picture, with one decoding thread."""
    for stream in container.streams.video:
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic:
            stream.codec_context.thread_count = 1  # a worker per core beats threads in the decoder
            return stream
    return None


def audio_stream(container: InputContainer) -> av.AudioStream | None:
    """The first audio track that has a decoder."""
    for stream in container.streams.audio:
        if stream.codec_context is not None and stream.codec_context.sample_rate:
            stream.codec_context.thread_count = 1
            return stream
    return None


def frame_rate_hz(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Mean rate of a video track; in AVI, whose header knows only the clock's, the rate that its codec tells."""
    rates = (stream.average_rate, stream.guessed_rate)
    rate = next(filter(None, rates[::-1] if container.format.name == "avi" else rates), None)
    return None if rate is None else float(rate)


def zero_seconds(container: InputContainer) -> float:
    """The file's own time that is time 0 here: its start, not a codec's priming samples before 0."""
    return max(0.0, (container.start_time or 0) / av.time_base)


def _container_seconds(container: InputContainer) -> float | None:
    if container.duration is None:
        return None
    begin = (container.start_time or 0) / av.time_base
    return begin + container.duration / av.time_base - zero_seconds(container)


def _track_seconds(stream: av.VideoStream | av.AudioStream | None, container: InputContainer) -> float | None:
    """When the track ends, by its own header."""
    if stream is None or stream.duration is None or stream.time_base is None:
        return None
    return float(((stream.start_time or 0) + stream.duration) * stream.time_base) - zero_seconds(container)
