"""Small media to share: filmstrips, H.264 + AAC previews, the encoder's log-mel (paper 5)."""

import io
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from PIL import Image
from tqdm.auto import tqdm

from xdc_lab.analysis.pictures.clip_pictures import span_of
from xdc_lab.datasets.item_spans import ItemSpan
from xdc_lab.errors import MediaError, XdcError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.clip_times import centre_start
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.inputs import model_input
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.media.writer import Encoding, write_video
from xdc_lab.runs.bars import draws_bars
from xdc_lab.runs.folder import whole_file, write_text
from xdc_lab.settings import setting

KINDS = ("strip", "mel", "clip", "sound")  # pictures, log-mel, picture with sound, sound alone
ENDINGS = {"strip": ".webp", "mel": ".png", "clip": ".mp4", "sound": ".m4a"}
SHADES = 16  # of the log-mel: 4 bits a cell
FLOOR, CEILING = (-10.0, 4.0)  # log power that is blank, and that is full: fixed, so that a quiet clip looks quiet
CONTRAST = 1.7  # makes the ground recede behind what sounds


@runtime_checkable
class ClipSource(Protocol):
    """What clips come from: an opened run, or any items table with the numbers of its clips."""

    @property
    def path(self) -> Path:
        """The folder that holds, or will hold, `previews`."""
        ...

    @property
    def items(self) -> pd.DataFrame:
        """Row i is item i."""
        ...

    @property
    def video_settings(self) -> VideoClipSettings:
        """What a video clip is."""
        ...

    @property
    def audio_settings(self) -> AudioClipSettings:
        """What an audio clip is."""
        ...


@dataclass(frozen=True)
class PreviewSettings:
    """How small a preview is; small enough for the 10 nearest clips of dozens of clusters in one file."""

    strip_frames: int = setting(8, "ours", "pictures in a filmstrip")
    strip_px: int = setting(96, "ours", "short side of each")
    strip_quality: int = setting(55, "ours", "WebP, 0 to 100")
    clip_px: int = setting(128, "ours", "short side of the video")
    frame_rate_hz: float = setting(12.5, "ours", "of the video")
    crf: int = setting(30, "ours", "H.264 quality, 0 (best) to 51")
    sound_bit_rate: int = setting(40_000, "ours", "AAC, bits a second")


@dataclass(frozen=True)
class Preview:
    """The small media of one clip; a kind that is missing is explained in `note`.

    Attributes:
        files: kind -> file.
        about: what a page needs to show them: frames, aspect, seconds, heard, seen, note.
    """

    files: dict[str, Path]
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why there is nothing to show; "" if there is something."""
        return "" if self.files else self.about.get("note", "no preview")

    def size(self, kind: str) -> int:
        """Bytes of one kind; 0 if there is none."""
        return self.files[kind].stat().st_size if kind in self.files else 0


def make_previews(
    source: ClipSource,
    items: Iterable[int],
    *,
    settings: PreviewSettings | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> dict[int, Preview]:
    """Make the previews of some clips, in parallel; those that its folder `previews` has already are read.

    A file that does not decode has no media and a reason; nothing is raised for it.
    """
    settings, wanted = settings or PreviewSettings(), list(dict.fromkeys(int(item) for item in items))
    workers = workers or min(8, os.cpu_count() or 1)
    with ThreadPoolExecutor(workers) as pool:
        made = pool.map(lambda item: make_preview(source, item, settings=settings), wanted)
        bar = tqdm(made, total=len(wanted), desc="previews", disable=not draws_bars(progress))
        return dict(zip(wanted, bar, strict=True))


def make_preview(source: ClipSource, item: int, *, settings: PreviewSettings | None = None) -> Preview:
    """Make one clip's preview, or read it where it was made before of the same file with the same settings."""
    settings = settings or PreviewSettings()
    span = span_of({str(name): value for name, value in source.items.iloc[item].items()})
    base = source.path / "previews" / f"{item:06d}"
    key = _key(source, span, settings)
    known = _read(base, key)
    if known is not None:
        return known
    times = _times(source, span)
    heard, silent = _or_reason(lambda: _make_sound(base, span, times, source.audio_settings, settings))
    seen, blind = _or_reason(lambda: _make_pictures(base, span, times, heard.get("sound"), settings))
    files = {**seen, **heard}
    notes = dict.fromkeys(reason for reason in (blind, silent) if reason)
    about = {**times, "frames": settings.strip_frames, "note": "; ".join(notes)}
    if "strip" in files:
        with Image.open(files["strip"]) as strip:
            about["aspect"] = round(strip.width / settings.strip_frames / strip.height, 4)
    write_text(base.with_suffix(".json"), json.dumps({"key": key, "kinds": list(files), "about": about}))
    return Preview(files, about)


def media_message(
    source: ClipSource, item: int, *, settings: PreviewSettings | None = None
) -> tuple[dict[str, Any], list[bytes]]:
    """One clip's media as a widget sends them to its page: what they are, and their bytes; or why there are none."""
    try:
        preview = make_preview(source, item, settings=settings)
    except (XdcError, OSError, IndexError) as error:
        return {"kind": "media", "item": item, "about": {"note": str(error)}, "parts": []}, []
    parts = [kind for kind in preview.files if kind != "sound" or "clip" not in preview.files]
    data = [preview.files[kind].read_bytes() for kind in parts]
    return {"kind": "media", "item": item, "about": preview.about, "parts": parts}, data


