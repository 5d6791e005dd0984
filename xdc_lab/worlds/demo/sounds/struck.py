"""Things that are struck, plucked or clapped: sums of decaying modes, and strings by Karplus and Strong (1983)."""

import numpy as np

from xdc_lab.worlds.demo.sounds.synthesis import (
    RATE_HZ,
    Samples,
    Sounding,
    at_strikes,
    burst,
    clock,
    filtered,
    glide,
    modes,
    noise,
    place,
)

# Ratios of the circular membrane's modes: zeros of Bessel functions over the first one.
MEMBRANE = np.array([1.0, 1.594, 2.136, 2.296, 2.653, 2.918, 3.156, 3.501])
# Ratios of a church bell's partials to its prime: hum, prime, tierce, quint, nominal and upper ones.
BELL = np.array([0.5, 0.502, 1.0, 1.004, 1.2, 1.5, 2.0, 2.008, 2.67, 3.01, 4.17, 5.43])
# Ratios of a free stiff bar's modes, as of an anvil's horn or a steel plate.
BAR = np.array([1.0, 1.41, 2.756, 3.6, 5.404, 6.7, 8.933])
WOOD = np.array([1.0, 1.62, 2.57, 3.9])


def thud(sounding: Sounding) -> Samples:
    """A rubber ball on a floor: a low thump whose pitch falls, and a soft slap."""
    generator, base = sounding.generator, 105 * sounding.pitch

    def one(strength: float) -> Samples:
        time = clock(0.3)
        thump = glide((base * (1 + 0.9 * np.exp(-time / 0.018))).astype(np.float32)) * np.exp(-time / 0.055)
        cavity = 0.18 * glide(np.full_like(time, 7.3 * base)) * np.exp(-time / 0.03)
        slap = burst(0.3, 0.012, band_hz=(250, 1400), generator=generator)
        return (thump + cavity + 0.5 * strength * slap).astype(np.float32)

    return at_strikes(sounding, one, tail_seconds=0.3)


def drum(sounding: Sounding) -> Samples:
    """A drum: the modes of a membrane, sharper when struck harder, and the stick's attack."""
    generator, base = sounding.generator, 165 * sounding.pitch
    levels = np.array([1.0, 0.75, 0.5, 0.45, 0.32, 0.28, 0.2, 0.16])

    def one(strength: float) -> Samples:
        body = modes(
            base * MEMBRANE * (1 + 0.01 * strength),
            0.26 / MEMBRANE**0.8,
            levels * generator.uniform(0.5, 1.0, len(levels)),
            seconds=0.9,
            generator=generator,
        )
        body[: round(0.15 * RATE_HZ)] += 0.5 * strength * burst(0.15, 0.02, band_hz=(900, 5000), generator=generator)
        return body

    return at_strikes(sounding, one, tail_seconds=0.9)


def clang(sounding: Sounding) -> Samples:
    """A hammer on an anvil: the high, unharmonic, long modes of a steel bar, each beating with its twin."""
    generator, base = sounding.generator, 870 * sounding.pitch
    twins = np.concatenate([BAR, BAR * 1.006])
    decays = np.tile(np.array([0.5, 0.42, 0.4, 0.3, 0.28, 0.2, 0.14]), 2)

    def one(strength: float) -> Samples:
        levels = generator.uniform(0.35, 1.0, len(twins)) * np.tile(np.linspace(1, 0.45, len(BAR)), 2)
        ring = modes(base * twins, decays, levels, seconds=1.4, generator=generator)
        ring[: round(0.05 * RATE_HZ)] += 2.0 * strength * burst(0.05, 0.006, band_hz=(2000, 9000), generator=generator)
        return ring

    return at_strikes(sounding, one, tail_seconds=1.4)


def knock(sounding: Sounding) -> Samples:
    """A knock on wood: a few short, dull modes and a click."""
    generator, base = sounding.generator, 520 * sounding.pitch

    def one(strength: float) -> Samples:
        body = modes(
            base * WOOD,
            np.array([0.036, 0.026, 0.017, 0.01]),
            np.array([1.0, 0.8, 0.5, 0.3]) * generator.uniform(0.6, 1.0, 4),
            seconds=0.25,
            generator=generator,
        )
        body[: round(0.02 * RATE_HZ)] += 0.7 * strength * burst(0.02, 0.003, band_hz=(1500, 6000), generator=generator)
        return body

    return at_strikes(sounding, one, tail_seconds=0.25)


def bell(sounding: Sounding) -> Samples:
    """A church bell: hum, prime, minor tierce, quint and nominal, the high ones dying first."""
    generator, base = sounding.generator, 430 * sounding.pitch
    levels = np.array([0.5, 0.3, 0.8, 0.4, 0.7, 0.35, 0.9, 0.4, 0.5, 0.45, 0.35, 0.25])
    decays = 1.5 / BELL**0.75

    def one(strength: float) -> Samples:
        bright = levels * BELL ** (0.5 * (strength - 0.8)) * generator.uniform(0.7, 1.0, len(BELL))
        return modes(base * BELL, decays, bright, seconds=2.6, generator=generator)

    return at_strikes(sounding, one, tail_seconds=1.9)


def pluck(sounding: Sounding) -> Samples:
    """A plucked string (Karplus-Strong): noise that goes around a delay line and loses its highs; four notes."""
    generator = sounding.generator
    notes = 196 * sounding.pitch * 2 ** (np.array([0, 3, 7, 10]) / 12)

    def one(strength: float) -> Samples:
        period = round(RATE_HZ / float(generator.choice(notes)) - 0.5)
        excitation = np.zeros(round(1.3 * RATE_HZ), np.float32)
        excitation[:period] = noise(period / RATE_HZ, generator=generator)[:period]
        excitation[period // 5 : period] -= excitation[: period - period // 5]  # plucked a fifth from the end
        loop = np.zeros(period + 2)
        loop[0], loop[period], loop[period + 1] = 1.0, -0.4975, -0.4975
        string = filtered([1.0], loop, excitation)
        return filtered([0.5 + 0.3 * strength], [1.0, 0.3 * strength - 0.5], string)

    return at_strikes(sounding, one, tail_seconds=1.3)


def clap(sounding: Sounding) -> Samples:
    """Hands clap: a few bursts within milliseconds (several hands), then the cavity's decay."""
    generator, centre = sounding.generator, 1250 * sounding.pitch

    def one(strength: float) -> Samples:
        out = np.zeros(round(0.3 * RATE_HZ), np.float32)
        for number in range(4):
            decay = 0.035 if number == 3 else 0.004
            edge = (0.6 * centre, 2.1 * centre * (0.7 + 0.5 * strength))
            part = burst(0.2, decay, band_hz=edge, generator=generator)
            place(out, part * np.float32(generator.uniform(0.6, 1.0)), 0.009 * number + generator.uniform(0, 0.003))
        return out

    return at_strikes(sounding, one, tail_seconds=0.3)
