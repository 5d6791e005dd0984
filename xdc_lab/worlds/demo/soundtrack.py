"""Synthesise the soundtrack of one clip from a sound and the clip's factors."""

import numpy as np
from jaxtyping import Float
from scipy import signal
from scipy.fft import next_fast_len

from xdc_lab.worlds.demo.factors import Factors
from xdc_lab.worlds.demo.rhythm import Rhythm
from xdc_lab.worlds.demo.sounds.synthesis import RATE_HZ, Samples, Sound, Sounding, clock, filtered

PEAK = 0.9
_RESAMPLING = {16_000: (320, 441), 22_050: (1, 1), 32_000: (640, 441), 44_100: (2, 1)}


def make_soundtrack(
    sound: Sound, factors: Factors, *, rhythm: Rhythm, generator: np.random.Generator
) -> Float[np.ndarray, " samples"]:
    """Make a clip's sound: the event in a room, over noise and hum, through a microphone at some level."""
    event = sound_in_a_room(sound, factors, rhythm=rhythm, generator=generator)
    return record_sound(event, factors, generator=generator)


def sound_in_a_room(
    sound: Sound, factors: Factors, *, rhythm: Rhythm, generator: np.random.Generator
) -> Float[np.ndarray, " samples"]:
    """Make the event with its echo, at `RATE_HZ` and a loudness of 1."""
    pitch = 2 ** (factors.pitch_semitones / 12)
    sounding = Sounding(rhythm, pitch, factors.seconds, generator)
    return _loudness_1(_in_a_room(sound(sounding), factors, generator))


def record_sound(
    event: Float[np.ndarray, " samples"], factors: Factors, *, generator: np.random.Generator
) -> Float[np.ndarray, " recorded"]:
    """Add noise and hum to what sounds, and record it through a microphone at the file's rate."""
    mixed = event + _noise(len(event), factors, generator) + _hum(factors, generator)[: len(event)]
    heard = _tilted(mixed, factors.tilt_db)
    heard *= PEAK * 10 ** (factors.gain_db / 20) / np.abs(heard).max()
    up, down = _RESAMPLING[factors.sample_rate_hz]
    return heard if up == down else np.clip(signal.resample_poly(heard, up, down), -1, 1).astype(np.float32)


def _loudness_1(samples: Samples) -> Samples:
    """Scale to a root mean square of 1."""
    return samples / (np.sqrt(np.mean(samples * samples)) + np.float32(1e-9))


def _in_a_room(dry: Samples, factors: Factors, generator: np.random.Generator) -> Samples:
    """Add the echo of a room: exponentially decaying noise that loses its highs, after a short silence."""
    time = clock(factors.room_seconds)
    echo = generator.standard_normal(len(time), dtype=np.float32) * np.exp(
        time * np.float32(-6.9 / factors.room_seconds)
    )
    echo = filtered([0.45], [1, -0.55], echo)
    echo[: round(0.008 * RATE_HZ)] = 0
    wet = signal.oaconvolve(dry, echo)[: len(dry)].astype(np.float32)
    return _loudness_1(dry) + np.float32(np.sqrt(factors.room_wet)) * _loudness_1(wet)


def _noise(samples: int, factors: Factors, generator: np.random.Generator) -> Samples:
    """Noise whose power falls as 1/f^exponent above 60 Hz, at the clip's ratio under an event of loudness 1."""
    size = _fast_size(samples)
    spectrum = np.fft.rfft(generator.standard_normal(size, dtype=np.float32))
    frequency = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 60.0)
    coloured = np.fft.irfft(spectrum * frequency ** (-factors.noise_exponent / 2), size)[:samples]
    return _loudness_1(coloured.astype(np.float32)) * np.float32(10 ** (-factors.snr_db / 20))


def _hum(factors: Factors, generator: np.random.Generator) -> Samples:
    """Mains hum: the first harmonics, each with a level of its own."""
    time, out = clock(factors.seconds), 0
    for harmonic in (1, 2, 3, 4, 6):
        turns = np.float32(2 * np.pi * factors.hum_hz * harmonic) * time
        out = out + np.float32(generator.uniform(0.2, 1) / harmonic**0.5) * np.sin(turns)
    return _loudness_1(np.asarray(out)) * np.float32(10 ** (factors.hum_db / 20))


def _tilted(samples: Samples, tilt_db: float) -> Samples:
    """A microphone's tilt: `tilt_db` from 100 Hz to 10 kHz, flat around 1 kHz."""
    size = _fast_size(len(samples))
    frequency = np.clip(np.fft.rfftfreq(size, 1 / RATE_HZ), 100, 10_000)
    gain = 10 ** (tilt_db * np.log10(frequency / 1000) / 2 / 20)
    return np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[: len(samples)].astype(np.float32)


def _fast_size(samples: int) -> int:
    return int(next_fast_len(samples, real=True) or samples)
