"""A run is begun once: the same one goes on or is read, another one is refused, and so is a second process."""

import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from xdc_lab import distributed
from xdc_lab.errors import RunError
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.runs.opening import describe_run, open_run
from xdc_lab.settings import setting, settings_table

HOLD = """
import sys, time
from test_opening import about, open_run, RunFolder, SAME
with open_run(RunFolder(sys.argv[1]), about(), same=SAME):
    print("held", flush=True)
    time.sleep(600)
"""
SAME = ("seed", "settings")


@dataclass(frozen=True)
class Numbers:
    """Some settings."""

    rate: float = setting(0.1, "ours")
    other: int = setting(3, "ours")


def about(**changed):
    return {**describe_run("pretrain", "XDC", settings=Numbers(), execution=Execution()), **changed}


def test_two_runs_that_begin_in_one_second_have_an_id_each():
    assert len({about()["id"] for _ in range(20)}) == 20


def test_the_same_run_goes_on_under_its_first_id(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(id="first"), same=SAME):
        pass
    with open_run(run, about(id="second"), same=SAME) as now:
        assert now["id"] == "first"


def test_every_process_knows_the_run_by_the_id_of_the_main_one(tmp_path, monkeypatch):
    run = RunFolder(tmp_path / "run")
    monkeypatch.setattr(distributed, "is_main", lambda: False)
    monkeypatch.setattr(distributed, "barrier", lambda: run.write_about(about(id="the main process's")))
    with open_run(run, about(), same=SAME) as now:
        assert now["id"] == "the main process's"


def test_another_run_is_refused(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(), same=SAME):
        (run.path / "training.jsonl").touch()
    with pytest.raises(RunError, match=r"its seed is 0 \(now 1\)"), open_run(run, about(seed=1), same=SAME):
        pass


def test_only_what_is_read_makes_two_runs_differ(tmp_path):
    words = {"execution": Execution(), "reads": {"rate"}}
    rows = describe_run("evaluate", "XDC", settings=Numbers(other=4), **words)["settings"]
    assert [row["name"] for row in rows] == ["rate"]
    assert rows == describe_run("evaluate", "XDC", settings=Numbers(), **words)["settings"]


def test_the_settings_that_differ_are_named_with_both_values(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(settings=settings_table(Numbers(other=32))), same=SAME):
        (run.path / "training.jsonl").touch()
    asked = about(settings=settings_table(Numbers(rate=0.5)))
    said = (
        r"another run: its settings differ: rate 0\.1 \(now 0\.5\), other 32 \(now 3\); give another folder"
    )
    with pytest.raises(RunError, match=said), open_run(run, asked, same=SAME):
        pass


def test_a_setting_that_the_run_lacks_was_at_its_default(tmp_path):
    run = RunFolder(tmp_path / "run")
    older = [row for row in about()["settings"] if row["name"] != "other"]
    with open_run(run, about(id="first", settings=older), same=SAME):
        (run.path / "training.jsonl").touch()
    with open_run(run, about(), same=SAME) as now:
        assert now["id"] == "first"
    run.write_about(about(id="first", settings=older))
    asked = about(settings=settings_table(Numbers(other=4)))
    with pytest.raises(RunError, match=r"other 3 \(now 4\)"), open_run(run, asked, same=SAME):
        pass


def test_a_default_that_has_changed_is_another_setting(tmp_path):
    run = RunFolder(tmp_path / "run")
    older = [
        row | {"value": 2, "default": 2} if row["name"] == "other" else row for row in about()["settings"]
    ]
    with open_run(run, about(settings=older), same=SAME):
        (run.path / "training.jsonl").touch()
    with pytest.raises(RunError, match=r"other 2 \(now 3\)"), open_run(run, about(), same=SAME):
        pass


def test_a_corrected_command_may_begin_where_one_failed_before_it_made_anything(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(id="failed"), same=SAME):
        run.items.touch()
    with open_run(run, about(id="corrected", seed=1), same=SAME) as now:
        assert now["id"] == "corrected"
        assert not run.items.exists()


def test_a_note_may_change(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(id="first"), same=SAME):
        pass
    noted = [{**row, "note": "in other words"} for row in about()["settings"]]
    with open_run(run, about(settings=noted), same=SAME) as now:
        assert now["id"] == "first"


def test_data_may_be_called_otherwise_but_not_lie_elsewhere(tmp_path):
    run, same = RunFolder(tmp_path / "run"), (*SAME, "data")
    with open_run(run, about(id="first", data={"name": "items", "path": "/films"}), same=same):
        (run.path / "training.jsonl").touch()
    with open_run(run, about(data={"name": "films", "path": "/films"}), same=same) as now:
        assert now["id"] == "first"
    elsewhere = about(data={"name": "films", "path": "/other/films"})
    with pytest.raises(RunError, match="its data differ"), open_run(run, elsewhere, same=same):
        pass


@pytest.fixture
def holder(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_process_is_refused_until_the_first_has_ended(tmp_path, holder):
    run = RunFolder(tmp_path / "run")
    with pytest.raises(RunError, match="another process is at work"), open_run(run, about(), same=SAME):
        pass
    holder.send_signal(signal.SIGKILL)  # it has no time to tidy up
    holder.wait()
    with open_run(run, about(), same=SAME) as now:
        assert now["status"] == "running"


def test_a_finished_run_is_read_whoever_holds_it(tmp_path, holder):
    run = RunFolder(tmp_path / "run")
    run.write_about({**run.read_about(), "status": "finished"})
    with open_run(run, about(), same=SAME) as now:
        assert now["status"] == "finished"
