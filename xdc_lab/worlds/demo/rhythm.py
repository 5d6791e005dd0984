"""The beats that the sight and the sound of one clip share."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True)
class Rhythm:
    """The beats of one clip, from before its start to after its end.

    The distribution is the same for every event: the tempo says nothing of the class.

    Attributes:
        strikes_seconds: the instants at which something strikes.
        strengths: how hard, 0 to 1, one per strike.
    """

    strikes_seconds: Float[np.ndarray, " strikes"]
    strengths: Float[np.ndarray, " strikes"]

    def phase(self, instants_seconds: Float[np.ndarray, " frames"]) -> Float[np.ndarray, " frames"]:
        """Count beats continuously: integer at each strike, in proportion between two."""
        return np.interp(instants_seconds, self.strikes_seconds, np.arange(len(self.strikes_seconds), dtype=float))

    def later(self, seconds: float) -> "Rhythm":
        """The same beats so much later."""
        return Rhythm(self.strikes_seconds + seconds, self.strengths)


def draw_rhythm(generator: np.random.Generator, *, tempo_hz: float, jitter: float, seconds: float) -> Rhythm:
    """Draw a steady beat with small human irregularities and a random phase."""
    count = int(np.ceil((seconds + 4.0) * tempo_hz / (1 - 3 * jitter))) + 2
    intervals = (1 + jitter * np.clip(generator.standard_normal(count), -2.5, 2.5)) / tempo_hz
    strikes = -2.0 - generator.random() / tempo_hz + np.cumsum(intervals)
    return Rhythm(strikes, generator.uniform(0.6, 1.0, count))
