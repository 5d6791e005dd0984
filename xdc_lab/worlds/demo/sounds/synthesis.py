"""The bricks of the sounds: decaying modes, filtered noise, glides and where they are put in time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import signal

from xdc_lab.worlds.demo.rhythm import Rhythm

RATE_HZ = 22_050  # everything is synthesised at this rate; files of other rates are resampled from it

Samples = Float[np.ndarray, " samples"]
Part = Float[np.ndarray, " part"]  # shorter than the clip that it is put into
Number = float | int
Coefficients = Sequence[Number] | np.ndarray


@dataclass(frozen=True)
class Sounding:
    """What a sound is made from.

    Attributes:
        rhythm: the beats of the clip.
        pitch: factor on all frequencies of the thing that sounds.
        seconds: how long the clip is.
        generator: for everything that is never twice the same.
    """

    rhythm: Rhythm
    pitch: float
    seconds: float
    generator: np.random.Generator

    @property
    def samples(self) -> int:
        """The number of samples of the clip."""
        return round(self.seconds * RATE_HZ)


Sound = Callable[[Sounding], Samples]


def clock(seconds: float) -> Samples:
    """Instants of `seconds` of samples, from 0."""
    return np.arange(round(seconds * RATE_HZ), dtype=np.float32) / np.float32(RATE_HZ)


def at_strikes(sounding: Sounding, one: Callable[[float], Samples], *, tail_seconds: float) -> Samples:
    """Let `one(strength)` sound at every strike; those from before the clip ring into it."""
    out = np.zeros(sounding.samples, np.float32)
    for instant, strength in zip(sounding.rhythm.strikes_seconds, sounding.rhythm.strengths, strict=True):
        if -tail_seconds < instant < sounding.seconds:
            place(out, one(float(strength)) * np.float32(strength), float(instant))
    return out


def place(out: Samples, part: Part, instant_seconds: float) -> None:
    """Add `part` to `out` from an instant on, cut at both ends."""
    start = round(instant_seconds * RATE_HZ)
    skipped = max(0, -start)
    stop = min(len(out), start + len(part))
    if stop > start + skipped:
        out[start + skipped : stop] += part[skipped : stop - start]


def modes(
    frequencies_hz: Float[np.ndarray, " modes"],
    decays_seconds: Float[np.ndarray, " modes"],
    levels: Float[np.ndarray, " modes"],
    *,
    seconds: float,
    generator: np.random.Generator,
) -> Samples:
    """Sum decaying sinusoids, as a struck body sounds; modes above 10 kHz are left out."""
    time = clock(seconds)
    out = np.zeros(len(time), np.float32)
    for frequency, decay, level in zip(frequencies_hz, decays_seconds, levels, strict=True):
        if frequency < 10_000:
            live = time[: round(min(seconds, 7 * decay) * RATE_HZ)]
            turns = np.float32(2 * np.pi * frequency) * live + np.float32(generator.uniform(0, 0.6))
            envelope = np.exp(live * np.float32(-1 / decay))
            envelope -= envelope[-1]  # ends without a click
            out[: len(live)] += np.float32(level) * envelope * np.sin(turns)
    return out


def noise(seconds: float, *, generator: np.random.Generator) -> Samples:
    """White noise."""
    return generator.standard_normal(round(seconds * RATE_HZ), dtype=np.float32)


def burst(
    seconds: float, decay_seconds: float, *, band_hz: tuple[Number, Number], generator: np.random.Generator
) -> Samples:
    """A decaying burst of noise within a band."""
    envelope = np.exp(clock(seconds) / np.float32(-decay_seconds))
    return band(noise(seconds, generator=generator), band_hz) * (envelope - envelope[-1])


def filtered(numerator: Coefficients, denominator: Coefficients, samples: np.ndarray) -> Samples:
    """Run a recursive filter over samples."""
    return np.asarray(signal.lfilter(numerator, denominator, samples), np.float32)


def band(samples: Samples, band_hz: tuple[Number, Number]) -> Samples:
    """Keep a band of frequencies (Butterworth, second order)."""
    low, high = max(band_hz[0], 20.0), min(band_hz[1], 0.48 * RATE_HZ)
    numerator, denominator = np.asarray(signal.butter(2, (low, high), "bandpass", fs=RATE_HZ))
    return filtered(numerator, denominator, samples)


def resonance(samples: Samples, frequency_hz: Number, *, quality: Number) -> Samples:
    """Let a single resonance ring, as a cavity or a formant does."""
    return filtered(*signal.iirpeak(min(frequency_hz, 0.45 * RATE_HZ), quality, fs=RATE_HZ), samples)


def glide(frequencies_hz: Samples) -> Samples:
    """A sine whose frequency is given at every sample."""
    return np.sin(2 * np.pi * np.cumsum(frequencies_hz, dtype=np.float64) / RATE_HZ).astype(np.float32)


def wander(sounding: Sounding, *, points_per_second: Number) -> Samples:
    """A smooth random curve of mean 0 and deviation about 1, over the clip."""
    count = int(sounding.seconds * points_per_second) + 4
    knots = sounding.generator.standard_normal(count)
    fine = np.linspace(0, count - 1, sounding.samples)
    left = fine.astype(int).clip(0, count - 2)
    part = fine - left
    return (knots[left] + (knots[left + 1] - knots[left]) * part * part * (3 - 2 * part)).astype(np.float32)


def swell(seconds: float, *, rise: float = 0.2, fall: float = 0.4) -> Samples:
    """An envelope that rises and falls smoothly; `rise` and `fall` are parts of its length."""
    part = np.linspace(0, 1, round(seconds * RATE_HZ), dtype=np.float32)
    ramp = np.clip(np.minimum(part / rise, (1 - part) / fall), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)
