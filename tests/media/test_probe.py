"""What probing finds, and each of the problems it tells apart."""

import math
import os
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xdc_lab.media.decoder import read_frames
from xdc_lab.media.findings import PROBLEMS
from xdc_lab.media.probe import probe


def test_facts_of_a_good_file(record):
    found = probe(record("film.mp4", rotation=90, sample_rate_hz=48_000))
    assert found.problem is None
    assert (found.width_px, found.height_px) == (48, 64), "as displayed"
    assert (found.frame_rate_hz, found.sample_rate_hz, found.channels) == (30, 48_000, 2)
    assert (found.video_codec, found.audio_codec) == ("h264", "aac")
    assert found.duration_seconds == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
def test_duration_is_while_all_tracks_last(record, name):
    audio = "libmp3lame" if name.endswith("avi") else "aac"
    found = probe(record(name, audio=audio, audio_seconds=2.5))
    assert found.problem is None
    assert found.duration_seconds == pytest.approx(2.5, abs=0.1)


@pytest.mark.parametrize("name", ["late.mkv", "late.webm", "late.mp4", "late.mov", "late.ts", "late.flv", "late.nut"])
def test_a_film_that_starts_late_is_as_long_as_its_pictures(record, copied, delayed, number_in, name):
    kinds = {"video": "libvpx-vp9", "audio": "libopus", "sample_rate_hz": 48_000} if name.endswith("webm") else {}
    base = record("base.mp4" if not kinds else "base.webm", **kinds)
    path = copied(base, name, lambda packet: delayed(packet, round(Fraction(73, 10) / packet.time_base)))
    found = probe(path)
    assert found.problem is None and found.duration_seconds == pytest.approx(4.0, abs=0.05)
    assert number_in(read_frames(path, [2.01]).pixels[0]) == pytest.approx(60, abs=2)


@pytest.mark.parametrize("hours", [0, 0.5, 14])
def test_a_jump_of_the_time_stamps_is_not_hours_of_film(record, copied, delayed, tmp_path, hours):
    base = record("base.ts")
    later = copied(
        base, "later.ts", lambda packet: delayed(packet, round(Fraction(hours * 3600 + 4) / packet.time_base))
    )
    (tmp_path / "both.ts").write_bytes(base.read_bytes() + later.read_bytes())
    for modalities in (("video",), ("audio",), ("video", "audio")):
        found = probe(tmp_path / "both.ts", modalities=modalities)
        if hours:
            assert found.problem == "does not decode" and "time stamps jump" in found.detail
        else:
            assert found.problem is None and found.duration_seconds == pytest.approx(8.0, abs=0.1)


def test_a_still_picture_over_a_long_sound_is_a_film(record):
    assert probe(record("still.mkv", seconds=60.0, frame_times=[Fraction(0), Fraction(59)])).problem is None


def test_a_program_stream_is_as_long_as_its_pictures(record):
    """Its tracks' durations are guesses."""
    found = probe(record("film.mpg", video="mpeg2video", audio="mp2", frame_rate=25))
    assert found.problem is None and found.duration_seconds == pytest.approx(4.0, abs=0.05)


