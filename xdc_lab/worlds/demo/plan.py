"""Plan the clips of a demo set from its scale, size and seed, before anything is rendered."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.worlds.demo.coupling import couple_factors
from xdc_lab.worlds.demo.events import EVENTS, EXTRA_EVENTS, Event
from xdc_lab.worlds.demo.factors import Factors, draw_factors
from xdc_lab.worlds.demo.world_settings import WorldSettings

SPLITS = ("train", "downstream_train", "downstream_test")
SCALES = {"tiny": (64, 32, 32), "demo": (960, 240, 240)}  # clips per split
BAD_KINDS = {"silent": "no audio track", "sound_only": "no video track", "truncated": "does not decode"}
BAD_FILES_EACH = {"tiny": 1, "demo": 4}
_FACTORS, _COUPLING = 0, 4  # purposes of a clip's random numbers; `render` has the others


@dataclass(frozen=True)
class DemoSet:
    """What to render.

    Attributes:
        scale: "tiny" (rendered in seconds) or "demo" (in two minutes).
        seed: every clip follows from the seed, its split and its place in it, and from nothing else.
        train_clips: how many clips to pretrain on; None is the scale's own. A smaller set is the beginning of a
            larger one.
        curated: whether the pretraining clips show the downstream events. If not, they show the extra events,
            some far more often than others, as a random crawl does (paper Tables 3 and 4).
        bad_files: whether to add the files that cannot be used.
    """

    scale: str = "demo"
    seed: int = 0
    train_clips: int | None = None
    curated: bool = True
    bad_files: bool = True

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise SettingError(f"no demo set of scale {self.scale!r}; scales are {', '.join(SCALES)}")
        if self.train_clips is not None and self.train_clips < 1:
            raise SettingError(f"train_clips is 1 or more, or None for the scale's own number; not {self.train_clips}")

    def clips(self, split: str) -> int:
        """The number of good clips in a split."""
        if split == "train" and self.train_clips is not None:
            return self.train_clips
        return SCALES[self.scale][SPLITS.index(split)]


@dataclass(frozen=True)
class ClipPlan:
    """One file to render; `bad_kind` is a key of `BAD_KINDS`, or "" for a good file."""

    path: str
    split: str
    event: Event
    factors: Factors
    seeds: tuple[int, ...]
    bad_kind: str = ""

    def generator(self, purpose: int) -> np.random.Generator:
        """An own stream of random numbers for each purpose: changing one part of a clip leaves the others."""
        return np.random.default_rng([*self.seeds, purpose])


def plan_clips(demo_set: DemoSet, *, world: WorldSettings) -> list[ClipPlan]:
    """Plan all clips of a set; events are balanced within any 16 clips in a row.

    Factors know nothing of them, but for what the world couples.
    """
    clips = [
        _plan(event, split, index, demo_set=demo_set, world=world)
        for split in SPLITS
        for index, event in enumerate(_events(demo_set, split))
    ]
    return clips + (list(_bad_clips(demo_set, world)) if demo_set.bad_files else [])


def plan_table(clips: Sequence[ClipPlan]) -> pd.DataFrame:
    """Write the plans as an items table: one row per file, the nuisances as factor_* columns."""
    return pd.DataFrame(
        {
            "path": clip.path,
            "start_seconds": np.nan,
            "end_seconds": np.nan,
            "label": clip.event.name,
            "split": clip.split,
            "sight": clip.event.sight,
            "sound": clip.event.sound,
            "expected_problem": BAD_KINDS.get(clip.bad_kind, ""),
            **{f"factor_{name}": value for name, value in asdict(clip.factors).items()},
        }
        for clip in clips
    )


def _events(demo_set: DemoSet, split: str) -> list[Event]:
    count = demo_set.clips(split)
    generator = np.random.default_rng([demo_set.seed, SPLITS.index(split), 0])
    if split == "train" and not demo_set.curated:
        often = 1 / np.arange(1, len(EXTRA_EVENTS) + 1)
        return [EXTRA_EVENTS[i] for i in generator.choice(len(EXTRA_EVENTS), count, p=often / often.sum())]
    rounds = -(-count // len(EVENTS))
    return [EVENTS[i] for _ in range(rounds) for i in generator.permutation(len(EVENTS))][:count]


def _plan(
    event: Event, split: str, index: int, *, demo_set: DemoSet, world: WorldSettings, bad_kind: str = ""
) -> ClipPlan:
    seeds = (demo_set.seed, SPLITS.index(split), 1 + index)
    factors = draw_factors(np.random.default_rng([*seeds, _FACTORS]), world=world)
    factors = couple_factors(factors, event, generator=np.random.default_rng([*seeds, _COUPLING]), world=world)
    name = f"{bad_kind}_{index % 100:02d}" if bad_kind else f"{split}_{index:05d}"
    return ClipPlan(f"{split}/{name}.mp4", split, event, factors, seeds, bad_kind)


def _bad_clips(demo_set: DemoSet, world: WorldSettings) -> Iterator[ClipPlan]:
    """Plan the files that a real collection has, too; they are listed among the clips to pretrain on."""
    events, first = EVENTS if demo_set.curated else EXTRA_EVENTS, 1_000_000  # far from any good clip's number
    for kind_number, kind in enumerate(BAD_KINDS):
        for copy in range(BAD_FILES_EACH[demo_set.scale]):
            event = events[(5 * kind_number + 3 * copy) % len(events)]
            index = first + 100 * kind_number + copy
            yield _plan(event, "train", index, demo_set=demo_set, world=world, bad_kind=kind)
