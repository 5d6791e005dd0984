"""Files that fail while a run is at work: counted over processes, once each, and not for ever."""

import pytest

from xdc_lab.datasets.failures import FailureLog, replaced_clips
from xdc_lab.errors import MediaError, SettingError, TrainingError
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.folder import RunFolder, write_lines


def test_a_share_may_fail_over_all_processes(tmp_path):
    one, other = (FailureLog(tmp_path / "failures.jsonl") for _ in range(2))
    for number in range(10):
        for log in (one, one, other):
            log.note(MediaError(f"{number}.mp4", "does not decode"), items=1000)
    with pytest.raises(TrainingError, match=r"11 of 1000 items.*0\.01.*\n.*0\.mp4"):
        other.note(MediaError("10.mp4", "does not decode"), items=1000)
    with pytest.raises(TrainingError, match="12 of 1000"):
        one.note(MediaError("11.mp4", "does not decode"), items=1000)


def test_one_file_always_may_and_more_if_it_is_said(tmp_path):
    log = FailureLog(tmp_path / "failures.jsonl")
    log.note(MediaError("a.mp4", "does not decode"), items=2)
    with pytest.raises(TrainingError, match="unreadable_share"):
        log.note(MediaError("b.mp4", "does not decode"), items=2)
    log = FailureLog(tmp_path / "failures.jsonl", allowed=1.0)
    for name in "abcd":
        log.note(MediaError(f"{name}.mp4", "does not decode"), items=4)


def test_files_that_failed_before_a_run_was_started_again_may_have_been_mended(tmp_path):
    FailureLog(tmp_path / "failures.jsonl").note(MediaError("a.mp4", "does not decode"), items=2)
    log = FailureLog(tmp_path / "failures.jsonl")
    assert not log.failed()
    log.note(MediaError("b.mp4", "does not decode"), items=2)
    assert list(log.failed()) == ["b.mp4"]


def test_a_run_says_how_many_clips_were_replaced(tmp_path):
    run = RunFolder(tmp_path)
    assert replaced_clips(run) == []
    write_lines(run.failures, [{"path": "a.mp4", "reason": "gone"}, {"path": "a.mp4", "reason": "gone"}])
    write_lines(run.training_log, [{"clips_replaced": 3}, {"clips_replaced": 4}, {}])
    assert "1 file could" in replaced_clips(run)[0] and "7 training clips" in replaced_clips(run)[0]


def test_a_share_is_from_none_to_all():
    with pytest.raises(SettingError, match=r"unreadable_share=2\.0"):
        PretrainSettings(unreadable_share=2.0)
