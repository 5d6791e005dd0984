"""Where a training stands as a checkpoint's state, of any number of processes."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xdc_lab import distributed

SUMS = ("loss_sum", "correct", "seen", "replaced")  # of the epoch, each process's own


@dataclass
class Position:
    """Where a training stands; with seed and weights it decides all that follows."""

    epoch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    correct: float = 0.0
    seen: int = 0
    replaced: int = 0
    seconds: float = 0.0
    data_seconds: float = 0.0
    step_seconds: float = 0.0
    records: list[dict[str, Any]] = field(default_factory=list)

    def next_epoch(self) -> None:
        """Begin the next epoch with empty sums."""
        self.epoch, self.step, self.loss_sum, self.correct, self.seen = self.epoch + 1, 0, 0.0, 0.0, 0
        self.replaced, self.seconds, self.data_seconds, self.step_seconds = 0, 0.0, 0.0, 0.0

    def share(self, seconds: float) -> float:
        """Of the epoch's time so far, as this process sees it: a GPU may still compute while data is waited for."""
        return round(seconds / max(self.seconds, 1e-9), 3)


def state_of(position: Mapping[str, Any], *, clips_per_step: int) -> dict[str, Any]:
    """What goes into a checkpoint: the position, every process's own sums, and how many clips a step has.

    All processes call it.
    """
    sums = distributed.all_gather_object({name: position[name] for name in SUMS})
    return {**position, "sums": sums, "clips_per_step": clips_per_step}


def position_of(state: Mapping[str, Any], *, clips_per_step: int) -> dict[str, Any]:
    """What `state_of` took, on this number of processes; a warning if a step has another number of clips now.

    An epoch's clips are drawn for all processes together (`xdc_lab.training.sampling.epoch_keys`), so as many processes
    as there are go on with the same clips where a step has as many as before. Else they go on after as many clips.
    """
    position = dict(state)
    sums, before = position.pop("sums", []), position.pop("clips_per_step", clips_per_step)
    if sums and len(sums) == distributed.world_size():
        position |= sums[distributed.rank()]
    elif sums:
        position |= {name: sum(own[name] for own in sums) * distributed.is_main() for name in SUMS}
    if before != clips_per_step:
        position["step"] = round(position["step"] * before / clips_per_step)
        if distributed.is_main():
            print(
                f"this training goes on with {clips_per_step} clips a step ({distributed.world_size()} processes), "
                f"where it had {before} ({len(sums)} processes): another batch and rate; start it on as many processes "
                "as before, or begin one with --global-batch, which is the same on any number",
                file=sys.stderr,
            )
    return position
