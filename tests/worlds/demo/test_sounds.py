from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.worlds.demo.factors import draw_factors
from xdc_lab.worlds.demo.rhythm import Rhythm, draw_rhythm
from xdc_lab.worlds.demo.sounds.catalogue import SOUNDS
from xdc_lab.worlds.demo.sounds.synthesis import RATE_HZ, Sounding, modes, place
from xdc_lab.worlds.demo.soundtrack import make_soundtrack
from xdc_lab.worlds.demo.world_settings import WorldSettings

WORLD = WorldSettings()
STRUCK = ("thud", "drum", "clang", "knock", "pluck", "clap")


def _sounding(seed: int = 0, pitch: float = 1.0, strikes=None) -> Sounding:
    generator = np.random.default_rng(seed)
    rhythm = draw_rhythm(generator, tempo_hz=1.6, jitter=0.06, seconds=1.5)
    if strikes is not None:
        rhythm = Rhythm(np.array(strikes), np.full(len(strikes), 0.9))
    return Sounding(rhythm, pitch, 1.5, generator)


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("pitch", [0.7, 1.0, 1.4])
def test_a_sound_is_finite_not_silent_and_as_long_as_the_clip(sound, pitch):
    samples = SOUNDS[sound](_sounding(pitch=pitch))
    assert samples.shape == (round(1.5 * RATE_HZ),) and samples.dtype == np.float32
    assert np.isfinite(samples).all()
    assert 0.01 < np.abs(samples).max() < 50
    assert np.sqrt(np.mean(samples**2)) > 0.003
    assert abs(samples.mean()) < 0.1 * np.abs(samples).max()


@pytest.mark.parametrize("sound", SOUNDS)
def test_a_sound_is_never_twice_the_same_but_follows_its_seed(sound):
    first, again, other = (SOUNDS[sound](_sounding(seed)) for seed in (0, 0, 1))
    assert (first == again).all()
    assert not np.allclose(first, other)


@pytest.mark.parametrize("sound", STRUCK)
def test_what_is_struck_sounds_from_the_strike_on(sound):
    samples = SOUNDS[sound](_sounding(strikes=[0.8]))
    start = round(0.8 * RATE_HZ)
    assert np.abs(samples[: start - 2]).max() == 0
    assert np.abs(samples[start : start + RATE_HZ // 10]).max() > 0.3 * np.abs(samples).max()


@pytest.mark.parametrize("sound", ("drum", "clang", "knock", "bell", "pluck"))
def test_a_higher_pitch_moves_the_spectrum_up(sound):
    def centre(pitch: float) -> float:
        power = np.abs(np.fft.rfft(SOUNDS[sound](_sounding(pitch=pitch, strikes=[0.1])))) ** 2
        return float((power * np.arange(len(power))).sum() / power.sum())

    assert centre(1.4) > 1.1 * centre(0.8)


@pytest.mark.parametrize("sample_rate_hz", WORLD.sample_rates_hz)
@pytest.mark.parametrize("gain_db", [-18.0, 0.0])
def test_a_soundtrack_has_its_rate_its_length_and_its_level(sample_rate_hz, gain_db):
    sounding = _sounding()
    factors = draw_factors(np.random.default_rng(3), world=WORLD)
    factors = replace(factors, sample_rate_hz=sample_rate_hz, gain_db=gain_db, seconds=1.5)
    samples = make_soundtrack(SOUNDS["knock"], factors, rhythm=sounding.rhythm, generator=np.random.default_rng(0))
    assert len(samples) == pytest.approx(1.5 * sample_rate_hz, abs=2)
    assert np.abs(samples).max() == pytest.approx(0.9 * 10 ** (gain_db / 20), rel=0.15)


def test_noise_is_at_the_level_that_the_table_says():
    """The same clip with 30 dB less noise: what differs is the noise, at its ratio under the event."""
    sounding = _sounding()
    quiet = replace(
        draw_factors(np.random.default_rng(3), world=WORLD),
        sample_rate_hz=RATE_HZ,
        seconds=1.5,
        hum_db=-200.0,
        tilt_db=0.0,
        room_wet=0.0,
        snr_db=200.0,
    )

    def sound(snr_db: float) -> np.ndarray:
        factors = replace(quiet, snr_db=snr_db)
        samples = make_soundtrack(SOUNDS["drum"], factors, rhythm=sounding.rhythm, generator=np.random.default_rng(0))
        return samples.astype(float)

    clean, noisy = sound(200.0), sound(6.0)
    scale = (clean @ noisy) / (clean @ clean)
    noise = noisy - scale * clean
    assert 20 * np.log10(np.std(scale * clean) / np.std(noise)) == pytest.approx(6.0, abs=0.5)


@given(st.floats(-3, 3), st.integers(1, 4000))
def test_placing_a_part_anywhere_never_leaves_the_clip_and_loses_nothing_inside(instant, length):
    out = np.zeros(RATE_HZ, np.float32)
    place(out, np.ones(length, np.float32), instant)
    start = round(instant * RATE_HZ)
    assert out.sum() == max(0, min(RATE_HZ, start + length) - max(0, start))


def test_modes_above_the_limit_of_hearing_here_are_left_out():
    generator = np.random.default_rng(0)
    one = np.array([1.0])
    assert not modes(one * 12_000, one * 0.1, one, seconds=0.2, generator=generator).any()
    assert modes(one * 500, one * 0.1, one, seconds=0.2, generator=generator).any()


@given(st.integers(0, 1000), st.floats(*WORLD.tempo_hz), st.floats(0.5, 4.0))
def test_beats_cover_the_clip_and_phase_is_whole_at_each_strike(seed, tempo_hz, seconds):
    rhythm = draw_rhythm(np.random.default_rng(seed), tempo_hz=tempo_hz, jitter=0.06, seconds=seconds)
    assert rhythm.strikes_seconds[0] < -1.0
    assert rhythm.strikes_seconds[-1] > seconds
    assert (np.diff(rhythm.strikes_seconds) > 0.8 / tempo_hz).all()
    phase = rhythm.phase(rhythm.strikes_seconds)
    assert phase.tolist() == list(range(len(phase)))
