"""Sounds of the extra events, which only uncurated sets have: bubbles, crackle, siren, croak, crickets."""

import numpy as np
from scipy import signal

from xdc_lab.worlds.demo.sounds.synthesis import (
    RATE_HZ,
    Samples,
    Sounding,
    at_strikes,
    band,
    burst,
    clock,
    filtered,
    glide,
    noise,
    place,
    resonance,
    swell,
    wander,
)


def bubbles(sounding: Sounding) -> Samples:
    """A stream of bubbles at each strike, rising in pitch one after the other."""
    generator, base = sounding.generator, 420 * sounding.pitch

    def one(_: float) -> Samples:
        out = np.zeros(round(0.5 * RATE_HZ), np.float32)
        for number in range(6):
            time = clock(0.12)
            frequency = base * (1 + 0.14 * number) * (1 + 5 * time)
            frequency = base * (1 + 0.14 * number) * (1 + 5 * time)
            ring = glide(frequency.astype(np.float32)) * np.exp(-time / np.float32(0.025))
            level, late = generator.uniform((0.5, 0.0), (1.0, 0.02))
            place(out, np.float32(level) * ring, 0.055 * number + late)
        return out

    return at_strikes(sounding, one, tail_seconds=0.5)


def crackle(sounding: Sounding) -> Samples:
    """Fire or grit: a soft roar, and cracks of every size at random instants."""
    generator = sounding.generator
    out = 0.12 * band(noise(sounding.seconds, generator=generator), (80, 600))[: sounding.samples]
    for instant in generator.uniform(0, sounding.seconds, generator.poisson(18 * sounding.seconds)):
        low = generator.uniform(700, 2500) * sounding.pitch
        crack = burst(0.03, generator.uniform(0.002, 0.006), band_hz=(low, 3 * low), generator=generator)
        place(out, np.float32(generator.pareto(2.0) * 0.4 + 0.1) * crack, float(instant))
    return out


def siren(sounding: Sounding) -> Samples:
    """A wailing siren: a buzzing tone that climbs and falls once every two beats."""
    time = clock(sounding.seconds)[: sounding.samples]
    beat = sounding.rhythm.phase(time.astype(np.float64))
    frequency = 700 * sounding.pitch * (1 + 0.4 * np.sin(np.pi * beat))
    tone = signal.sawtooth(2 * np.pi * np.cumsum(frequency) / RATE_HZ).astype(np.float32)
    return tone + resonance(tone, 1500, quality=2)


def croak(sounding: Sounding) -> Samples:
    """A frog: a train of pulses through two formants, swelling at each strike."""
    base = 950 * sounding.pitch**0.7

    def one(_: float) -> Samples:
        time = clock(0.3)
        rate = 62 * sounding.pitch * (1 + 0.4 * time / 0.3)
        pulses = np.exp(-14 * ((np.cumsum(rate) / RATE_HZ) % 1)).astype(np.float32)
        pulses -= pulses.mean()
        return (resonance(pulses, base, quality=5) + 0.6 * resonance(pulses, 2.1 * base, quality=6)) * swell(0.3)

    return at_strikes(sounding, one, tail_seconds=0.3)


def crickets(sounding: Sounding) -> Samples:
    """Crickets: a high tone in chirps of four pulses, several a second, each insect a little apart."""
    time, out = clock(sounding.seconds)[: sounding.samples], 0
    for rate, pace, start, tone, level in sounding.generator.uniform(
        (26, 2.4, 0.0, 0.97, 0.4), (30, 3.2, 6.28, 1.03, 1.0), (3, 5)
    ):
        pulse = np.clip(np.sin(2 * np.pi * rate * time), 0, 1)
        chirp = filtered((0.02,), (1, -0.98), np.sin(2 * np.pi * pace * time + start) > 0.1)
        out = out + level * chirp * pulse * np.sin(2 * np.pi * 4300 * sounding.pitch**0.4 * tone * time)
    return np.asarray(out * (1 + 0.1 * wander(sounding, points_per_second=4)), np.float32)
