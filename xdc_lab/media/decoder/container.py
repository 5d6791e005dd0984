"""Open a media file and read what its header claims; time 0 is where the earliest track begins."""

import contextlib
import functools
import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import av
from av.container import InputContainer
from av.error import ArgumentError
from av.stream import Disposition

from xdc_lab.errors import MediaError, XdcError
from xdc_lab.media.findings import NO_DECODE
from xdc_lab.media.tar_member import find_member

ROUNDING_SECONDS = 0.0005  # containers round times, the coarsest common ones (Matroska, FLV) to milliseconds
JUMP_BACK_SECONDS = 1.0  # time stamps that fall by more begin another film in the same file: this one has ended
MAX_PIXELS = 8192 * 4320  # of a picture: 8K; larger ones would take gigabytes
_SAY_THE_END = ("matroska,webm", "ogg", "nut")  # their headers say when a film ends, others how long it is
_PICTURES = ("_pipe", "image2")  # formats of one picture, jpeg_pipe; their time and rate are FFmpeg's invention
_PRIMING_SECONDS = 0.1  # no codec needs more samples before time 0 to start
_STALLED_SECONDS = 10.0  # how long to wait for a file's next packet, which takes milliseconds
# Files of these formats are lists of other files: one that is named .mp4 would have its neighbours opened.
_LISTS_OF_FILES = {"concat", "dash", "hls", "imf", "mlv", "rtsp", "sdp", "vobsub", "webm_dash_manifest"}

_NO_FILES = {  # by the letter that `ls -l` shows
    "d": "a folder, not a file",
    "p": "a named pipe, not a file",
    "s": "a socket, not a file",
    "c": "a device, not a file",
    "b": "a device, not a file",
}

# Titles and authors in any encoding; PyAV 19 takes no such word any more, for it reads them so by itself.
_ANY_METADATA: dict[str, Any] = {"metadata_errors": "ignore"} if int(av.__version__.partition(".")[0]) < 19 else {}

_Track = TypeVar("_Track", av.VideoStream, av.AudioStream)


@dataclass(frozen=True)
class Header:
    """What a file's header claims; None is what it does not say."""

    tracks: int
    duration_seconds: float | None
    video_seconds: float | None
    audio_seconds: float | None
    frame_rate_hz: float | None
    sample_rate_hz: int | None
    channels: int | None
    video_codec: str | None
    audio_codec: str | None
    is_picture: bool = False


def read_header(path: str | Path) -> Header:
    """Read what the header says, without decoding.

    Raises:
        MediaError: if the file cannot be opened as media.
    """
    with translated_errors(path), open_container(path) as container:
        video, audio = video_stream(container), audio_stream(container)
        return Header(
            tracks=len(container.streams),
            duration_seconds=_container_seconds(container),
            video_seconds=_track_seconds(video, container),
            audio_seconds=_track_seconds(audio, container),
            frame_rate_hz=None if video is None else frame_rate_hz(container, video),
            sample_rate_hz=audio.codec_context.sample_rate if audio else None,
            channels=audio.codec_context.channels if audio else None,
            video_codec=video.codec_context.name if video else None,
            audio_codec=audio.codec_context.name if audio else None,
            is_picture=container.format.name.endswith(_PICTURES),
        )


