"""Files that are written: read back as they were, the same bytes each time, whole or not at all."""

import numpy as np
import pytest

from xdc_lab.errors import SettingError
from xdc_lab.media.decoder import read_frames, read_header, read_waveform
from xdc_lab.media.writer import Encoding, write_video


@pytest.fixture
def film() -> tuple[np.ndarray, np.ndarray]:
    """Two seconds that brighten and swell."""
    frames = np.repeat(np.arange(60, dtype=np.uint8) * 4, 32 * 48 * 3).reshape(60, 32, 48, 3)
    time = np.arange(32_000) / 16_000
    return frames, (0.5 * np.sin(2 * np.pi * 330 * time) * time / 2).astype(np.float32)


@pytest.mark.parametrize("rate", [10.0, 25.0, 30_000 / 1001])
def test_reads_back_as_it_was(tmp_path, film, rate):
    frames, waveform = film
    write_video(tmp_path / "film.mp4", frames, frame_rate_hz=rate, waveform=waveform)
    instants = (np.arange(60) + 0.5) / rate
    back = read_frames(tmp_path / "film.mp4", instants).pixels.permute(0, 2, 3, 1).numpy()
    assert np.abs(back.astype(int) - frames).mean() < 3
    sound = read_waveform(tmp_path / "film.mp4", start_seconds=0.0, duration_seconds=2.0).samples.numpy()
    assert np.abs(sound - waveform)[:-1024].max() < 0.03
    header = read_header(tmp_path / "film.mp4")
    assert (header.video_codec, header.audio_codec, header.frame_rate_hz) == ("h264", "aac", pytest.approx(rate))


def test_reading_anywhere_gives_the_same_samples(tmp_path):
    """Noise is where decoders of AAC draw random numbers, unless the file leaves them no need to."""
    noise = np.random.default_rng(0).normal(0, 0.2, 80_000).astype(np.float32)
    write_video(tmp_path / "noise.mp4", None, waveform=noise)
    whole = read_waveform(tmp_path / "noise.mp4", start_seconds=0.0, duration_seconds=5.0).samples
    part = read_waveform(tmp_path / "noise.mp4", start_seconds=3.1, duration_seconds=1.0).samples
    assert (part - whole[49_600:65_600]).abs().max() < 1e-6


def test_same_input_same_bytes(tmp_path, film):
    for name in ("a.mp4", "b.mp4"):
        write_video(tmp_path / name, film[0], waveform=film[1])
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_one_track_alone(tmp_path, film):
    write_video(tmp_path / "silent.mp4", film[0])
    write_video(tmp_path / "new" / "sound: only.mp4", None, waveform=film[1])
    assert read_header(tmp_path / "silent.mp4").audio_codec is None
    assert read_header(tmp_path / "new" / "sound: only.mp4").video_codec is None


def test_whole_or_not_at_all(tmp_path, film):
    path = tmp_path / "film.mp4"
    write_video(path, film[0], waveform=film[1])
    before = path.read_bytes()
    with pytest.raises(Exception, match=r"(?i)preset|invalid|generic|external|unknown"):
        write_video(path, film[0], waveform=film[1], encoding=Encoding(preset="no such preset"))
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["film.mp4"], "nothing half-written stays"


def test_what_cannot_be_written(tmp_path, film):
    with pytest.raises(SettingError, match="31 x 48"):
        write_video(tmp_path / "odd.mp4", film[0][:, :31])
    with pytest.raises(SettingError, match="at least one"):
        write_video(tmp_path / "nothing.mp4", None)


def test_sound_of_another_file_is_copied(tmp_path, film):
    frames, waveform = film
    fast = Encoding(sound_bit_rate=40_000, sound_coder="fast")
    write_video(tmp_path / "sound.m4a", None, waveform=waveform, encoding=fast)
    write_video(tmp_path / "both.mp4", frames, sound_file=tmp_path / "sound.m4a")
    apart, together = (
        read_waveform(tmp_path / name, start_seconds=0.0, duration_seconds=2.0).samples.numpy()
        for name in ("sound.m4a", "both.mp4")
    )
    assert (apart == together).all()
    assert np.abs(apart - waveform)[:-1024].max() < 0.03
    assert len(read_frames(tmp_path / "both.mp4", [0.0, 1.9]).pixels) == 2


def test_fewer_bits_a_smaller_file(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.2, 32_000).astype(np.float32)
    sizes = []
    for rate in (64_000, 24_000):
        write_video(tmp_path / "noise.m4a", None, waveform=noise, encoding=Encoding(sound_bit_rate=rate))
        sizes.append((tmp_path / "noise.m4a").stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]
