"""The learning rate at each step, and when a training has saturated (paper 3.1, 4.1; author)."""

import math
from collections.abc import Sequence
from typing import Any

from xdc_lab.training.settings import TrainSettings


def plateaus(losses: Sequence[float], settings: TrainSettings) -> int:
    """How often the held-out loss has not become better for `patience` epochs; the warm-up's epochs do not count.

    >>> settings = TrainSettings(warmup_epochs=0, patience=2)
    >>> [plateaus([2.0, 1.0, 1.0, 0.999, 0.5, 0.5, 0.5][:epochs], settings) for epochs in range(1, 8)]
    [0, 0, 0, 1, 1, 1, 2]
    """
    found = waited = 0
    best = math.inf
    for loss in losses[int(settings.warmup_epochs) :]:
        better = loss < best - settings.min_improvement
        best, waited = (loss, 0) if better else (best, waited + 1)
        if waited == settings.patience:
            found, waited = found + 1, 0
    return found


def learning_rate_factor(
    settings: TrainSettings, *, step: int, steps_per_epoch: int, losses: Sequence[float] = ()
) -> float:
    """What the learning rate is multiplied by at a step: a function of what came before, so a resumed run agrees.

    Args:
        settings: the schedule.
        step: its number, over all epochs.
        steps_per_epoch: how many there are.
        losses: the held-out loss of each epoch so far, which schedule plateau reads.

    >>> settings = TrainSettings(epochs=4, warmup_epochs=1, schedule="cosine")
    >>> [round(learning_rate_factor(settings, step=step, steps_per_epoch=2), 2) for step in range(8)]
    [0.5, 1.0, 1.0, 0.93, 0.75, 0.5, 0.25, 0.07]
    """
    warmup_steps = settings.warmup_epochs * steps_per_epoch
    if step + 1 < warmup_steps:
        return (step + 1) / warmup_steps
    after = max(0.0, step - warmup_steps)
    if settings.schedule == "constant":
        return 1.0
    if settings.schedule == "plateau":
        return settings.step_factor ** plateaus(losses, settings)
    if settings.schedule == "step":
        return settings.step_factor ** (after // (settings.step_epochs * steps_per_epoch))
    whole = max(1.0, settings.epochs * steps_per_epoch - warmup_steps)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, after / whole)))


def saturated(records: list[dict[str, Any]], settings: TrainSettings) -> bool:
    """Whether the held-out loss lies on a plateau after the last decay (author: "until it saturates").

    >>> flat = [{"held_out_loss": loss} for loss in (2.0, 1.0, 1.0, 1.0, 0.9, 0.9, 0.9)]
    >>> settings = TrainSettings(warmup_epochs=0, patience=2, decays=1)
    >>> saturated(flat, settings), saturated(flat[:-1], settings)
    (True, False)
    """
    return settings.schedule == "plateau" and plateaus(held_out_losses(records), settings) > settings.decays


def held_out_losses(records: list[dict[str, Any]]) -> list[float]:
    """The held-out loss of each epoch; none where nothing is held out."""
    return [loss for record in records if (loss := record["held_out_loss"]) is not None]
