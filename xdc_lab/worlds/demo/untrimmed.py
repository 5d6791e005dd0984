"""Render the demo world's untrimmed videos as MP4 files with a table of segments; resumable (paper 7)."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, UInt8

from xdc_lab.datasets.segments import make_segments, write_segments
from xdc_lab.datasets.untrimmed import SEGMENTS_FILE
from xdc_lab.media.writer import Encoding, write_video
from xdc_lab.worlds.demo.picture import SIGHT_TRAITS, draw_moments, draw_traits
from xdc_lab.worlds.demo.render import WORLD_VERSION
from xdc_lab.worlds.demo.rhythm import Rhythm, draw_rhythm
from xdc_lab.worlds.demo.sights.catalogue import SIGHTS
from xdc_lab.worlds.demo.sounds.catalogue import SOUNDS
from xdc_lab.worlds.demo.sounds.synthesis import RATE_HZ, place
from xdc_lab.worlds.demo.soundtrack import record_sound, sound_in_a_room
from xdc_lab.worlds.demo.untrimmed_plan import SPLITS, UntrimmedPlan, UntrimmedSettings, plan_untrimmed, segment_rows
from xdc_lab.worlds.rendering import complete_folder, settle_folder

_SIGHT, _SOUND, _RHYTHM, _ROOM = 1, 2, 3, 4  # purposes of a video's random numbers


def render_untrimmed(
    folder: str | Path,
    *,
    scale: str = "demo",
    seed: int = 0,
    settings: UntrimmedSettings | None = None,
    workers: int | None = None,
    progress: bool = True,
) -> Path:
    """Render untrimmed videos and return their folder, which `xdc_lab.datasets.untrimmed.load_untrimmed` reads.

    Each has several events of the downstream classes and stretches between them where the place and its noise go on
    and nothing happens. The same arguments make the same bytes; finished files are kept; the tables are written last.

    Args:
        folder: is made if missing.
        scale: "tiny" or "demo".
        seed: every video follows from it, its split and its place in it.
        settings: lengths of events and gaps.
        workers: processes; None is one per core.
        progress: show a progress bar.

    Raises:
        SettingError: if there is no such scale.
        DataError: if the folder holds a set made from other arguments.
    """
    folder, settings = Path(folder), settings or UntrimmedSettings()
    plans = plan_untrimmed(scale, seed=seed, settings=settings)
    recorded = asdict(settings) | {"world": settings.world.record()}
    made_from = {"world_version": WORLD_VERSION, "untrimmed": scale, "seed": seed, "settings": recorded}
    settle_folder(folder, made_from, splits=SPLITS, overwrite=False)
    rows = [(plan.path, plan.split, plan.video) for plan in plans]
    complete_folder(
        pd.DataFrame(rows, columns=["path", "split", "video"]),
        {plan.path: plan for plan in plans},
        folder,
        render=partial(render_video, folder=folder, settings=settings),
        workers=workers,
        title=f"untrimmed ({scale})" if progress else None,
    )
    segments, _ = make_segments(segment_rows(plans))
    write_segments(segments, folder / SEGMENTS_FILE)
    return folder


def render_video(plan: UntrimmedPlan, folder: str | Path, *, settings: UntrimmedSettings) -> Path:
    """Render one video to its file, whole or not at all."""
    path = Path(folder) / plan.path
    write_video(
        path,
        _frames(plan, settings),
        frame_rate_hz=plan.factors.frame_rate_hz,
        waveform=_sound(plan, settings),
        sample_rate_hz=plan.factors.sample_rate_hz,
        encoding=Encoding(crf=settings.world.crf),
    )
    return path


def _frames(plan: UntrimmedPlan, settings: UntrimmedSettings) -> UInt8[np.ndarray, "frames height width 3"]:
    """The background from the beginning to the end, and in each moment its sight before it."""
    rate = plan.factors.frame_rate_hz
    instants = np.arange(round(plan.factors.seconds * rate)) / rate
    place_traits = draw_traits(plan.generator(_SIGHT))
    shown = np.full(len(instants), -1)
    for number, moment in enumerate(plan.moments):
        shown[round(moment.start_seconds * rate) : round(moment.end_seconds * rate)] = number
    parts = []
    for frames in np.split(np.arange(len(instants)), np.flatnonzero(np.diff(shown)) + 1):
        number = int(shown[frames[0]])
        moment = plan.moments[number] if number >= 0 else None
        traits = np.concatenate(
            [place_traits[:SIGHT_TRAITS], draw_traits(plan.generator(_SIGHT, 1 + number))[SIGHT_TRAITS:]]
        )
        drawn = draw_moments(
            SIGHTS[moment.event.sight] if moment else None,
            moment.factors if moment else plan.factors,
            instants[frames],
            rhythm=_rhythm(plan, max(number, 0), settings).later(moment.start_seconds if moment else 0.0),
            world=settings.world,
            traits=traits,
        )
        parts.append(drawn)
    return np.concatenate(parts)


def _sound(plan: UntrimmedPlan, settings: UntrimmedSettings) -> Float[np.ndarray, " samples"]:
    """Noise and hum from the beginning to the end, and in each moment its sound."""
    events = np.zeros(round(plan.factors.seconds * RATE_HZ), np.float32)
    for number, moment in enumerate(plan.moments):
        sound = sound_in_a_room(
            SOUNDS[moment.event.sound],
            moment.factors,
            rhythm=_rhythm(plan, number, settings),
            generator=plan.generator(_SOUND, number),
        )
        place(events, sound, moment.start_seconds)
    return record_sound(events, plan.factors, generator=plan.generator(_ROOM))


def _rhythm(plan: UntrimmedPlan, number: int, settings: UntrimmedSettings) -> Rhythm:
    """The beats of one moment, from its own start on."""
    factors = plan.moments[number].factors
    return draw_rhythm(
        plan.generator(_RHYTHM, number),
        tempo_hz=factors.tempo_hz,
        jitter=settings.world.tempo_jitter,
        seconds=factors.seconds,
    )
