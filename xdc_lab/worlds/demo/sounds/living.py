"""Animals, water, air and machines: sweeps, bubbles, formants and coloured, wandering noise."""

import numpy as np
from scipy import signal

from xdc_lab.worlds.demo.sounds.synthesis import (
    RATE_HZ,
    Samples,
    Sounding,
    at_strikes,
    band,
    clock,
    glide,
    noise,
    place,
    resonance,
    swell,
    wander,
)


def birdsong(sounding: Sounding) -> Samples:
    """A songbird: at each beat a phrase of sweeps, trills and whistles, the same motifs throughout the clip."""
    generator, base = sounding.generator, 3300 * sounding.pitch**0.8
    motifs = [
        (generator.uniform(0.8, 1.3), generator.uniform(-0.45, 0.45), generator.choice([0.0, 0.0, 28.0]))
        for _ in range(3)
    ]

    def one(_: float) -> Samples:
        out = np.zeros(round(0.42 * RATE_HZ), np.float32)
        for number, (height, sweep, trill) in enumerate(motifs):
            seconds = 0.1 + 0.02 * number
            time = clock(seconds)
            part = time / seconds
            frequency = (
                base * height * (1 + sweep * (part - 0.5) + 0.06 * np.sin(2 * np.pi * trill * time) * (trill > 0))
            )
            note = glide(frequency.astype(np.float32)) + 0.12 * glide((2 * frequency).astype(np.float32))
            place(out, note * swell(seconds, rise=0.25, fall=0.35), 0.125 * number)
        return out

    return at_strikes(sounding, one, tail_seconds=0.42)


def caw(sounding: Sounding) -> Samples:
    """A crow: a rough, harmonic-rich cry with two formants that falls at its end."""
    generator, base = sounding.generator, 460 * sounding.pitch

    def one(_: float) -> Samples:
        time = clock(0.34)
        part = time / 0.34
        frequency = base * (1.05 - 0.28 * part**2) * (1 + 0.02 * noise(0.34, generator=generator))
        turns = np.cumsum(frequency) / RATE_HZ
        voice = signal.sawtooth(2 * np.pi * turns).astype(np.float32)
        rough = 1 + 0.7 * np.sin(2 * np.pi * 72 * time + 2 * np.sin(2 * np.pi * 31 * time))
        source = (voice + 0.5 * noise(0.34, generator=generator)) * rough.astype(np.float32)
        cry = resonance(source, 1350 * sounding.pitch**0.3, quality=3) + 0.6 * resonance(source, 2500, quality=4)
        return cry * swell(0.34, rise=0.15, fall=0.35)

    return at_strikes(sounding, one, tail_seconds=0.34)


def drops(sounding: Sounding) -> Samples:
    """Drops fall into water: bubbles that ring (Minnaert) and rise in pitch; one per beat, small ones between."""
    generator, base = sounding.generator, 900 * sounding.pitch

    def bubble(frequency: float, decay: float, rise: float) -> Samples:
        time = clock(7 * decay)
        ring = glide((frequency * (1 + rise * time / decay)).astype(np.float32))
        return ring * np.exp(-time / np.float32(decay)) * np.clip(time / 0.002, 0, 1)

    def one(_: float) -> Samples:
        out = np.zeros(round(0.35 * RATE_HZ), np.float32)
        place(out, bubble(base * generator.uniform(0.9, 1.1), 0.03, 0.13), 0.02)
        place(out, 0.5 * bubble(1.7 * base * generator.uniform(0.8, 1.2), 0.014, 0.16), 0.06)
        place(out, 0.25 * band(noise(0.01, generator=generator), (2500, 8000)), 0.0)
        return out

    out = at_strikes(sounding, one, tail_seconds=0.35)
    for instant in generator.uniform(0, sounding.seconds, generator.poisson(5 * sounding.seconds)):
        small = bubble(base * generator.uniform(1.6, 3.5), generator.uniform(0.006, 0.015), 0.15)
        place(out, np.float32(generator.uniform(0.08, 0.3)) * small, float(instant))
    return out


def engine(sounding: Sounding) -> Samples:
    """An engine: uneven firing pulses at a wandering speed through an exhaust's resonances, and intake noise."""
    generator = sounding.generator
    speed = 42 * sounding.pitch * (1 + 0.10 * wander(sounding, points_per_second=1.5))
    turns = np.cumsum(speed, dtype=np.float64) / RATE_HZ
    firing = np.floor(turns).astype(int) - int(turns[0])
    strength = (1 + 0.22 * generator.standard_normal(firing[-1] + 2) - 0.15 * (np.arange(firing[-1] + 2) % 4 == 0))[
        firing
    ]
    since = turns - np.floor(turns)
    pulses = strength * np.exp(-since * 7) * np.minimum(since * 25, 1)
    hiss = noise(sounding.seconds, generator=generator)[: len(pulses)] * np.exp(-since * 4) * 0.35
    source = (pulses - pulses.mean() + hiss).astype(np.float32)
    return source + 1.4 * resonance(source, 190, quality=2) + 0.8 * resonance(source, 620, quality=3)


def wind(sounding: Sounding) -> Samples:
    """Gusty wind: noise whose resonances wander up and down with its strength, and the flutter of cloth."""
    air = noise(sounding.seconds, generator=sounding.generator)[: sounding.samples]
    gust = wander(sounding, points_per_second=2.5)
    strength = np.exp(0.8 * gust)
    centre = 520 * sounding.pitch
    low, high = resonance(air, centre * 0.7, quality=2.5), resonance(air, centre * 1.7, quality=6)
    whistle = resonance(air, centre * 2.6, quality=18)
    lean = np.clip(0.5 + 0.4 * gust, 0, 1)
    flutter = band(air, (150, 2500)) * np.clip(wander(sounding, points_per_second=22), 0, 2) ** 2
    return (strength * ((1 - lean) * low + lean * high + 0.9 * lean * whistle) + 0.12 * flutter).astype(np.float32)
