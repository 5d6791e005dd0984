"""Plan what happens when in the demo world's untrimmed videos (paper 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.settings import setting
from xdc_lab.worlds.demo.events import EVENTS, Event
from xdc_lab.worlds.demo.factors import Factors, draw_factors
from xdc_lab.worlds.demo.world_settings import Range, WorldSettings

SPLITS = ("train", "test")
SCALES = {"tiny": (6, 4), "demo": (32, 24)}  # videos per split
MOMENTS = {"tiny": 3, "demo": 5}  # events a video
CLASSES = {"tiny": 4, "demo": len(EVENTS)}
_OF_THE_MOMENT = (
    *("object_hue", "object_contrast", "object_size", "object_x", "object_y", "mirrored"),
    *("tempo_hz", "pitch_semitones"),
)


@dataclass(frozen=True)
class UntrimmedSettings:
    """What an untrimmed video of the demo world is; ranges are drawn uniformly.

    Raises:
        SettingError: if a range is upside down or reaches 0, or the world is coupled.
    """

    event_seconds: Range = setting((2.0, 5.0), "ours", "longer than a clip, of which all lengths are alike")
    gap_seconds: Range = setting((1.0, 3.0), "ours", "nothing is there between two events, and at both ends")
    camera_pan: Range = setting((-0.02, 0.02), "ours", "a clip's way, over a video that is ten times as long")
    world: WorldSettings = WorldSettings()

    def __post_init__(self) -> None:
        for name in ("event_seconds", "gap_seconds"):
            low, high = getattr(self, name)
            if not 0 < low <= high:
                raise SettingError(f"{name}={(low, high)}; it is a range from low to high, above 0")
        if self.world.is_coupled:
            raise SettingError(
                "an untrimmed video shows several events in one place: scene_coupling and room_coupling are 0 there, "
                f"not {self.world.scene_coupling} and {self.world.room_coupling}"
            )


@dataclass(frozen=True)
class Moment:
    """An event in an untrimmed video.

    Attributes:
        event: what is seen and heard.
        start_seconds, end_seconds: when; both are instants of frames.
        factors: the video's, with an object, a tempo and a pitch of its own, and the moment's length.
    """

    event: Event
    start_seconds: float
    end_seconds: float
    factors: Factors


@dataclass(frozen=True)
class UntrimmedPlan:
    """One video to render; its factors hold from its beginning to its end."""

    path: str
    split: str
    factors: Factors
    moments: tuple[Moment, ...]
    seeds: tuple[int, ...]

    @property
    def video(self) -> str:
        """Its name in tables."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".mp4")

    def generator(self, *purpose: int) -> np.random.Generator:
        """An own stream of random numbers for each purpose."""
        return np.random.default_rng([*self.seeds, *purpose])


def plan_untrimmed(scale: str, *, seed: int, settings: UntrimmedSettings) -> list[UntrimmedPlan]:
    """Plan the videos of a set; every class is as frequent as any other in each split, within one.

    Raises:
        SettingError: if there is no such scale.
    """
    if scale not in SCALES:
        raise SettingError(f"no untrimmed set of scale {scale!r}; scales are {', '.join(SCALES)}")
    return [
        _plan(split, index, events, seed=seed, settings=settings)
        for split, videos in zip(SPLITS, SCALES[scale], strict=True)
        for index, events in enumerate(_events(scale, split, videos, seed=seed))
    ]


def segment_rows(plans: Sequence[UntrimmedPlan]) -> pd.DataFrame:
    """What is where: the truth, one row per event."""
    return pd.DataFrame(
        {
            "video": plan.video,
            "split": plan.split,
            "label": moment.event.name,
            "start_seconds": round(moment.start_seconds, 6),
            "end_seconds": round(moment.end_seconds, 6),
        }
        for plan in plans
        for moment in plan.moments
    )


def _events(scale: str, split: str, videos: int, *, seed: int) -> Iterator[list[Event]]:
    """The events of each video, dealt from shuffled rounds of all classes."""
    count, classes = MOMENTS[scale], EVENTS[: CLASSES[scale]]
    generator = np.random.default_rng([seed, 7, SPLITS.index(split)])
    rounds = -(-videos * count // len(classes))
    dealt = [classes[place] for _ in range(rounds) for place in generator.permutation(len(classes))]
    return (dealt[video * count : (video + 1) * count] for video in range(videos))


def _plan(split: str, index: int, events: Sequence[Event], *, seed: int, settings: UntrimmedSettings) -> UntrimmedPlan:
    seeds = (seed, 7, SPLITS.index(split), 1 + index)
    generator = np.random.default_rng([*seeds, 0])
    world = replace(settings.world, camera_pan=settings.camera_pan)
    video, moments, now = draw_factors(generator, world=world), [], 0.0

    def later(seconds: Range) -> float:
        frames = round((now + float(generator.uniform(*seconds))) * video.frame_rate_hz)
        return frames / video.frame_rate_hz

    for event in events:
        start = now = later(settings.gap_seconds)
        now = later(settings.event_seconds)
        drawn = draw_factors(generator, world=world)
        own = {name: getattr(drawn, name) for name in _OF_THE_MOMENT}
        moments.append(Moment(event, start, now, replace(video, seconds=now - start, **own)))
    video = replace(video, seconds=later(settings.gap_seconds))
    return UntrimmedPlan(f"{split}/untrimmed_{split}_{index:03d}.mp4", split, video, tuple(moments), seeds)
