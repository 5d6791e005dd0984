"""Render the demo set: H.264 + AAC files and their items table, in parallel and resumable."""

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from tqdm.auto import tqdm

from xdc_lab.errors import DataError
from xdc_lab.media.writer import Encoding, write_video
from xdc_lab.worlds.demo.picture import draw_frames
from xdc_lab.worlds.demo.plan import SPLITS, ClipPlan, DemoSet, plan_clips, plan_table
from xdc_lab.worlds.demo.rhythm import draw_rhythm
from xdc_lab.worlds.demo.soundtrack import make_soundtrack
from xdc_lab.worlds.demo.world_settings import WorldSettings

WORLD_VERSION = 2  # raised whenever the same seed makes other clips
TABLE_NAME, STAMP_NAME = "items.csv", "world.json"
TRUNCATED_PART = 0.5  # the download broke off halfway: the head promises more than there is
Plan = TypeVar("Plan")
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
    world = world or WorldSettings()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    made_from = {"seed": demo_set.seed, "curated": demo_set.curated, "world": world.record()}
    settle_folder(folder, made_from, splits=SPLITS, overwrite=overwrite)
    clips = plan_clips(demo_set, world=world)
    missing = [clip for clip in clips if not (folder / clip.path).exists()]
    if missing:
        (folder / TABLE_NAME).unlink(missing_ok=True)
    for _ in tqdm(
        in_processes(partial(render_clip, folder=folder, world=world), missing, workers or cores()),
        total=len(clips),
        initial=len(clips) - len(missing),
        desc=f"demo set ({scale})",
        unit="clip",
        disable=not progress,
    ):
        pass
    _write_table(folder / TABLE_NAME, plan_table(clips))
    return folder / TABLE_NAME


def render_clip(clip: ClipPlan, folder: str | Path, *, world: WorldSettings) -> Path:
    """Render one clip to its file, whole or not at all."""
    path, factors = Path(folder) / clip.path, clip.factors
    rhythm = draw_rhythm(
        clip.generator(_RHYTHM), tempo_hz=factors.tempo_hz, jitter=world.tempo_jitter, seconds=factors.seconds
    )
    frames = waveform = None
    if clip.bad_kind != "sound_only":
        frames = draw_frames(clip.event.sight, factors, rhythm=rhythm, world=world, generator=clip.generator(_SIGHT))
    if clip.bad_kind != "silent":
        waveform = make_soundtrack(clip.event.sound, factors, rhythm=rhythm, generator=clip.generator(_SOUND))
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


def in_processes(work: Callable[[Plan], Path], plans: Sequence[Plan], workers: int) -> Iterator[Path]:
    """Render plans by several processes; a few, or with one worker, in this one."""
    if workers == 1 or len(plans) < 8:
        yield from map(work, plans)
        return
    # "spawn": forked processes inherit locks of the threads that torch and notebooks run
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, plans, chunksize=4)


def settle_folder(folder: Path, made_from: Mapping[str, Any], *, splits: Sequence[str], overwrite: bool) -> None:
    """Record what the folder's clips are made from, and make room if they were made from something else.

    A set of another size shares its clips, so neither the scale nor the number of clips is part of the record.

    Raises:
        DataError: if they were, and are not to be overwritten.
    """
    stamp, text = folder / STAMP_NAME, json.dumps({"world_version": WORLD_VERSION, **made_from}, indent=1)
    if stamp.exists() and (overwrite or stamp.read_text() != text):
        if not overwrite:
            raise DataError(
                f"{folder} holds a demo set made from other arguments or by another version (see {STAMP_NAME}); "
                "render into another folder, or over it: the same `xdc-lab demo-set` with --overwrite "
                "(overwrite=True in Python)"
            )
        (folder / TABLE_NAME).unlink(missing_ok=True)
        for path in (path for split in splits for path in (folder / split).glob("*.mp4")):
            path.unlink()
    stamp.write_text(text)


def _write_table(path: Path, table: pd.DataFrame) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    table.to_csv(unfinished, index=False)
    os.replace(unfinished, path)


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
