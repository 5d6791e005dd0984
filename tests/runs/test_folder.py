import errno
import os
from pathlib import Path

import pytest

from xdc_lab.errors import RunError
from xdc_lab.runs import folder
from xdc_lab.runs.folder import RunFolder, append_line, read_lines, reserve_blocks, whole_file, write_lines


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path):
    path = tmp_path / "deep" / "notes.txt"
    with pytest.raises(ZeroDivisionError), whole_file(path) as partial:
        partial.write_text("half")
        _ = 1 / 0
    assert list(path.parent.iterdir()) == []
    with whole_file(path) as partial:
        partial.write_text("all")
    assert [file.read_text() for file in path.parent.iterdir()] == ["all"]


def test_a_failed_rewrite_keeps_the_old_file(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), whole_file(path) as partial:
        partial.write_text("new")
        _ = 1 / 0
    assert path.read_text() == "old"


def test_a_full_disk_says_so(tmp_path: Path):
    with pytest.raises(RunError, match="disk is full.*free some space"), whole_file(tmp_path / "big.npy"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_lines_come_back(tmp_path: Path):
    rows = [{"iteration": 0, "loss": 0.1 + 0.2}, {"iteration": 1, "loss": None}]
    write_lines(tmp_path / "log.jsonl", rows)
    assert read_lines(tmp_path / "log.jsonl") == rows
    assert read_lines(tmp_path / "none.jsonl") == []


def test_a_line_that_was_cut_off_is_none_and_spoils_no_other(tmp_path: Path):
    path = tmp_path / "new" / "done.jsonl"
    append_line(path, {"index": 0})
    append_line(path, {"index": 1, "reason": "does not decode"})
    path.write_bytes(path.read_bytes()[:-9])
    assert read_lines(path) == [{"index": 0}]
    append_line(path, {"index": 2})
    append_line(path, {"index": 1})
    assert read_lines(path) == [{"index": 0}, {"index": 2}, {"index": 1}]


def test_clusterings_are_in_the_order_of_their_numbers(tmp_path: Path):
    run = RunFolder(tmp_path)
    for number in (100, 2, 99, 0, 270):
        run.clusters("video", iteration=number).parent.mkdir(parents=True)
    assert run.iterations() == [0, 2, 99, 100, 270]


def test_a_folder_without_a_run_says_how_to_make_one(tmp_path: Path):
    with pytest.raises(RunError, match="holds no run.*xdc-lab pretrain"):
        RunFolder(tmp_path).read_about()


def test_another_format_is_refused(tmp_path: Path):
    (tmp_path / "run.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match="format 99"):
        RunFolder(tmp_path).read_about()


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_place_that_may_not_be_written_to_says_so(tmp_path, code):
    with pytest.raises(RunError, match=r"big.npy was not written .*; give a folder"), whole_file(tmp_path / "big.npy"):
        raise OSError(code, os.strerror(code))


def test_other_errors_stay_what_they_are(tmp_path):
    with pytest.raises(ConnectionError), whole_file(tmp_path / "big.npy"):
        raise ConnectionError


@pytest.mark.parametrize("present", [True, False])
def test_a_file_with_holes_gets_all_its_blocks(tmp_path, monkeypatch, present):
    path = tmp_path / "features.npy"
    with path.open("wb") as file:
        file.write(b"head")
        file.truncate(1 << 20)
    if not present:  # macOS, Windows
        monkeypatch.delattr(os, "posix_fallocate")
    reserve_blocks(path)
    assert path.stat().st_blocks * 512 >= 1 << 20
    assert path.read_bytes() == b"head" + bytes((1 << 20) - 4)


def test_a_disk_without_blocks_is_an_error_before_anything_is_computed(tmp_path, monkeypatch):
    def full(*words):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(folder.os, "posix_fallocate", full)
    (tmp_path / "features.npy").touch()
    with pytest.raises(RunError, match="disk is full.*features.npy"):
        reserve_blocks(tmp_path / "features.npy")
