"""Draw what the encoders get of a clip: frames and their crop, sound with axes, clip times (paper 4.1)."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageEnhance
from torch import Tensor

from xdc_lab.analysis.palette import FAINT, INK, MUTED, PAPER, SENSE_COLOURS
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.pictures.origin import picture_of
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.spectrogram import LogMel, filter_centres_hz

SCALE = 1.5  # pixels of a drawing for each pixel of the page
QUIET, LOUD = -13.8, 6.0  # ln power of the two ends of the colours: digital silence is the darkest
TICKS_HZ = (100, 250, 500, 1000, 2000, 4000, 7000)
GAP, CAPTION = 6, 24
OUTSIDE = 0.45  # brightness of what a crop leaves out


def frame_strip(
    frames: UInt8[Tensor, "frames 3 height width"],
    instants_seconds: Sequence[float] | Float[np.ndarray, " frames"],
    *,
    corner: tuple[int, int] | None = None,
    crop_px: int = 0,
    width_px: int = 1350,
) -> Image.Image:
    """Draw the frames of a clip side by side with their times; what a crop leaves out is darkened (paper 4.1).

    Args:
        frames: as decoded, before the crop.
        instants_seconds: when each is on screen.
        corner: row and column where the crop begins; None: no crop.
        crop_px: its size.
        width_px: of the picture.
    """
    count, _, height, width = frames.shape
    tile_width = (width_px - (count - 1) * GAP) // count
    scale = tile_width / width
    tile_height = round(height * scale)
    strip = Image.new("RGB", (width_px, tile_height + CAPTION), PAPER)
    pen = Pen(strip)
    for place, (frame, instant) in enumerate(zip(frames, instants_seconds, strict=True)):
        x = place * (tile_width + GAP)
        picture = Image.fromarray(np.ascontiguousarray(frame.permute(1, 2, 0).numpy()))
        picture = picture.resize((tile_width, tile_height), Image.Resampling.LANCZOS)
        strip.paste(picture if corner is None else _cropped(picture, corner, crop_px, scale), (x, 0))
        pen.write((x, tile_height + 4), f"{instant:.2f} s", size=15, colour=MUTED, width=tile_width)
    return strip


def sound_drawing(
    samples: Float[np.ndarray, " samples"],
    *,
    audio: AudioClipSettings | None = None,
    title: str = "",
    width_px: int = 900,
) -> Image.Image:
    """Draw a waveform above its log-mel spectrogram: Q filters by P columns, in seconds and Hz (paper 4.1).

    The colours are the same for every sound, so that a quiet clip looks quiet.

    Args:
        samples: at the settings' rate.
        audio: what an audio clip and its log-mel are.
        title: above.
        width_px: of the page.
    """
    audio = audio or AudioClipSettings()
    seconds = len(samples) / audio.sample_rate_hz
    drawn = _figure(width_px, 400)
    wave, mel = drawn.subplots(2, 1, sharex=True, height_ratios=[1, 2.4])
    times = np.arange(len(samples)) / audio.sample_rate_hz
    wave.plot(times, samples, color=SENSE_COLOURS["audio"], linewidth=0.5)
    wave.set_ylim(-1, 1)
    wave.set_ylabel("amplitude", color=MUTED)
    extent = (0, seconds, -0.5, audio.mels - 0.5)
    look = {"aspect": "auto", "origin": "lower", "cmap": "magma", "vmin": QUIET, "vmax": LOUD}
    cells = mel.imshow(log_power(samples, audio=audio), extent=extent, interpolation="nearest", **look)
    centres = filter_centres_hz(audio)
    marks = [hz for hz in TICKS_HZ if hz <= centres[-1]]
    mel.set_yticks(np.interp(marks, centres, np.arange(audio.mels)), [f"{hz:,}" for hz in marks])
    mel.set_ylabel(f"Hz, {audio.mels} filters (Q)", color=MUTED)
    mel.set_xlabel(f"seconds, {audio.audio_frames} columns (P)", color=MUTED)
    bar = drawn.colorbar(cells, ax=[wave, mel], aspect=40, pad=0.02)
    bar.set_label("ln power", color=MUTED)
    for axes in (wave, mel, bar.ax):
        _dress(axes)
    bar.outline.set_visible(False)
    drawn.suptitle(title, x=0.01, ha="left", color=INK, fontsize=11, parse_math=False)
    return picture_of(drawn)


def times_drawing(
    groups: Mapping[str, Sequence[float] | Float[np.ndarray, " clips"]],
    *,
    clip_seconds: float,
    duration_seconds: float,
    width_px: int = 900,
) -> Image.Image:
    """Draw clips on the time line of their file: one bar per clip, one block per way of choosing them (paper 4.1).

    Args:
        groups: words for a way of choosing -> where its clips start, in seconds.
        clip_seconds: how long each is.
        duration_seconds: of the file.
        width_px: of the page.
    """
    rows = sum(len(starts) for starts in groups.values())
    drawn = _figure(width_px, 90 + 34 * len(groups) + 9 * rows)
    axes = drawn.subplots()
    y = 0.0
    for number, (words, starts) in enumerate(groups.items()):
        colour = (SENSE_COLOURS["video"], SENSE_COLOURS["audio"], MUTED)[number % 3]
        axes.text(0, y - 1.0, words, color=INK, fontsize=9.5, va="center", parse_math=False)
        for start in starts:
            axes.barh(y, clip_seconds, left=start, height=0.7, color=colour)
            y += 1
        y += 3.4
    axes.axvspan(0, duration_seconds, color=FAINT, alpha=0.45, linewidth=0, zorder=0)
    axes.set(ylim=(y - 2.2, -2.2), xlim=(0, max(duration_seconds, clip_seconds)), yticks=[])
    axes.set_xlabel("seconds of the file", color=MUTED)
    _dress(axes)
    return picture_of(drawn)


def log_power(
    samples: Float[np.ndarray, " samples"], *, audio: AudioClipSettings
) -> Float[np.ndarray, "mels audio_frames"]:
    """The log-mel before it is standardised: the natural logarithm of each filter's power."""
    with torch.inference_mode():
        standard = LogMel(audio)(torch.from_numpy(np.asarray(samples, dtype=np.float32))[None])[0, 0]
    return standard.numpy() * audio.log_std + audio.log_mean


def _cropped(picture: Image.Image, corner: tuple[int, int], crop_px: int, scale: float) -> Image.Image:
    """The picture with all but the crop darkened, and a line around it."""
    top, left = (round(place * scale) for place in corner)
    box = (left, top, left + round(crop_px * scale), top + round(crop_px * scale))
    outside = ImageEnhance.Brightness(picture).enhance(OUTSIDE)
    outside.paste(picture.crop(box), box[:2])
    line = (box[0], box[1], min(box[2], picture.width) - 1, min(box[3], picture.height) - 1)
    ImageDraw.Draw(outside).rectangle(line, outline=SENSE_COLOURS["video"], width=2)
    return outside


def _figure(width_px: int, height_px: int) -> Figure:
    size = (width_px / 100, height_px / 100)
    drawn = Figure(figsize=size, dpi=100 * SCALE, facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(drawn)
    return drawn


def _dress(axes) -> None:
    axes.set_facecolor(PAPER)
    axes.spines[:].set_visible(False)
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
