"""Probe a file: what it holds, and what is wrong with it (paper 4.1: silent videos are filtered out)."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder import Header, Waveform, read_frames, read_header, read_waveform, stream_frames
from xdc_lab.media.findings import MODALITIES, NO_AUDIO, NO_DECODE, NO_VIDEO, TOO_SHORT, Probe, too_short

PICTURE_SECONDS = 2.0  # of the static clip that a picture is: as long as the longest clip of the paper, its sound

_MISSING_SECONDS = 0.5  # a track that ends this much before its header says so has lost its end
_TASTE_SECONDS, _TASTE_PX = 0.1, 32
_BEYOND_SECONDS = 1e6
_BLOCK_SECONDS = 10.0  # of sound, decoded at once
_JUMP_SECONDS = 10.0  # a shorter hole in a film is one; FFmpeg calls a longer one a jump of the time stamps, too


def probe(
    path: str | Path,
    *,
    start_seconds: float = 0.0,
    end_seconds: float | None = None,
    min_seconds: float = 0.0,
    modalities: Sequence[str] = MODALITIES,
    thorough: bool = False,
) -> Probe:
    """Read the header and decode a little at the beginning, in the middle and at the end.

    Args:
        start_seconds: where the part that is used begins.
        end_seconds: where it ends; None: with the file.
        min_seconds: a shorter part is "too short".
        modalities: the tracks it must have.
        thorough: decode all of it.
    """
    try:
        header = read_header(path)
    except MediaError as error:
        return Probe(problem=NO_DECODE, detail=error.reason)
    facts = _header_facts(header)
    needed = {"video": header.video_codec, "audio": header.audio_codec}
    if not any(needed.values()):
        return Probe(**facts, problem=NO_DECODE, detail="neither a video nor an audio track")
    for modality, problem in (("video", NO_VIDEO), ("audio", NO_AUDIO)):
        if modality in modalities and not needed[modality]:
            return Probe(**facts, problem=problem)
    try:
        own = [name for name in modalities if needed[name]]
        facts |= _tasted(path, header, own)
        if thorough:
            _demand_whole(path, own)
    except MediaError as error:
        return Probe(**facts, problem=NO_DECODE, detail=error.reason)
    end = facts["duration_seconds"] if end_seconds is None else min(end_seconds, facts["duration_seconds"])
    if end - start_seconds < max(min_seconds, 1e-3):
        return Probe(**facts, problem=TOO_SHORT, detail=too_short(end - start_seconds, min_seconds))
    return Probe(**facts)


def _header_facts(header: Header) -> dict:
    known = {
        "frame_rate_hz": None if header.is_picture else header.frame_rate_hz,
        "sample_rate_hz": header.sample_rate_hz,
        "channels": header.channels,
        "duration_seconds": header.duration_seconds,
    }
    facts: dict = {name: float(value) for name, value in known.items() if value is not None}
    return facts | {"video_codec": header.video_codec or "", "audio_codec": header.audio_codec or ""}


def _tasted(path: str | Path, header: Header, modalities: Sequence[str]) -> dict:
    """Decode each track in three places; what that adds to the header.

    Raises:
        MediaError: if a place does not decode, or a track ends well before its header says.
    """
    if header.is_picture:
        height, width = read_frames(path, [0.0], short_side_px=_TASTE_PX).full_size
        return {"width_px": float(width), "height_px": float(height), "duration_seconds": PICTURE_SECONDS}
    own = {"video": header.video_seconds, "audio": header.audio_seconds}
    ends, missing, facts, holes = {}, {}, {}, []
    for modality in modalities:
        claim = own[modality] if own[modality] is not None else header.duration_seconds
        end, found, is_hole = {"video": _taste_video, "audio": _taste_audio}[modality](path, claim)
        facts |= found
        holes.append(is_hole)
        ends[modality], missing[modality] = end, 0.0 if claim is None else claim - end
    lost = [name for name in modalities if own[name] is not None and missing[name] > _MISSING_SECONDS]
    # Without durations of the tracks, a header speaks of the longest: all of them together prove a loss.
    if lost or (header.tracks == len(modalities) and min(missing.values()) > _MISSING_SECONDS):
        name = (lost or list(modalities))[0]
        raise MediaError(path, f"{NO_DECODE} (the {name} ends {missing[name]:.1f} s before its header says)")
    if all(holes):
        hole = f"no film around the middle of {min(ends.values()):.0f} s: its time stamps jump"
        raise MediaError(path, f"{NO_DECODE} ({hole}; write it anew without the gap, or cut it there)")
    return facts | {"duration_seconds": min(ends.values())}


def _demand_whole(path: str | Path, modalities: Sequence[str]) -> None:
    """Decode all of the tracks.

    Raises:
        MediaError: if some of it does not decode, with its place.
    """
    reached = 0.0
    for modality in modalities:
        reached = 0.0
        try:
            for seconds in _WHOLE[modality](path):
                reached = seconds
        except MediaError as error:
            raise MediaError(path, f"{error.reason} (the {modality}, after {reached:.1f} s)") from error


def _all_frames(path: str | Path) -> Iterator[float]:
    for frame in stream_frames(path, largest_px=_TASTE_PX):
        yield frame.end_seconds


def _all_sound(path: str | Path) -> Iterator[float]:
    for begin in itertools.count(0.0, _BLOCK_SECONDS):
        sound = read_waveform(path, start_seconds=begin, duration_seconds=_BLOCK_SECONDS)
        if sound.end_seconds is not None and sound.end_seconds < begin + _BLOCK_SECONDS:
            return
        yield begin + _BLOCK_SECONDS


_WHOLE = {"video": _all_frames, "audio": _all_sound}


def _taste_video(path: str | Path, claim: float | None) -> tuple[float, dict, bool]:
    """When the track ends, what is new, and whether one picture stands for a quarter of it up to its middle."""
    frames = read_frames(path, _places(claim), short_side_px=_TASTE_PX)
    height, width = frames.full_size
    is_hole = claim is not None and claim / 2 - float(frames.pts_seconds[1]) > max(_JUMP_SECONDS, claim / 4)
    return _end(claim, frames.end_seconds), {"width_px": float(width), "height_px": float(height)}, is_hole


def _taste_audio(path: str | Path, claim: float | None) -> tuple[float, dict, bool]:
    """When the track ends, what is new, and whether a quarter of it, around its middle, holds no sound."""

    def taste(place: float) -> Waveform:
        return read_waveform(path, start_seconds=place, duration_seconds=_TASTE_SECONDS)

    tastes = [taste(place) for place in _places(claim)]
    is_hole = (
        claim is not None
        and claim > 4 * _JUMP_SECONDS
        and _is_empty(tastes[1])
        and all(_is_empty(taste(claim * share)) for share in (3 / 8, 5 / 8))
    )
    return _end(claim, tastes[-1].end_seconds), {}, is_hole


def _is_empty(sound: Waveform) -> bool:
    return sound.padded_seconds > 0.99 * _TASTE_SECONDS


def _places(claim: float | None) -> list[float]:
    """Beginning, middle and end; an end that nobody knows is looked for beyond any."""
    return [0.0, _BEYOND_SECONDS] if claim is None else [0.0, claim / 2, max(0.0, claim - _TASTE_SECONDS)]


def _end(claim: float | None, met: float | None) -> float:
    return min(end for end in (claim, met, _BEYOND_SECONDS) if end is not None)
