"""Write a folder as it comes from the web: slideshows with music, wrong labels, the same clip twice (paper 4.1)."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.writer import write_video

SECONDS, RATE_HZ, SHORT_SIDE_PX, SAMPLE_RATE_HZ = 2.4, 25.0, 96, 44_100
PICTURES = 3  # of a slideshow
NOTES_HZ, NOTES, LOUDNESS, FADE = (220.0, 277.2, 329.6, 440.0), 8, 0.3, 3.0
EACH = 6  # files of each kind of mess
SLIDESHOW, WRONG, TWICE = "slideshow", "wrong label", "twice"


def write_messy_folder(folder: str | Path, clips: pd.DataFrame, *, seed: int = 0) -> dict[str, str]:
    """Write clips in class folders, and six of each kind of mess; files that are there stay.

    Args:
        folder: where.
        clips: rows of an items table, of readable files with labels; 30 or more.
        seed: which clips are made a mess of.

    Returns:
        File, from the folder on -> what is wrong with it: "slideshow", "wrong label", "twice".
    """
    folder, labels, mess = Path(folder), clips["label"].tolist(), {}
    generator = np.random.default_rng(seed)
    picked = generator.permutation(len(clips))[: (2 + PICTURES) * EACH].tolist()
    wrong, twice = picked[:EACH], picked[EACH : 2 * EACH]
    for row, source in enumerate(clips["path"]):
        label = _another(labels, row) if row in wrong else labels[row]
        name = f"{label}/clip {row:03d}{Path(source).suffix}"
        mess |= {name: WRONG} if row in wrong else {}
        (folder / label).mkdir(parents=True, exist_ok=True)
        if not (folder / name).exists():
            shutil.copyfile(source, folder / name)
    for row in twice:
        name = f"{labels[row]}/clip {row:03d} (copy).mp4"
        mess[name] = TWICE
        _write(folder / name, clips["path"].iloc[[row]], _sound_of(clips["path"].iloc[row]))
    for first in range(2 * EACH, len(picked), PICTURES):
        name = f"{labels[picked[first]]}/best of {first}.mp4"
        mess[name] = SLIDESHOW
        _write(folder / name, clips["path"].iloc[picked[first : first + PICTURES]], _music(generator))
    return mess


def _another(labels: list[str], row: int) -> str:
    """A label that is not the clip's, and seldom one that is like it."""
    names = sorted(set(labels))
    return names[(names.index(labels[row]) + max(1, len(names) // 2)) % len(names)]


def _write(path: Path, sources: pd.Series, sound: np.ndarray) -> None:
    """One clip in another size, or a picture of each of several."""
    if path.exists():
        return
    instants = np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
    if len(sources) == 1:
        frames = _pictures(sources.iloc[0], instants.tolist())
    else:
        stills = np.stack([_pictures(source, [SECONDS / 2])[0] for source in sources])
        frames = stills[(instants / SECONDS * len(stills)).astype(int)]
    how: dict[str, Any] = {"frame_rate_hz": RATE_HZ, "sample_rate_hz": SAMPLE_RATE_HZ}
    write_video(path, frames, waveform=sound, **how)


def _pictures(source: str, instants: list[float]) -> np.ndarray:
    pixels = read_frames(source, instants, short_side_px=SHORT_SIDE_PX).pixels.permute(0, 2, 3, 1).numpy()
    height, width = (side // 2 * 2 for side in pixels.shape[1:3])
    return np.ascontiguousarray(pixels[:, :height, :width])


def _sound_of(source: str) -> np.ndarray:
    how = {"start_seconds": 0.0, "duration_seconds": SECONDS, "sample_rate_hz": SAMPLE_RATE_HZ}
    return read_waveform(source, **how).samples.numpy()


def _music(generator: np.random.Generator) -> np.ndarray:
    """A few notes of one chord in turn, each fading out."""
    notes = np.array(NOTES_HZ)[generator.integers(len(NOTES_HZ), size=NOTES)]
    seconds = np.arange(round(SECONDS * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    beat = SECONDS / NOTES
    tones = np.sin(2 * np.pi * notes[(seconds / beat).astype(int) % NOTES] * seconds)
    return (LOUDNESS * tones * np.exp(-FADE * (seconds % beat))).astype(np.float32)
