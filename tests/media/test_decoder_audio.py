"""The sound at a time, in any file: the same samples whatever the start, in step with the pictures."""

import itertools
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder import read_waveform
from xdc_lab.media.findings import NO_AUDIO, NO_DECODE

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


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
@pytest.mark.parametrize("ticks", [0, 480])
def test_jittering_time_stamps_are_played_end_to_end(record, copied, delayed, tone, name, ticks):
    """Every other packet is late by 11 ms, less than half its length: nothing is missing, so nothing is silent."""
    odd = itertools.cycle((0, ticks))

    def jitter(packet):
        late = next(odd) if packet.stream.type == "audio" else 0
        delayed(packet, round(Fraction(late, 44_100) / packet.time_base))

    path = copied(record("base.mp4", seconds=6.0), name, jitter)
    whole = read_waveform(path, start_seconds=0.0, duration_seconds=5.9)
    assert whole.padded_seconds < 0.02, "the first packet may be late"
    original, heard = tone(6 * RATE, RATE), whole.samples.numpy()
    lags = {lag: np.dot(heard[RATE:-RATE], original[RATE + lag : len(heard) - RATE + lag]) for lag in range(-18, 19)}
    at_best = max(lags, key=lambda lag: lags[lag])
    np.testing.assert_allclose(heard[RATE:-RATE], original[RATE + at_best : len(heard) - RATE + at_best], atol=0.05)
    for start in (1.2345, 2.5, 4.7):
        part = read_waveform(path, start_seconds=start, duration_seconds=1.0).samples.numpy()
        np.testing.assert_allclose(part, heard[round(start * RATE) :][:RATE], atol=1e-3, err_msg=f"at {start} s")


def test_a_gap_stays_a_gap_so_that_what_follows_is_in_step(record, copied, delayed):
    count = itertools.count()

    def leave_out_a_second(packet):
        delayed(packet, 44_100 if next(count) >= 10 else 0)

    path = copied(record("base.mp4", video=None), "gap.mp4", leave_out_a_second)
    sound = read_waveform(path, start_seconds=0.0, duration_seconds=3.0)
    assert sound.padded_seconds == pytest.approx(1.0, abs=0.01)


def test_plays_the_default_track(tmp_path):
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=RATE, layout="mono") for _ in range(2)]
        streams[0].disposition, streams[1].disposition = Disposition(0), Disposition.default
        for stream, hz in zip(streams, (440, 880), strict=True):
            wave = 10_000 * np.sin(2 * np.pi * hz * np.arange(2 * RATE) / RATE)
            frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
    heard = read_waveform(path, start_seconds=0.5, duration_seconds=1.0).samples.numpy()
    assert np.abs(np.fft.rfft(heard)).argmax() == 880


def test_a_sample_rate_that_no_sound_has_is_refused(record):
    path = record("slow.mkv", video=None, audio="pcm_s16le", sample_rate_hz=100, layout="mono")
    with pytest.raises(MediaError, match=r"sample rate of 100, of 1000 to"):
        read_waveform(path, start_seconds=0.0, duration_seconds=1.0)


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


def test_sound_that_is_no_number_is_named(tmp_path):
    """A WAV file of floating-point samples may hold NaN."""
    path = tmp_path / "nan.wav"
    samples = np.zeros((1, RATE), np.float32)
    samples[0, 8000:8010] = np.nan
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples, format="flt", layout="mono")
        frame.sample_rate = RATE
        container.mux([*stream.encode(frame), *stream.encode(None)])
    with pytest.raises(MediaError, match=r"nan\.wav: does not decode \(its sound holds NaN"):
        read_waveform(path, start_seconds=0.2, duration_seconds=0.5)
    assert len(read_waveform(path, start_seconds=0.0, duration_seconds=0.2).samples) == 3200
