"""The sound at a time, in any file: the same samples whatever the start, in step with the pictures."""

import numpy as np
import pytest

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder import NO_AUDIO, NO_DECODE, read_waveform

RATE = 16_000
TRACKS = (
    ("film.mp4", "libx264", "aac", 44_100, "stereo"),
    ("six.mkv", "mpeg4", "aac", 48_000, "5.1"),
    ("film.mkv", "libx264", "libopus", 48_000, "mono"),
    ("film.webm", "libvpx-vp9", "libopus", 48_000, "stereo"),
    ("film.avi", "mpeg4", "libmp3lame", 44_100, "stereo"),
    ("film.mov", "mpeg4", "pcm_s16le", 22_050, "mono"),
    ("film.ts", "libx264", "aac", 44_100, "stereo"),
    ("sound.mp3", None, "libmp3lame", 44_100, "stereo"),
    ("sound.ogg", None, "libopus", 48_000, "mono"),
    ("sound.wav", None, "pcm_s16le", 8_000, "stereo"),
)


@pytest.mark.parametrize(("name", "video", "audio", "sample_rate_hz", "layout"), TRACKS)
def test_samples_do_not_depend_on_where_reading_began(record, name, video, audio, sample_rate_hz, layout):
    path = record(name, video=video, audio=audio, sample_rate_hz=sample_rate_hz, layout=layout, seconds=6.0)
    whole = read_waveform(path, start_seconds=0.0, duration_seconds=6.0).samples.numpy()
    for start in (0.0, 0.3, 1.2345, 2.5, 4.7):
        part = read_waveform(path, start_seconds=start, duration_seconds=1.0).samples.numpy()
        first = round(start * RATE)
        # AAC's noise substitution is the one thing that a decoder draws anew.
        tolerance = 1e-3 if audio == "aac" else 1e-6
        np.testing.assert_allclose(part, whole[first : first + RATE], atol=tolerance, err_msg=f"at {start} s")


EXACT = [track for track in TRACKS if track[0] not in ("film.ts", "film.avi", "sound.mp3")]


@pytest.mark.parametrize(("name", "video", "audio", "sample_rate_hz", "layout"), EXACT)
def test_sound_is_in_step_and_as_loud_as_it_was(record, tone, name, video, audio, sample_rate_hz, layout):
    """Priming samples are not heard, the resampler adds no delay, and mixing equal channels changes nothing."""
    path = record(name, video=video, audio=audio, sample_rate_hz=sample_rate_hz, layout=layout)
    heard = read_waveform(path, start_seconds=2.0, duration_seconds=1.0).samples.numpy()
    original = tone(4 * RATE, RATE)
    lags = {lag: np.dot(heard, original[2 * RATE + lag : 3 * RATE + lag]) for lag in range(-18, 19)}
    assert abs(max(lags, key=lambda lag: lags[lag])) <= 1
    assert np.abs(heard).max() == pytest.approx(np.abs(original[2 * RATE : 3 * RATE]).max(), rel=0.03)


def test_silence_outside_the_track_is_said(record):
    path = record("short.wav", video=None, audio="pcm_s16le", layout="mono", seconds=1.0)
    sound = read_waveform(path, start_seconds=0.75, duration_seconds=2.0)
    assert len(sound.samples) == 2 * RATE
    assert sound.padded_seconds == pytest.approx(1.75, abs=1e-3)
    assert sound.end_seconds == pytest.approx(1.0, abs=1e-3)
    assert not sound.samples[RATE // 4 + 50 :].any() and sound.samples[: RATE // 4].any()
    beyond = read_waveform(path, start_seconds=7.0, duration_seconds=0.5)
    assert beyond.padded_seconds == pytest.approx(0.5) and not beyond.samples.any()
    inside = read_waveform(path, start_seconds=0.2, duration_seconds=0.5)
    assert inside.padded_seconds == 0.0 and inside.end_seconds is None


def test_any_output_rate(record, tone):
    path = record("sound.wav", video=None, audio="pcm_s16le", layout="mono")
    same = read_waveform(path, start_seconds=1.0, duration_seconds=1.0, sample_rate_hz=44_100).samples.numpy()
    np.testing.assert_allclose(same, tone(4 * 44_100, 44_100)[44_100:88_200], atol=1e-4)
    for rate in (8_000, 22_050, 48_000):
        assert (
            len(read_waveform(path, start_seconds=1.0, duration_seconds=0.5, sample_rate_hz=rate).samples) == rate // 2
        )


def test_only_a_little_is_decoded_ahead_of_the_clip(record, monkeypatch):
    from xdc_lab.media.decoder import audio

    path = record("long.mp4", video=None, seconds=60.0, sample_rate_hz=16_000, layout="mono")
    parts = []
    original = audio._AudioTrack.parts
    monkeypatch.setattr(
        audio._AudioTrack, "parts", lambda self, begin: (parts.append(part) or part for part in original(self, begin))
    )
    read_waveform(path, start_seconds=50.0, duration_seconds=2.0)
    assert sum(len(samples) for _, samples in parts) < 4 * 16_000


def test_what_is_no_sound(record, tmp_path):
    (tmp_path / "empty.mp4").touch()
    for name in ("empty.mp4", "missing.mp4"):
        with pytest.raises(MediaError, match=NO_DECODE):
            read_waveform(tmp_path / name, start_seconds=0.0, duration_seconds=1.0)
    with pytest.raises(MediaError, match=NO_AUDIO):
        read_waveform(record("silent.mp4", audio=None), start_seconds=0.0, duration_seconds=1.0)
