"""What the seeds say of a claim in one place: agrees, contradicts or can't tell, by intervals of paired margins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xdc_lab.results.intervals import interval, seeds_needed

AGREES, IN_PART, CONTRADICTS, CANT_TELL = "agrees", "in part", "contradicts", "can't tell"


class Margin(NamedTuple):
    """By how much a claim, or one part of it, holds in one place and seed.

    Attributes:
        downstream, modality, protocol: the place; "" is all of them.
        seed: of the runs.
        value: positive where it holds.
        part: of a claim that holds where all of its parts do ("XDC - SDC").
    """

    downstream: str
    modality: str
    protocol: str
    seed: int
    value: float
    part: str = ""


@dataclass(frozen=True)
class Finding:
    """What the seeds say of a claim in one place.

    Attributes:
        downstream, modality, protocol: the place; "" is all of them.
        value: the mean margin over seeds, of the part that decides.
        seeds: how many.
        word: `AGREES`, `CONTRADICTS` or `CANT_TELL`.
        interval: of the mean, 95 %; (nan, nan) where there is none.
        part: which part decides, if there are several.
        needed: with about how many seeds one could tell.
    """

    downstream: str
    modality: str
    protocol: str
    value: float
    seeds: int
    word: str
    interval: tuple[float, float] = (np.nan, np.nan)
    part: str = ""
    needed: str = ""

    def in_words(self, unit: str) -> str:
        """The margin with its interval.

        >>> found = Finding("demo", "video", "fc-only", 2.84, 5, "can't tell", (-1.3, 6.98), "XDC - MDC", "about 12")
        >>> found.in_words("points")
        'XDC - MDC +2.8 [-1.3, 7.0] points (5 seeds; about 12 would be needed)'
        """
        digits = 1 if unit in ("points", "doublings") else 2
        low, high = self.interval
        ends = "" if np.isnan(low) else f" [{low:.{digits}f}, {high:.{digits}f}]"
        seeds = f"{self.seeds} seed{'s' * (self.seeds != 1)}"
        needed = f"; {self.needed} would be needed" if self.needed else ""
        return f"{self.part} {self.value:+.{digits}f}{ends} {unit} ({seeds}{needed})".lstrip()


def findings(asked: Iterable[Margin | Finding]) -> list[Finding]:
    """One finding for each downstream set, modality and protocol; a claim that is a finding already stays one.

    A claim of several parts ("XDC is above each of three") holds where each part does. So it agrees where the 95 %
    interval of each part, over the seeds' own margins, is above 0: such a test needs no correction for the number of
    parts, since one part that fails is enough. It contradicts where the interval of one part is below 0, and there
    having looked at several is corrected for (Bonferroni). Else the seeds can't tell, and one seed never can. What is
    shown is the part that decides: one that contradicts, else that with the lowest interval.
    """
    done: list[Finding] = []
    places: dict[tuple[str, str, str], dict[str, dict[int, list[float]]]] = {}
    for one in asked:
        if isinstance(one, Finding):
            done.append(one)
            continue
        seeds = places.setdefault(one[:3], {}).setdefault(one.part, {})
        seeds.setdefault(one.seed, []).append(one.value)
    return done + [_finding(place, parts) for place, parts in places.items()]


def in_all(found: Sequence[Finding]) -> str:
    """The verdict over several places: their own where it is the same, "in part" where a claim agrees in some alone.

    Where it agrees nowhere, it contradicts if it does so somewhere.

    >>> places = [Finding("demo", sense, "", 1.0, 5, word) for sense, word in (("video", AGREES), ("audio", CANT_TELL))]
    >>> in_all(places), in_all(places[1:])
    ('in part', "can't tell")
    """
    words = {one.word for one in found}
    if AGREES in words:
        return AGREES if words == {AGREES} else IN_PART
    return CONTRADICTS if CONTRADICTS in words else CANT_TELL


@dataclass(frozen=True, eq=False)
class _Part:
    """One part of a claim in one place; a seed that has it twice (two tables share a run) counts once."""

    name: str
    values: np.ndarray
    parts: int

    @property
    def is_below(self) -> bool:
        return interval(self.values, comparisons=self.parts)[1] < 0

    @property
    def order(self) -> float:
        low = interval(self.values)[0]
        return float(self.values.mean()) if np.isnan(low) else low

    @property
    def needed(self) -> str:
        """How many seeds would tell, in words; "" where a single one says nothing of the spread."""
        if len(self.values) < 2:
            return ""
        mean, spread = float(self.values.mean()), float(self.values.std(ddof=1))
        count = seeds_needed(mean, spread, comparisons=self.parts if mean < 0 else 1)
        return "more than 200" if count is None else f"about {count}"


def _finding(place: tuple[str, str, str], parts: dict[str, dict[int, list[float]]]) -> Finding:
    asked = [
        _Part(name, np.array([np.mean(values) for values in seeds.values()]), len(parts))
        for name, seeds in parts.items()
    ]
    against = [part for part in asked if part.is_below]
    shown = min(against or asked, key=lambda part: part.order)
    agrees = all(interval(part.values)[0] > 0 for part in asked)
    word = CONTRADICTS if against else AGREES if agrees else CANT_TELL
    return Finding(
        *place,
        value=float(shown.values.mean()),
        seeds=len(shown.values),
        word=word,
        interval=interval(shown.values),
        part=shown.name if len(asked) > 1 else "",
        needed=shown.needed if word == CANT_TELL else "",
    )
