"""Render handwritten and spoken digits as MP4 files with their items table, in parallel and resumable."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from xdc_lab.media.writer import Encoding, write_video
from xdc_lab.worlds.demo.picture import draw_frames
from xdc_lab.worlds.demo.plan import SPLITS
from xdc_lab.worlds.demo.rhythm import draw_rhythm
from xdc_lab.worlds.demo.soundtrack import make_soundtrack
from xdc_lab.worlds.demo.world_settings import WorldSettings
from xdc_lab.worlds.digits.handwriting import draw_digit, written_digits
from xdc_lab.worlds.digits.plan import DIGIT_WORLD, DigitPlan, plan_digits, plan_table
from xdc_lab.worlds.digits.recordings import fingerprint, say, spoken_digits
from xdc_lab.worlds.rendering import complete_folder, settle_folder

WORLD_VERSION = 1  # raised whenever the same seed makes other clips
_SIGHT, _SOUND, _SWAY, _REPEATS = 1, 2, 3, 4  # purposes of a clip's random numbers


def render_digit_set(
    folder: str | Path,
    *,
    recordings: str | Path,
    scale: str = "demo",
    seed: int = 0,
    world: WorldSettings = DIGIT_WORLD,
    workers: int | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> Path:
    """Render the digits and return the path of their items table.

    The same arguments make the same bytes, on any number of workers. Finished files are kept: a run that was
    stopped goes on where it was. The table is written last, so a folder that has one is complete.

    Args:
        folder: is made if missing.
        recordings: the folder of spoken digits.
        scale, seed, world: see `plan_digits`.
        workers: processes; None is one per core. 1 renders in this process.
        progress: show a bar.
        overwrite: delete the clips that are there first, whatever they were made from.

    Raises:
        SettingError: if there is no such scale.
        DataError: if there are no recordings, or the folder holds clips made from other arguments.
    """
    folder, spoken = Path(folder), spoken_digits(recordings)
    clips = plan_digits(written_digits(), spoken, scale=scale, seed=seed, world=world)
    spoken_from = fingerprint(spoken)
    made_from = {"world_version": WORLD_VERSION, "seed": seed, "recordings": spoken_from, "world": asdict(world)}
    settle_folder(folder, made_from, splits=SPLITS, overwrite=overwrite, command="digit-set")
    return complete_folder(
        plan_table(clips),
        {clip.path: clip for clip in clips},
        folder,
        render=partial(render_digit, folder=folder, world=world),
        workers=workers,
        title=f"digits ({scale})" if progress else None,
    )


def render_digit(clip: DigitPlan, folder: str | Path, *, world: WorldSettings) -> Path:
    """Render one clip to its file, whole or not at all; the picture's motion and the word's repeats are unrelated."""
    path, factors, pitch = Path(folder) / clip.path, clip.factors, 2 ** (clip.factors.pitch_semitones / 12)
    sway, repeats = (
        draw_rhythm(clip.generator(purpose), tempo_hz=tempo_hz, jitter=world.tempo_jitter, seconds=factors.seconds)
        for purpose, tempo_hz in (
            (_SWAY, factors.tempo_hz),
            (_REPEATS, 1 / (clip.spoken_seconds / pitch + clip.gap_seconds)),
        )
    )
    word = say(clip.recording, seconds=clip.spoken_seconds, pitch=pitch)
    write_video(
        path,
        draw_frames(draw_digit(clip.image), factors, rhythm=sway, world=world, generator=clip.generator(_SIGHT)),
        frame_rate_hz=factors.frame_rate_hz,
        waveform=make_soundtrack(word, factors, rhythm=repeats, generator=clip.generator(_SOUND)),
        sample_rate_hz=factors.sample_rate_hz,
        encoding=Encoding(crf=world.crf),
    )
    return path
