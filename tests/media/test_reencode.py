"""A file written anew shows the same pictures and sounds at the same instants."""

import numpy as np
import pytest

from xdc_lab.errors import MediaError, SettingError
from xdc_lab.media.decoder import TimedFrame, read_frames, read_header, read_waveform, stream_frames
from xdc_lab.media.probe import probe
from xdc_lab.media.reencode import ReencodeSettings, reencode
from xdc_lab.media.writer import write_timed, write_video

BOTH = ("video", "audio")
SETTINGS = ReencodeSettings(short_side_px=32, keyframe_every=10)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Three seconds at an NTSC rate, 48 x 66 pixels, sound at another rate: no two moments are alike."""
    path, generator = tmp_path_factory.mktemp("film") / "film.mp4", np.random.default_rng(0)
    shades = generator.integers(20, 235, (90, 1, 1, 3)).astype(np.uint8)
    sound = generator.normal(0, 0.2, 3 * 22_050).astype(np.float32)
    frames = np.broadcast_to(shades, (90, 48, 66, 3))
    write_video(path, frames, frame_rate_hz=30_000 / 1001, waveform=sound, sample_rate_hz=22_050)
    return path


@pytest.mark.parametrize(("start", "end"), [(0.0, 3.0), (0.7131, 2.2)])
def test_the_same_at_the_same_instants(film, tmp_path, start, end):
    reencode(film, tmp_path / "new.mp4", start_seconds=start, end_seconds=end, modalities=BOTH, settings=SETTINGS)
    instants = np.random.default_rng(1).uniform(0, end - start, 50)
    old, new = read_frames(film, start + instants, short_side_px=32), read_frames(tmp_path / "new.mp4", instants)
    assert new.pixels.shape[2:] == (32, 44)
    assert np.abs(np.maximum(old.pts_seconds - start, 0) - new.pts_seconds).max() < 1e-5
    assert (old.pixels.float().mean((2, 3)) - new.pixels.float().mean((2, 3))).abs().max() < 6
    seconds = end - start
    heard = [
        read_waveform(path, start_seconds=first, duration_seconds=seconds).samples
        for path, first in ((film, start), (tmp_path / "new.mp4", 0.0))
    ]
    assert (heard[0] - heard[1]).abs().max() < 1e-4  # 16 bit
    assert probe(tmp_path / "new.mp4").duration_seconds == pytest.approx(seconds, abs=0.04)


def test_frames_of_any_length(tmp_path):
    """Pauses, frames at one time, a last frame that stays for a second: what is on screen is the same."""
    times = [0.3, 0.34, 0.34, 1.5, 1.51, 2.0]
    shades = [20, 60, 100, 140, 180, 220]
    frames = [
        TimedFrame(np.full((16, 16, 3), shade, np.uint8), begin, end)
        for shade, begin, end in zip(shades, times, [*times[1:], 3.0], strict=True)
    ]
    write_timed(tmp_path / "a.mp4", frames=frames, sound=None)
    assert read_header(tmp_path / "a.mp4").video_seconds == pytest.approx(3.0)
    shown = read_frames(tmp_path / "a.mp4", [0.0, 0.32, 0.35, 1.49, 1.5, 1.6, 2.9])
    assert np.abs(shown.pixels.float().mean((1, 2, 3)).numpy() - [20, 20, 100, 100, 140, 180, 220]).max() < 4


def test_never_larger_and_always_even(tmp_path):
    reencode_film = tmp_path / "small.mp4"
    write_video(reencode_film, np.zeros((5, 22, 30, 3), np.uint8))
    assert next(stream_frames(reencode_film, largest_px=256)).pixels.shape == (22, 30, 3)
    assert next(stream_frames(reencode_film, largest_px=15)).pixels.shape == (14, 20, 3)


def test_the_same_bytes_and_keyframes_as_asked(film, tmp_path):
    for name in ("a.mp4", "b.mp4"):
        reencode(film, tmp_path / name, start_seconds=0, end_seconds=3, modalities=BOTH, settings=SETTINGS)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert max(read_frames(tmp_path / "a.mp4", [time]).decoded for time in np.arange(0, 3, 0.1)) <= 10 + 3


def test_damage_between_the_tastes_is_found(film, tmp_path):
    """Sound that is torn in its middle: nothing is written."""
    content = bytearray(film.read_bytes())
    for part in (0.3, 0.4, 0.6):
        at = int(len(content) * part)
        content[at : at + len(content) // 20] = bytes(len(content) // 20)
    (tmp_path / "damaged.mp4").write_bytes(content)
    with pytest.raises(MediaError, match="does not decode"):
        reencode(
            tmp_path / "damaged.mp4",
            tmp_path / "new.mp4",
            start_seconds=0,
            end_seconds=3,
            modalities=BOTH,
            settings=SETTINGS,
        )
    assert not list(tmp_path.glob("*new*"))


def test_one_track_alone(film, tmp_path):
    for modality in BOTH:
        path = tmp_path / f"{modality}.mp4"
        reencode(film, path, start_seconds=0, end_seconds=1, modalities=(modality,), settings=SETTINGS)
        header = read_header(path)
        assert (header.video_codec, header.audio_codec) == {"video": ("h264", None), "audio": (None, "flac")}[modality]


def test_settings_say_what_is_allowed():
    with pytest.raises(SettingError, match="keyframe_every=0"):
        ReencodeSettings(keyframe_every=0)
