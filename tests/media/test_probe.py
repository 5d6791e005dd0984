"""What probing finds, and each of the problems it tells apart."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xdc_lab.media.probe import PROBLEMS, probe


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
