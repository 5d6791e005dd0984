"""Where a training stands as a checkpoint's state, of any number of processes."""

import sys
from collections.abc import Mapping
from typing import Any

from xdc_lab import distributed

SUMS = ("loss_sum", "correct", "seen", "replaced")  # of the epoch, each process's own


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
