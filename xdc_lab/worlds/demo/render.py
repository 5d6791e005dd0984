"""Render the demo set: H.264 + AAC files and their items table, in parallel and resumable."""

import os
from functools import partial
from pathlib import Path

from xdc_lab.media.writer import Encoding, write_video
from xdc_lab.worlds.demo.picture import draw_frames
from xdc_lab.worlds.demo.plan import SPLITS, ClipPlan, DemoSet, plan_clips, plan_table
from xdc_lab.worlds.demo.rhythm import draw_rhythm
from xdc_lab.worlds.demo.sights.catalogue import SIGHTS
from xdc_lab.worlds.demo.sounds.catalogue import SOUNDS
from xdc_lab.worlds.demo.soundtrack import make_soundtrack
from xdc_lab.worlds.demo.world_settings import WorldSettings
from xdc_lab.worlds.rendering import complete_folder, settle_folder

WORLD_VERSION = 2  # raised whenever the same seed makes other clips
TRUNCATED_PART = 0.5  # the download broke off halfway: the head promises more than there is
_SIGHT, _SOUND, _RHYTHM = 1, 2, 3  # purposes of a clip's random numbers; `plan` has the others


def render_demo_set(
    folder: str | Path,
    *,
    scale: str = "demo",
    seed: int = 0,
    curated: bool = True,
    world: WorldSettings | None = None,
    workers: int | None = None,
    progress: bool = True,
    overwrite: bool = False,
) -> Path:
    """Render the demo set and return the path of its items table.

    The same arguments make the same bytes, on any number of workers. Finished files are kept: a run that was
    stopped goes on where it was. The table is written last, so a folder that has one is complete.

    Args:
        folder: is made if missing.
        scale, seed, curated: see `DemoSet`.
        world: the dials of the world, as `COUPLED`; None is the measured ones.
        workers: processes; None is one per core. 1 renders in this process.
        progress: show a bar.
        overwrite: delete the clips that are there first, whatever they were made from.

    Raises:
        SettingError: if there is no such scale.
        DataError: if the folder holds a demo set made from other arguments.
    """
    demo_set = DemoSet(scale=scale, seed=seed, curated=curated)
    folder, world = Path(folder), world or WorldSettings()
    made_from = {"world_version": WORLD_VERSION, "seed": seed, "curated": curated, "world": world.record()}
    settle_folder(folder, made_from, splits=SPLITS, overwrite=overwrite)
    clips = plan_clips(demo_set, world=world)
    return complete_folder(
        plan_table(clips),
        {clip.path: clip for clip in clips},
        folder,
        render=partial(render_clip, folder=folder, world=world),
        workers=workers,
        title=f"demo set ({scale})" if progress else None,
    )


def render_clip(clip: ClipPlan, folder: str | Path, *, world: WorldSettings) -> Path:
    """Render one clip to its file, whole or not at all."""
    path, factors = Path(folder) / clip.path, clip.factors
    rhythm = draw_rhythm(
        clip.generator(_RHYTHM), tempo_hz=factors.tempo_hz, jitter=world.tempo_jitter, seconds=factors.seconds
    )
    frames = waveform = None
    if clip.bad_kind != "sound_only":
        sight = SIGHTS[clip.event.sight]
        frames = draw_frames(sight, factors, rhythm=rhythm, world=world, generator=clip.generator(_SIGHT))
    if clip.bad_kind != "silent":
        waveform = make_soundtrack(SOUNDS[clip.event.sound], factors, rhythm=rhythm, generator=clip.generator(_SOUND))
    write = partial(
        write_video,
        frames=frames,
        frame_rate_hz=factors.frame_rate_hz,
        waveform=waveform,
        sample_rate_hz=factors.sample_rate_hz,
        encoding=Encoding(crf=world.crf),
    )
    if clip.bad_kind == "truncated":
        whole = path.with_name(f".{path.name}.{os.getpid()}.whole")
        write(whole)
        os.truncate(whole, int(TRUNCATED_PART * whole.stat().st_size))
        os.replace(whole, path)
    else:
        write(path)
    return path
