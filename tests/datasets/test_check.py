"""A check names what is wrong with every file, and does not look twice."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets import check as check_module
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.folder import load_folder
from xdc_lab.datasets.items import make_items, read_items, write_items
from xdc_lab.errors import DataError
from xdc_lab.media.writer import write_video


@pytest.fixture
def hostile(films, tmp_path):
    """The films beside one file of every problem."""
    frames = np.zeros((50, 48, 64, 3), np.uint8)
    sound = np.zeros(32_000, np.float32)
    write_video(tmp_path / "silent.mp4", frames, frame_rate_hz=25.0)
    write_video(tmp_path / "sound only.mp4", None, waveform=sound)
    write_video(tmp_path / "short.mp4", frames[:10], frame_rate_hz=25.0, waveform=sound[:6400])
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("once upon a time\n" * 99)
    return make_items(pd.concat([load_folder(films), load_folder(tmp_path)], ignore_index=True))


def test_report(hostile, films):
    check = check_items(hostile, workers=3, progress=False)
    assert check.usable["path"].tolist() == load_folder(films)["path"].tolist(), "in the order of the items"
    expected = {"no audio track": 1, "no video track": 1, "does not decode": 2, "too short": 1}
    assert check.counts == expected
    report = str(check)
    assert report.startswith("4 of 9 items are usable")
    for name in ("silent.mp4", "sound only.mp4", "short.mp4", "empty.mp4", "text.mp4"):
        assert name in report
    assert "short one.mp4" not in report


def test_probed_columns(items):
    assert items["duration_seconds"].to_numpy() == pytest.approx([1.3, 3.0, 3.0, 2.5], abs=0.07)
    assert items["height_px"].tolist() == [48, 96, 48, 48] and set(items["width_px"]) == {64}
    assert items["frame_rate_hz"].tolist() == [25, 25, 25, 30]
    assert set(items["sample_rate_hz"]) == {16_000} and set(items["problem"]) == {""}


def test_results_survive_a_file(hostile, tmp_path):
    check = check_items(hostile, progress=False)
    for name, table in (("usable", check.usable), ("rejected", check.rejected)):
        write_items(table, tmp_path / f"{name}.csv")
        pd.testing.assert_frame_equal(read_items(tmp_path / f"{name}.csv"), table)


@pytest.mark.timeout(60)
def test_what_is_no_file_is_refused_by_name_and_never_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    os.mkfifo("pipe.mp4")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.mp4")
    Path("device.mp4").symlink_to("/dev/zero")
    Path("folder.mp4").mkdir()
    Path(os.fsdecode(b"caf\xe9.mp4")).touch()
    items = pd.concat([load_folder(tmp_path), make_items(pd.DataFrame({"path": [str(tmp_path / "folder.mp4")]}))])
    check = check_items(items, progress=False)
    told = {
        Path(path).name: detail for path, detail in zip(check.rejected["path"], check.rejected["detail"], strict=True)
    }
    assert told == {
        "caf\\udce9.mp4": "does not decode (its name is not UTF-8; rename it)",
        "device.mp4": "does not decode (a device, not a file)",
        "folder.mp4": "does not decode (a folder, not a file)",
        "pipe.mp4": "does not decode (a named pipe, not a file)",
        "socket.mp4": "does not decode (a socket, not a file)",
    }
    write_items(check.rejected, tmp_path / "rejected.csv")


def test_only_sound_is_needed(hostile):
    usable = check_items(hostile, modalities=("audio",), progress=False).usable["path"]
    assert any(path.endswith("sound only.mp4") for path in usable)


@pytest.fixture
def probed(monkeypatch) -> list[str]:
    """The files that are given to processes from now on."""
    seen, real = [], check_module.each_in_process

    def watched(function, jobs, **how):
        return real(function, (seen.append(job[0]) or job for job in jobs), **how)

    monkeypatch.setattr(check_module, "each_in_process", watched)
    return seen


def test_a_cached_probe_is_not_made_again(hostile, tmp_path, probed):
    cache = tmp_path / "probes.sqlite"
    first = check_items(hostile, cache=cache, progress=False)
    assert sorted(probed) == sorted(hostile["path"])
    probed.clear()
    again = check_items(hostile, cache=cache, progress=False)
    pd.testing.assert_frame_equal(again.usable, first.usable)
    pd.testing.assert_frame_equal(again.rejected, first.rejected)
    longer = check_items(hostile, cache=cache, min_seconds=2.0, progress=False)
    assert probed == [] and longer.counts["too short"] == 2
    (tmp_path / "empty.mp4").write_text("not empty any more")
    check_items(hostile, cache=cache, progress=False)
    assert probed == [str(tmp_path / "empty.mp4")]
    check_items(hostile, cache=cache, modalities=("audio",), progress=False)
    assert len(probed) == 1 + len(hostile), "another question"


def test_parts_of_a_file_are_judged_by_what_is_in_it_once(films, probed):
    path = load_folder(films)["path"].iloc[1]  # of 3 s
    parts = make_items(
        pd.DataFrame({"path": path, "start_seconds": [0, 2.5, 1.0, 9.0], "end_seconds": [1.5, 4, 1.4, 99]})
    )
    check = check_items(parts, progress=False)
    assert check.usable["end_seconds"].tolist() == [1.5] and probed == [path]
    assert check.rejected["detail"].tolist() == [f"{has} s of at least 1.00 s" for has in ("0.50", "0.40", "0.00")]


def test_damage_between_the_places_is_found_by_a_thorough_look_and_remembered(films, tmp_path):
    path = tmp_path / "damaged.mp4"
    frames = np.random.default_rng(0).integers(0, 255, (250, 48, 64, 3), dtype=np.uint8)
    write_video(path, frames, frame_rate_hz=25.0, waveform=np.zeros(160_000, np.float32))
    content = bytearray(path.read_bytes())
    for share in (0.25, 0.7):
        at = int(len(content) * share)
        content[at : at + len(content) // 20] = bytes(len(content) // 20)
    path.write_bytes(content)
    items = make_items(pd.concat([load_folder(films), load_folder(tmp_path)]))
    cache = tmp_path / "probes.sqlite"
    assert len(check_items(items, cache=cache, progress=False).usable) == 5
    for thorough in (True, False):
        check = check_items(items, cache=cache, thorough=thorough, progress=False)
        assert check.rejected["path"].tolist() == [str(path)]
        assert re.fullmatch(r"does not decode \(.*\) \(the video, after \d\.\d s\)", check.rejected["detail"].iloc[0])


def test_a_name_that_no_file_can_have_is_rejected_by_it(films):
    odd = make_items(pd.DataFrame({"path": ["null\0byte.mp4", "not there.mp4"]}))
    check = check_items(make_items(pd.concat([load_folder(films), odd], ignore_index=True)), progress=False)
    assert len(check.usable) == 4 and check.counts["does not decode"] == 2


def test_a_cache_that_is_none_says_so(films, tmp_path):
    (tmp_path / "probes.sqlite").write_text("something else " * 99)
    with pytest.raises(DataError, match=r"probes\.sqlite cannot keep what is probed .* delete it"):
        check_items(load_folder(films), cache=tmp_path / "probes.sqlite", progress=False)


def test_nothing_to_check():
    with pytest.raises(DataError, match="no item"):
        check_items(make_items(pd.DataFrame({"path": []})), progress=False)


def test_the_process_that_holds_the_table_does_without_pytorch():
    code = "import sys; import xdc_lab.datasets.catalogue, xdc_lab.datasets.check_report; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
