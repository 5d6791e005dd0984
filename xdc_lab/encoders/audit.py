"""Audit weights against a network: what is missing, unexpected or of another shape."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

SHOWN = 3


@dataclass(frozen=True)
class Audit:
    """How named weights compare with a network's own.

    Attributes:
        missing: names that the network has and the weights have not.
        unexpected: names that the weights have and the network has not.
        misshapen: names that both have, with the shape in the weights and in the network.
    """

    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]

    @property
    def fits(self) -> bool:
        """Whether every name and shape is right."""
        return not (self.missing or self.unexpected or self.misshapen)

    def __str__(self) -> str:
        shapes = [f"{name} is {there}, not {here}" for name, (there, here) in self.misshapen.items()]
        found = {"missing": self.missing, "unexpected": self.unexpected, "of another shape": shapes}
        return "; ".join(f"{what}: {_first(names)}" for what, names in found.items() if names) or "everything fits"


def audit_weights(own: Mapping[str, Tensor], weights: Mapping[str, Tensor]) -> Audit:
    """Compare the names and shapes of `weights` with the network's own, both ways."""
    shapes = {name: (tuple(weights[name].shape), tuple(own[name].shape)) for name in own if name in weights}
    return Audit(
        missing=tuple(name for name in own if name not in weights),
        unexpected=tuple(name for name in weights if name not in own),
        misshapen={name: (there, here) for name, (there, here) in shapes.items() if there != here},
    )


def _first(names: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
