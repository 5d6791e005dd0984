"""The frame on screen at an instant, in any file: rates, containers, seeking, rotation, and what is no video."""

import struct
from fractions import Fraction

import numpy as np
import pytest
import torch

from xdc_lab.errors import MediaError
from xdc_lab.media.decoder import read_frames, read_header, resized_size
from xdc_lab.media.findings import NO_DECODE, NO_VIDEO

INSTANTS = (0.0, 0.51, 1.01, 3.31, 1.91, 3.98)
CONTAINERS = (
    ("film.mp4", "libx264", "aac", 44_100),
    ("film.mkv", "libx264", "libopus", 48_000),
    ("film.webm", "libvpx-vp9", "libopus", 48_000),
    ("film.mov", "mpeg4", "pcm_s16le", 44_100),
    ("film.avi", "libx264", "libmp3lame", 44_100),
)


@pytest.mark.parametrize(("name", "video", "audio", "sample_rate_hz"), CONTAINERS)
def test_shows_the_last_frame_whose_time_has_come(record, number_in, name, video, audio, sample_rate_hz):
    path = record(name, video=video, audio=audio, sample_rate_hz=sample_rate_hz, audio_seconds=3.9)
    frames = read_frames(path, INSTANTS)
    assert [number_in(picture) for picture in frames.pixels] == [int(instant * 30) for instant in INSTANTS]
    assert frames.past_end == 0 and frames.end_seconds is None


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30_000, 1001), Fraction(60), Fraction(10)])
@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_instants_mean_the_same_at_every_rate(record, number_in, rate, name):
    path = record(name, frame_rate=rate, audio=None)
    clip = 1.3 + np.arange(8) / 30
    numbers = [number_in(picture) for picture in read_frames(path, clip).pixels]
    assert numbers == [int(Fraction(instant) * rate) for instant in clip]


def test_frames_exactly_on_their_instant_survive_rounded_times(record, number_in):
    """Matroska stores 66.667 ms as 67: the frame still shows at 2/30 s."""
    path = record("film.mkv", audio=None)
    instants = np.arange(100) / 30
    assert [number_in(picture) for picture in read_frames(path, instants).pixels] == list(range(100))


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_variable_frame_rate(record, number_in, name):
    times = [Fraction(tenth, 10) for tenth in (0, 1, 2, 9, 10, 25, 26)]
    path = record(name, frame_times=times, audio=None)
    instants = [0.0, 0.15, 0.2, 0.85, 0.95, 1.5, 2.45, 2.55, 2.6]
    shown = [number_in(picture) for picture in read_frames(path, instants).pixels]
    assert shown == [0, 1, 2, 2, 3, 4, 4, 5, 6]


def test_titles_in_any_encoding_are_no_fault(record, tmp_path):
    path = tmp_path / "latin.mkv"
    path.write_bytes(record("plain.mkv", seconds=0.5).read_bytes().replace(b"Lavf", b"\xe9\x80\xff\xc3"))
    assert len(read_frames(path, [0.2]).pixels) == 1


def test_before_the_first_frame_and_after_the_last(record, number_in):
    times = [Fraction(1, 2) + Fraction(n, 30) for n in range(60)]
    frames = read_frames(record("late.mkv", frame_times=times), [0.0, 0.4, 0.55, 9.0, 50.0])
    assert [number_in(picture) for picture in frames.pixels] == [0, 0, 1, 59, 59]
    assert frames.past_end == 2
    assert frames.end_seconds == pytest.approx(2.5, abs=0.05)


def test_time_begins_where_the_file_begins(record, number_in):
    """A transport stream's clock starts anywhere; 1 s is a second after its start."""
    header = read_header(path := record("film.ts"))
    assert header.duration_seconds == pytest.approx(4.0, abs=0.1)
    assert number_in(read_frames(path, [2.0]).pixels[0]) == pytest.approx(60, abs=2)


@pytest.mark.parametrize("name", ["long.mp4", "long.mkv", "long.avi"])
def test_cost_does_not_grow_with_the_position(record, number_in, name):
    path = record(name, seconds=40.0, audio=None)
    for instant in (0.3, 13.3, 39.3):
        frames = read_frames(path, [instant])
        assert number_in(frames.pixels[0]) == int(instant * 30)
        assert frames.decoded <= 12 + 45, "one distance between keyframes, and one step back at most"


def test_skips_what_lies_between_distant_instants(record, number_in):
    path = record("long.mp4", seconds=40.0, audio=None)
    frames = read_frames(path, [38.0, 1.0, 20.0])
    assert [number_in(picture) for picture in frames.pixels] == [1140, 30, 600]
    assert frames.decoded < 200


