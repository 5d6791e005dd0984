"""Frames and a waveform in, an H.264 + AAC MP4 file out: how the demo set becomes real files (paper 4.1)."""

import contextlib
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float, UInt8

from xdc_lab.errors import SettingError

KEYFRAME_EVERY = 12  # frames; a short distance between keyframes makes random access three times as fast
AAC_BIT_RATE = 64_000
# Without noise substitution a decoder draws no random numbers: a clip sounds the same wherever reading began.
AAC_OPTIONS = {"flags": "+bitexact", "aac_pns": "0"}


def write_video(
    path: str | Path,
    frames: UInt8[np.ndarray, "frames height width 3"] | None,
    *,
    frame_rate_hz: float = 30.0,
    waveform: Float[np.ndarray, " samples"] | None = None,
    sample_rate_hz: int = 16_000,
    crf: int = 23,
    preset: str = "veryfast",
) -> None:
    """Write one MP4 file, whole or not at all; the same input makes the same bytes.

    Args:
        path: the file; its folder is made.
        frames: RGB frames of even height and width; None writes a file with sound alone.
        waveform: mono samples in -1..1; None writes a silent file (one without an audio track).
        crf: H.264's quality, 0 (lossless) to 51 (worst).

    Raises:
        SettingError: if there is nothing to write, or the frames cannot be H.264 with 4:2:0 colour.
    """
    _demand_writable(frames, waveform)
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with av.open(
            f"file:{unfinished}",  # a colon in a name is otherwise read as a protocol
            "w",
            format="mp4",
            options={"movflags": "+faststart", "fflags": "+bitexact"},
        ) as container:
            _encode(container, frames, waveform, frame_rate_hz, sample_rate_hz, crf, preset)
        os.replace(unfinished, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()


def _demand_writable(frames: np.ndarray | None, waveform: np.ndarray | None) -> None:
    if (frames is None or not len(frames)) and (waveform is None or not len(waveform)):
        raise SettingError("neither frames nor a waveform to write; give at least one of them")
    if frames is not None and (frames.shape[1] % 2 or frames.shape[2] % 2):
        raise SettingError(
            f"frames of {frames.shape[1]} x {frames.shape[2]} pixels (height x width) cannot be written: "
            "H.264 with 4:2:0 colour needs an even height and width"
        )


def _encode(
    container: av.container.OutputContainer,
    frames: np.ndarray | None,
    waveform: np.ndarray | None,
    frame_rate_hz: float,
    sample_rate_hz: int,
    crf: int,
    preset: str,
) -> None:
    """Encode both tracks side by side, so that a player finds the sound beside its pictures."""
    video = audio = None
    rate = Fraction(frame_rate_hz).limit_denominator(1001)
    if frames is not None and len(frames):
        options = {"crf": str(crf), "preset": preset, "flags": "+bitexact", "threads": "1"}
        video = container.add_stream("libx264", rate=rate, options=options)
        video.height, video.width = frames.shape[1:3]
        video.pix_fmt = "yuv420p"
        video.codec_context.gop_size = KEYFRAME_EVERY
        video.codec_context.thread_count = 1
    if waveform is not None and len(waveform):
        audio = container.add_stream("aac", rate=sample_rate_hz, layout="mono", options=dict(AAC_OPTIONS))
        audio.bit_rate = AAC_BIT_RATE
    container.start_encoding()
    chunks = _audio_chunks(waveform, sample_rate_hz, rate) if audio is not None else iter(())
    for index, pixels in enumerate(frames if video is not None else ()):
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
        picture.pts, picture.time_base = index, 1 / rate
        container.mux(video.encode(picture))
        for sound in next(chunks, ()):
            container.mux(audio.encode(sound))
    for rest in chunks:
        for sound in rest:
            container.mux(audio.encode(sound))
    for stream in (video, audio):
        if stream is not None:
            container.mux(stream.encode(None))


def _audio_chunks(waveform: np.ndarray, sample_rate_hz: int, rate: Fraction) -> Iterator[list[av.AudioFrame]]:
    """Yield, for each video frame's duration, the audio frame that sounds during it."""
    samples, start, index = np.clip(waveform, -1, 1).astype(np.float32), 0, 0
    while start < len(samples):
        index += 1
        end = max(start, int(index * sample_rate_hz / rate))
        part = np.ascontiguousarray(samples[None, start:end])
        if part.size == 0:
            yield []
            continue
        sound = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        sound.sample_rate, sound.pts, sound.time_base = sample_rate_hz, start, Fraction(1, sample_rate_hz)
        yield [sound]
        start = end
