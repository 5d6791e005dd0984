"""Write a folder as people have them: odd rates, sizes and names, and files that are broken (paper 4.1)."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.findings import NO_AUDIO, NO_DECODE, NO_VIDEO, TOO_SHORT
from xdc_lab.media.writer import write_video

# frames a second, pixels of the short side, samples a second: of one file after the other
SHAPES = ((25.0, 96, 44_100), (12.0, 64, 16_000), (30.0, 120, 48_000), (8.0, 48, 22_050), (15.0, 80, 32_000))
NAMES = ("clip {:02d}.mp4", "Übung_{:02d}.mp4", "-{:02d}.MP4", "IMG {:02d} (copy).m4v")

# What is wrong with each of the broken files, in the words of a check.
BROKEN = {
    "silent.mp4": NO_AUDIO,
    "sound only.mp4": NO_VIDEO,
    "too short.mp4": TOO_SHORT,
    "empty.mp4": NO_DECODE,
    "a text.mp4": NO_DECODE,
    "cut off.mp4": NO_DECODE,
}
CUT_OFF_AT = 0.4  # of its bytes


def write_odd_folder(folder: str | Path, clips: pd.DataFrame, *, seconds: float = 2.4) -> dict[str, str]:
    """Write real files and broken ones; files that are there stay. Gives each broken file's problem.

    Args:
        folder: where; a clip lies in a class folder named as its label, where it has one.
        clips: rows of an items table, of readable files; the first is what the broken files are made of.
        seconds: of each file.
    """
    folder = Path(folder)
    rows = zip(clips["path"], clips["label"], strict=True)
    for number, (source, label) in enumerate(rows):
        path = folder / label / NAMES[number % len(NAMES)].format(number)
        if not path.exists():
            write_video(path, **_material(source, seconds, *SHAPES[number % len(SHAPES)]))
    if not all((folder / name).exists() for name in BROKEN):
        _write_broken(folder, _material(clips["path"].iloc[0], seconds, *SHAPES[0]))
    return dict(BROKEN)


def _material(source: str, seconds: float, rate: float, short_side: int, sample_rate: int) -> dict[str, Any]:
    """What `write_video` takes."""
    instants = np.arange(round(seconds * rate)) / rate
    pixels = read_frames(source, instants.tolist(), short_side_px=short_side).pixels.permute(0, 2, 3, 1).numpy()
    height, width = (side // 2 * 2 for side in pixels.shape[1:3])
    sound = read_waveform(
        source, start_seconds=0.0, duration_seconds=seconds, sample_rate_hz=sample_rate
    ).samples.numpy()
    return {
        "frames": np.ascontiguousarray(pixels[:, :height, :width]),
        "frame_rate_hz": rate,
        "waveform": sound,
        "sample_rate_hz": sample_rate,
    }


def _write_broken(folder: Path, whole: dict[str, Any]) -> None:
    short = round(0.3 * whole["frame_rate_hz"]), round(0.3 * whole["sample_rate_hz"])
    write_video(folder / "silent.mp4", **{**whole, "waveform": None})
    write_video(folder / "sound only.mp4", **{**whole, "frames": None})
    clip = {**whole, "frames": whole["frames"][: short[0]], "waveform": whole["waveform"][: short[1]]}
    write_video(folder / "too short.mp4", **clip)
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "a text.mp4").write_text("This was never a film.\n", encoding="utf-8")
    write_video(folder / "cut off.mp4", **whole)
    os.truncate(folder / "cut off.mp4", int(CUT_OFF_AT * (folder / "cut off.mp4").stat().st_size))