def test_each_problem(record, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("Dear diary,\n" * 500)
    expected = {
        record("silent.mp4", audio=None): "no audio track",
        record("sound.mp4", video=None): "no video track",
        tmp_path / "empty.mp4": "does not decode",
        tmp_path / "text.mp4": "does not decode",
        tmp_path / "missing.mp4": "does not decode",
        record("short.mp4", seconds=0.5): "too short",
        record("good.mp4", seconds=1.5): None,
    }
    found = {path: probe(path, min_seconds=1.0) for path in expected}
    assert {path: result.problem for path, result in found.items()} == expected
    assert set(filter(None, expected.values())) == set(PROBLEMS)
    assert "0.5" in found[tmp_path / "short.mp4"].detail


@pytest.mark.parametrize(
    ("name", "video", "audio"), [("film.mkv", "libx264", "aac"), ("film.webm", "libvpx-vp9", "libopus")]
)
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_file_that_lost_its_end(record, name, video, audio, share):
    path = record(name, video=video, audio=audio, sample_rate_hz=48_000, seconds=5.0)
    cut(path, share)
    found = probe(path)
    assert found.problem == "does not decode" and "before its header says" in found.detail


def test_an_avi_that_lost_its_end_is_as_long_as_what_is_left(record):
    path = record("film.avi", video="mpeg4", audio="libmp3lame", seconds=5.0)
    cut(path, 0.7)
    found = probe(path)
    assert found.problem is None and found.duration_seconds == pytest.approx(3.5, abs=0.2)


def cut(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def test_a_fast_start_file_that_lost_its_end(tmp_path):
    from xdc_lab.media.writer import write_video

    frames = np.random.default_rng(0).integers(0, 255, (60, 48, 64, 3)).astype(np.uint8)
    write_video(tmp_path / "whole.mp4", frames, waveform=np.zeros(32_000, np.float32))
    assert probe(tmp_path / "whole.mp4").problem is None
    cut(tmp_path / "whole.mp4", 0.5)
    assert probe(tmp_path / "whole.mp4").problem == "does not decode"


def test_only_the_tracks_that_are_needed(record):
    sound = record("sound.wav", video=None, audio="pcm_s16le")
    found = probe(sound, modalities=("audio",))
    assert found.problem is None and math.isnan(found.width_px)
    assert probe(record("silent.mp4", audio=None), modalities=("video",)).problem is None


def test_a_part_of_a_file(record):
    path = record("film.mp4")
    assert probe(path, start_seconds=1.0, end_seconds=3.0, min_seconds=2.0).problem is None
    assert probe(path, start_seconds=3.5, end_seconds=9.0, min_seconds=1.0).problem == "too short"
    assert probe(path, start_seconds=8.0, end_seconds=9.0).problem == "too short"


def test_cover_picture_is_no_video(record, tmp_path):
    """Music files carry their cover as a video track of one picture."""
    import av
    from av.stream import Disposition
    from PIL import Image

    path = tmp_path / "song.mp3"
    Image.new("RGB", (64, 64), "red").save(tmp_path / "cover.png")
    sound = record("plain.mp3", video=None, audio="libmp3lame")
    with av.open(str(path), "w") as song, av.open(str(sound)) as tone, av.open(str(tmp_path / "cover.png")) as cover:
        streams: dict[str, Any] = {"audio": song.add_stream_from_template(tone.streams.audio[0])}
        streams["video"] = song.add_stream_from_template(cover.streams.video[0])
        streams["video"].disposition = Disposition.attached_pic
        for source in (cover, tone):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = streams[packet.stream.type]
                    song.mux(packet)
    assert probe(path).problem == "no video track"


def test_opens_no_file_but_the_one_named(record, tmp_path):
    """Lists of files that are named as films: their neighbours are not opened."""
    record("neighbour.mp4")
    (tmp_path / "list.mp4").write_text("ffconcat version 1.0\nfile neighbour.mp4\n")
    (tmp_path / "playlist.mp4").write_text("#EXTM3U\n#EXTINF:4,\nneighbour.mp4\n#EXT-X-ENDLIST\n")
    for name in ("list.mp4", "playlist.mp4"):
        found = probe(tmp_path / name)
        assert found.problem == "does not decode" and math.isnan(found.sample_rate_hz), name
    assert "list of other files" in probe(tmp_path / "list.mp4").detail


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "a named pipe, not a file" in probe(tmp_path / "pipe.mp4").detail


def test_an_unfinished_download_is_answered_within_seconds(record, monkeypatch):
    path = record("film.mpg", video="mpeg2video", audio="mp2", seconds=1.0)
    os.truncate(path, 3 * 2**30)  # zeros that take no room on the disk
    monkeypatch.setattr("xdc_lab.media.decoder.container._STALLED_SECONDS", 0.3)
    assert "it holds almost nothing" in probe(path).detail


def test_a_magic_lantern_film_opens_no_neighbours(record, tmp_path):
    (tmp_path / "film.m00").write_bytes(record("neighbour.mp4").read_bytes())
    (tmp_path / "film.mp4").write_bytes(b"MLVI4\0\0\0v2.0" + bytes(44))
    assert "list of other files" in probe(tmp_path / "film.mp4").detail


def test_a_track_that_is_not_needed_may_be_longer(record):
    path = record("film.mkv", audio_seconds=2.0)
    assert probe(path, modalities=("audio",)).problem is None


def test_a_huge_picture_is_refused(tmp_path):
    import av

    with av.open(str(tmp_path / "huge.mov"), "w") as film:
        stream = film.add_stream("png", rate=2)
        stream.width, stream.height, stream.pix_fmt = 16_000, 4_000, "gray"
        film.mux([*stream.encode(av.VideoFrame(16_000, 4_000, "gray")), *stream.encode(None)])
    found = probe(tmp_path / "huge.mov", modalities=("video",))
    assert found.problem == "does not decode" and "larger than the 35,389,440 pixels" in found.detail


@pytest.mark.parametrize("error", [ValueError("none to concatenate"), MemoryError(), ZeroDivisionError("no time")])
def test_whatever_the_decoder_raises_is_a_problem_of_the_file(record, monkeypatch, error):
    path = record("film.mp4")

    def fail(*_, **__):
        raise error

    for place in ("xdc_lab.media.decoder.audio._read_mono", "xdc_lab.media.decoder.container.av.open"):
        monkeypatch.setattr(place, fail)
        found = probe(path)
        assert found.problem == "does not decode" and (str(error) or "MemoryError") in found.detail