def test_each_instant_alone_is_the_same_as_all_together(record):
    path = record("film.mp4")
    together = read_frames(path, INSTANTS).pixels
    alone = torch.cat([read_frames(path, [instant]).pixels for instant in INSTANTS])
    assert torch.equal(together, alone)


@pytest.mark.parametrize(("rotation", "quarter_turns"), [(90, 1), (180, 2), (-90, 3)])
def test_rotation_metadata_is_honoured(record, rotation, quarter_turns):
    upright = read_frames(record("upright.mp4", audio=None), [1.0]).pixels
    turned = read_frames(record("turned.mp4", audio=None, rotation=rotation), [1.0]).pixels
    assert torch.equal(turned, torch.rot90(upright, quarter_turns, dims=(-2, -1)))
    small = read_frames(record("turned.mp4", audio=None, rotation=rotation), [1.0], short_side_px=24).pixels
    assert small.shape[-2:] == ((32, 24) if quarter_turns % 2 else (24, 32))


MATRICES = {
    "left and right swapped": ((-1, 0, 0, 1), lambda picture: picture.flip(-1)),
    "top and bottom swapped": ((1, 0, 0, -1), lambda picture: picture.flip(-2)),
    "half a turn": ((-1, 0, 0, -1), lambda picture: picture.flip(-1, -2)),
    "a quarter turn clockwise": ((0, 1, -1, 0), lambda picture: torch.rot90(picture, -1, dims=(-2, -1))),
    "rows as columns": ((0, 1, 1, 0), lambda picture: picture.transpose(-1, -2)),
    "a quarter turn, then swapped": ((0, -1, -1, 0), lambda picture: picture.transpose(-1, -2).flip(-1, -2)),
    "no matrix at all": ((0, 0, 0, 0), lambda picture: picture),
}


@pytest.mark.parametrize("name", MATRICES)
def test_display_matrices_are_applied(record, tmp_path, name):
    """As FFmpeg and players show them; a matrix takes (x, y) to (a x + c y, b x + d y)."""
    (a, b, c, d), expected = MATRICES[name]
    content = bytearray(record("plain.mp4", audio=None).read_bytes())
    at = content.index(b"tkhd") + 44
    for place, value in ((0, a), (4, b), (12, c), (16, d)):
        content[at + place : at + place + 4] = struct.pack(">i", value * 65_536)
    (tmp_path / "shown.mp4").write_bytes(content)
    plain = read_frames(tmp_path / "plain.mp4", [1.0]).pixels
    assert torch.equal(read_frames(tmp_path / "shown.mp4", [1.0]).pixels, expected(plain))


def test_short_side_and_the_shape_of_pixels(record, number_in):
    square = read_frames(record("square.mp4", audio=None), [1.0], short_side_px=24).pixels
    assert square.shape == (1, 3, 24, 32) and number_in(square[0]) == 30
    wide = read_frames(record("wide.mp4", audio=None, pixel_aspect=Fraction(2)), [1.0], short_side_px=24).pixels
    assert wide.shape == (1, 3, 24, 64) and number_in(wide[0]) == 30


def test_pixels_of_a_shape_that_makes_pictures_huge_are_refused(record, monkeypatch):
    monkeypatch.setattr("xdc_lab.media.decoder.video.MAX_PIXELS", 5_000)
    path = record("wide.mp4", audio=None, seconds=0.5, pixel_aspect=Fraction(2))
    assert read_frames(path, [0.0], short_side_px=24).full_size == (48, 128)
    with pytest.raises(MediaError, match="48 x 128 pixels, more than the 5,000"):
        read_frames(path, [0.0])


def test_proportions_are_kept():
    assert resized_size(480, 640, None) == (480, 640)
    assert resized_size(720, 1280, 256) == (256, 455)
    assert resized_size(1280, 720, 256) == (455, 256)


AWKWARD_NAMES = ("two words.mp4", "-dash.mp4", "!()&#'.mp4", "größe 音.mp4", "a:b.mp4", "100%03d.mp4", "x?y=z*.mp4")


@pytest.mark.parametrize("name", AWKWARD_NAMES)
def test_any_file_name(record, number_in, name):
    assert number_in(read_frames(record(name, seconds=0.5), [0.2]).pixels[0]) == 6


def test_what_is_no_video(record, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(20_000))
    (tmp_path / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n")
    whole = record("whole.mov").read_bytes()
    (tmp_path / "cut.mov").write_bytes(whole[: len(whole) // 2])  # its index was at the end
    for name in ("empty.mp4", "text.mp4", "noise.mp4", "playlist.mp4", "cut.mov", "missing.mp4"):
        with pytest.raises(MediaError, match=NO_DECODE) as caught:
            read_frames(tmp_path / name, [0.0])
        assert caught.value.path == str(tmp_path / name)
    with pytest.raises(MediaError, match=NO_VIDEO):
        read_frames(record("sound.mp4", video=None), [0.0])
