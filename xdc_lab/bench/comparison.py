"""Two ways to do the same work, timed in turn, so that a machine whose speed drifts slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Comparison:
    """Our way and the bare library's.

    Attributes:
        part: of the loop.
        against: what ours is compared with.
        units: clips or rows that each call works on.
        ours: does the work once; it may return an inertia.
        theirs: does the same; if both return an inertia, their ratio is told.
    """

    part: str
    against: str
    units: int
    ours: Callable[[], object]
    theirs: Callable[[], object]


def compare(comparison: Comparison, *, rounds: int) -> dict[str, Any]:
    """Run both once to warm up, then in turn `rounds` times: medians of the speeds and of the ratio ours / theirs."""
    ours, theirs = comparison.ours(), comparison.theirs()
    seconds = [(_seconds(comparison.ours), _seconds(comparison.theirs)) for _ in range(rounds)]
    ratios = [other / own for own, other in seconds]
    inertia = f" (inertia x{ours / theirs:.3f})" if isinstance(ours, float) and isinstance(theirs, float) else ""
    return {
        "part": comparison.part,
        "ours against": comparison.against + inertia,
        "ours/s": round(comparison.units / statistics.median(own for own, _ in seconds)),
        "theirs/s": round(comparison.units / statistics.median(other for _, other in seconds)),
        "ratio": round(statistics.median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
    }


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started