def open_container(path: str | Path) -> InputContainer:
    """Open a file, and no other, to read it.

    Raises:
        MediaError: if it is no regular file (a named pipe would keep the reader waiting), or takes too long.
    """
    member = find_member(path)
    if member is None and (strange := _no_file(path)):
        raise MediaError(path, f"{NO_DECODE} ({strange})")
    # "file:" because a colon in a name is read as a protocol; the whitelists because a text file may be a
    # playlist that names addresses or other files.
    url, protocols = f"file:{path}", "file"
    if member is not None:
        url, protocols = f"subfile,,start,{member.start},end,{member.end},,:file:{member.archive}", "file,subfile"
    options = {"protocol_whitelist": protocols, "format_whitelist": _formats(), "max_pixels": str(MAX_PIXELS)}
    options["pattern_type"] = "none"  # a picture named "%d.jpg" is no series of pictures
    begun = time.monotonic()
    try:
        container = av.open(url, options=options, timeout=_STALLED_SECONDS, **_ANY_METADATA)
    except ArgumentError as error:
        raise MediaError(path, f"{NO_DECODE} ({error.strerror}: perhaps a list of other files, not a film)") from error
    if time.monotonic() - begun >= _STALLED_SECONDS:  # interrupted: the decoder does not say so
        container.close()
        raise MediaError(path, f"{NO_DECODE} (it holds almost nothing: {_STALLED_SECONDS:.0f} s did not open it)")
    return container


def _no_file(path: str | Path) -> str:
    """What stands in a file's place: opening a named pipe would wait for ever; "" for a file, or for nothing."""
    try:
        kind = stat.filemode(os.stat(path).st_mode)[0]
    except (OSError, ValueError):
        return "its name is not UTF-8; rename it" if "\\udc" in str(path) else ""
    return _NO_FILES.get(kind, "")


@functools.cache
def _formats() -> str:
    return ",".join(sorted(av.formats_available - _LISTS_OF_FILES))


@contextlib.contextmanager
def translated_errors(path: str | Path) -> Iterator[None]:
    """Raise whatever goes wrong in the decoder, of any type, as a MediaError: no file ends a run."""
    try:
        yield
    except XdcError:
        raise
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MediaError(path, f"{NO_DECODE} ({reason})") from error


def video_stream(container: InputContainer) -> av.VideoStream | None:
    """The video track that players show, with one decoding thread; no cover picture."""
    pictures = (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)
    stream = _chosen(pictures)
    if stream is not None:
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    return stream


def audio_stream(container: InputContainer) -> av.AudioStream | None:
    """The audio track that players play, with one decoding thread."""
    return _chosen(stream for stream in container.streams.audio if getattr(stream.codec_context, "sample_rate", 0))


def _chosen(streams: Iterable[_Track]) -> _Track | None:
    """The first track marked as the default one, of those with a decoder; without such a mark, the first."""
    usable = [stream for stream in streams if stream.codec_context is not None]
    chosen = max(usable, key=lambda stream: bool(stream.disposition & Disposition.default), default=None)
    if chosen is not None:
        chosen.codec_context.thread_count = 1  # a worker per core beats threads in the decoder
    return chosen


def frame_rate_hz(container: InputContainer, stream: av.VideoStream) -> float | None:
    """Mean rate of a video track; in AVI, whose header knows only the clock's, the rate that its codec tells."""
    rates = (stream.average_rate, stream.guessed_rate)
    rate = next(filter(None, rates[::-1] if container.format.name == "avi" else rates), None)
    return None if rate is None else float(rate)


def zero_seconds(container: InputContainer) -> float:
    """The file's own time that is time 0 here: its start, not a codec's priming samples before 0."""
    start = (container.start_time or 0) / av.time_base
    return 0.0 if -_PRIMING_SECONDS <= start < 0 else start


def _container_seconds(container: InputContainer) -> float | None:
    if container.duration is None:
        return None
    begin = 0 if container.format.name in _SAY_THE_END else (container.start_time or 0) / av.time_base
    return begin + container.duration / av.time_base - zero_seconds(container)


def _track_seconds(stream: av.VideoStream | av.AudioStream | None, container: InputContainer) -> float | None:
    """When the track ends, by its own header."""
    if stream is None or stream.duration is None or stream.time_base is None:
        return None
    if container.format.name in (*_SAY_THE_END, "mpeg"):  # "mpeg": guessed from the last packet that is found
        return None
    return float(((stream.start_time or 0) + stream.duration) * stream.time_base) - zero_seconds(container)
