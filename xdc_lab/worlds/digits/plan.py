"""Plan the clips of digits: who wrote and who spoke each, and its nuisances, before anything is rendered."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle

import numpy as np
import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.worlds.demo.factors import Factors, draw_factors
from xdc_lab.worlds.demo.plan import SCALES, SPLITS
from xdc_lab.worlds.demo.world_settings import WorldSettings

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
GAP_SECONDS = (0.2, 0.6)  # from the end of a word to the next; with a jitter in the beat they never overlap
FINETUNED_PART = 5  # every fifth image and recording of the training people is for downstream training, none for both
# The demo world's ranges, but for the voice: people differ by themselves, so only as much as one of them varies.
DIGIT_WORLD = replace(WorldSettings(), pitch_semitones=(-1.5, 1.5))
_FACTORS, _DIGITS, _PAIRS = 0, 0, 1


@dataclass(frozen=True)
class DigitPlan:
    """One clip to render: an image of a digit and a recording of the same digit."""

    path: str
    split: str
    digit: int
    image: int
    writer: str
    recording: str
    speaker: str
    spoken_seconds: float
    gap_seconds: float
    factors: Factors
    seeds: tuple[int, ...]

    def generator(self, purpose: int) -> np.random.Generator:
        """An own stream of random numbers for each purpose."""
        return np.random.default_rng([*self.seeds, purpose])


def plan_digits(
    written: pd.DataFrame, spoken: pd.DataFrame, *, scale: str, seed: int, world: WorldSettings = DIGIT_WORLD
) -> list[DigitPlan]:
    """Plan all clips; any ten in a row show each digit once, and a smaller scale is the beginning of a larger one.

    Image and recording are drawn apart from each other, so that writer and speaker say nothing of one another.
    The test's writers and speakers are its own.

    Args:
        written: images, as `written_digits` lists them.
        spoken: recordings, as `spoken_digits` lists them.
        scale: "tiny" or "demo", as many clips as the demo set has.
        seed: every clip follows from it.
        world: the dials.

    Raises:
        SettingError: if there is no such scale.
    """
    if scale not in SCALES:
        raise SettingError(f"no set of digits of scale {scale!r}; scales are {', '.join(SCALES)}")
    return [
        clip
        for number, split in enumerate(SPLITS)
        for clip in _plan_split(
            split,
            SCALES[scale][number],
            images=_part(written, split),
            recordings=_part(spoken, split),
            seed=seed,
            world=world,
        )
    ]


def plan_table(clips: Sequence[DigitPlan]) -> pd.DataFrame:
    """Write the plans as an items table: one row per file, the nuisances as factor_* columns."""
    return pd.DataFrame(
        {
            "path": clip.path,
            "start_seconds": np.nan,
            "end_seconds": np.nan,
            "label": WORDS[clip.digit],
            "split": clip.split,
            "image": clip.image,
            "recording": clip.recording.replace("\\", "/").rpartition("/")[2],
            "factor_writer": clip.writer,
            "factor_speaker": clip.speaker,
            "factor_gap_seconds": clip.gap_seconds,
            **{f"factor_{name}": value for name, value in asdict(clip.factors).items() if name != "mirrored"},
        }
        for clip in clips
    )


def _part(people: pd.DataFrame, split: str) -> pd.DataFrame:
    """The images or recordings of a split."""
    if split == "downstream_test":
        return people[people["tested"]]
    training = people[~people["tested"]]
    for_downstream = training.groupby("digit").cumcount() % FINETUNED_PART == 0
    return training[for_downstream == (split == "downstream_train")]


def _plan_split(
    split: str, clips: int, *, images: pd.DataFrame, recordings: pd.DataFrame, seed: int, world: WorldSettings
) -> Iterator[DigitPlan]:
    number = SPLITS.index(split)
    generator = np.random.default_rng([seed, number, 0, _DIGITS])
    order = [int(digit) for _ in range(-(-clips // 10)) for digit in generator.permutation(10)][:clips]
    generator = np.random.default_rng([seed, number, 0, _PAIRS])
    drawn = [[_shuffled(people, digit, generator) for people in (images, recordings)] for digit in range(10)]
    for index, digit in enumerate(order):
        seeds = (seed, number, 1 + index)
        generator = np.random.default_rng([*seeds, _FACTORS])
        image, recording = (next(rows) for rows in drawn[digit])
        yield DigitPlan(
            path=f"{split}/{split}_{index:05d}.mp4",
            split=split,
            digit=digit,
            **image,
            **recording,
            factors=replace(draw_factors(generator, world=world), mirrored=False),
            gap_seconds=round(float(generator.uniform(*GAP_SECONDS)), 4),
            seeds=seeds,
        )


def _shuffled(people: pd.DataFrame, digit: int, generator: np.random.Generator) -> Iterator[dict]:
    """The rows of a digit in a random order, none twice before all have come once."""
    rows = people[people["digit"] == digit].drop(columns=["digit", "tested"]).to_dict("records")
    return cycle([rows[number] for number in generator.permutation(len(rows))])