def _times(source: ClipSource, span: ItemSpan) -> dict[str, Any]:
    """When the preview is, and which parts of it the encoders hear and see: the clip that features are made of."""
    video, audio = source.video_settings, source.audio_settings
    window = max(video.seconds, audio.seconds)
    start = centre_start(span.duration_seconds, window)
    leads = {
        "seen": (video.seconds, centre_start(window, video.seconds)),
        "heard": (audio.seconds, centre_start(window, audio.seconds)),
    }
    parts = {name: [round(lead, 3), round(lead + seconds, 3)] for name, (seconds, lead) in leads.items()}
    return {"start": round(span.start_seconds + start, 3), "seconds": round(window, 3), **parts}


def _or_reason(make: Callable[[], dict[str, Path]]) -> tuple[dict[str, Path], str]:
    """Files, or none and why."""
    try:
        return make(), ""
    except MediaError as error:
        return {}, error.reason


def _make_pictures(
    base: Path, span: ItemSpan, times: dict[str, Any], sound: Path | None, settings: PreviewSettings
) -> dict[str, Path]:
    """The filmstrip and the video with its sound, which is copied: encoding AAC once took most of the time.

    Raises:
        MediaError: if there is no video track, or it does not decode.
    """
    count = max(1, round(times["seconds"] * settings.frame_rate_hz))
    instants = times["start"] + np.arange(count) / settings.frame_rate_hz
    frames = read_frames(span.path, instants.tolist(), short_side_px=settings.clip_px).pixels
    pictures = np.ascontiguousarray(frames.permute(0, 2, 3, 1).numpy())
    pictures = pictures[:, : pictures.shape[1] // 2 * 2, : pictures.shape[2] // 2 * 2]
    strip, clip = (base.with_suffix(ENDINGS[kind]) for kind in ("strip", "clip"))
    chosen = np.linspace(0, count - 1, settings.strip_frames).round().astype(int)
    _write(strip, _filmstrip(pictures[chosen], settings), "WEBP", quality=settings.strip_quality, method=4)
    encoding = Encoding(crf=settings.crf)
    write_video(clip, pictures, frame_rate_hz=settings.frame_rate_hz, encoding=encoding, sound_file=sound)
    return {"strip": strip, "clip": clip}


def _make_sound(
    base: Path, span: ItemSpan, times: dict[str, Any], audio: AudioClipSettings, settings: PreviewSettings
) -> dict[str, Path]:
    """The log-mel that the encoder hears, and the sound alone.

    Raises:
        MediaError: if there is no audio track, or it does not decode.
    """
    sound = read_waveform(
        span.path, start_seconds=times["start"], duration_seconds=times["seconds"], sample_rate_hz=audio.sample_rate_hz
    ).samples
    first = round(times["heard"][0] * audio.sample_rate_hz)
    mel, file = (base.with_suffix(ENDINGS[kind]) for kind in ("mel", "sound"))
    _write(
        mel,
        log_mel_mask(sound[first : first + audio.samples].numpy(), audio=audio),
        "PNG",
        bits=4,
        optimize=True,
        transparency=bytes(range(0, 256, 17)),
    )
    write_video(
        file,
        None,
        waveform=sound.numpy(),
        sample_rate_hz=audio.sample_rate_hz,
        encoding=Encoding(sound_bit_rate=settings.sound_bit_rate, sound_coder="fast"),
    )
    return {"mel": mel, "sound": file}


def _filmstrip(pictures: UInt8[np.ndarray, "frames height width 3"], settings: PreviewSettings) -> Image.Image:
    """Pictures side by side in one."""
    small = [Image.fromarray(picture) for picture in pictures]
    scale = settings.strip_px / min(small[0].size)
    size = (round(small[0].width * scale), round(small[0].height * scale))
    strip = Image.new("RGB", (size[0] * len(small), size[1]))
    for place, picture in enumerate(small):
        strip.paste(picture.resize(size, Image.Resampling.LANCZOS), (place * size[0], 0))
    return strip


def log_mel_mask(samples: Float[np.ndarray, " samples"], *, audio: AudioClipSettings) -> Image.Image:
    """The log-mel as 16 shades of opacity, low notes at the bottom: a page colours it in its own ink."""
    with torch.inference_mode():
        standard = model_input("audio", audio=audio)(torch.from_numpy(samples.astype(np.float32))[None])[0, 0]
    power = standard.numpy() * audio.log_std + audio.log_mean
    shades = np.clip((power - FLOOR) / (CEILING - FLOOR), 0, 1) ** CONTRAST * (SHADES - 1)
    picture = Image.fromarray(np.ascontiguousarray(shades[::-1].round().astype(np.uint8)), mode="P")
    picture.putpalette([0, 0, 0] * SHADES)
    return picture


def _write(path: Path, picture: Image.Image, kind: str, **options: Any) -> None:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    with whole_file(path) as partial:
        partial.write_bytes(buffer.getvalue())


def _key(source: ClipSource, span: ItemSpan, settings: PreviewSettings) -> list[Any]:
    """What a preview was made of: file, part, clips and settings."""
    try:
        file: list[Any] = [span.path, *file_stamp(span.path)]
    except (OSError, MediaError):
        file = [span.path, None, None]
    numbers = [asdict(settings), asdict(source.video_settings), asdict(source.audio_settings)]
    return [*file, span.start_seconds, span.duration_seconds, *numbers]


def _read(base: Path, key: list[Any]) -> Preview | None:
    try:
        known = json.loads(base.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if known["key"] != json.loads(json.dumps(key)):
        return None
    files = {kind: base.with_suffix(ENDINGS[kind]) for kind in known["kinds"]}
    return Preview(files, known["about"]) if all(path.is_file() for path in files.values()) else None
