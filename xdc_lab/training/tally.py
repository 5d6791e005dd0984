"""Loss and right predictions of steps, left where they were computed until many are read at once (paper 3.1)."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

READ_EVERY = 10  # steps: reading makes this process wait for its GPU

Passed = tuple[int, Tensor, Tensor]  # of a part of a batch: clips, mean loss, right predictions


class Tally:
    """Numbers of steps that nobody has read yet.

    The sums are then made in Python's float64 in the steps' order, as if each step had been read by itself.
    """

    def __init__(self):
        self._steps: list[list[Passed]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def add(self, *parts: Passed) -> None:
        """Note a step: of each part of its batch how many clips, their mean loss, and how many were right."""
        self._steps.append([(clips, loss.detach(), correct.detach()) for clips, loss, correct in parts])

    def read(self) -> tuple[list[float], list[float]]:
        """Of each step noted since the last reading the loss, summed over the clips, and how many were right.

        The one place where the training waits for its device.
        """
        steps, self._steps = self._steps, []
        if not steps:
            return [], []
        flat = torch.stack([number for step in steps for _, *numbers in step for number in numbers])
        values = iter(flat.tolist())
        read = [[(clips * next(values), next(values)) for clips, _, _ in step] for step in steps]
        return [sum(loss for loss, _ in step) for step in read], [sum(right for _, right in step) for step in read]


def first_not_finite(values: Iterable[float]) -> int | None:
    """Which of the values is the first that is not finite.

    >>> first_not_finite([1.0, float("nan"), float("inf")]), first_not_finite([1.0])
    (1, None)
    """
    return next((number for number, value in enumerate(values) if not math.isfinite(value)), None)
