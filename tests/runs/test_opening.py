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
        run.checkpoint.touch()
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
        run.checkpoint.touch()
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
        run.checkpoint.touch()
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
        run.checkpoint.touch()
    with pytest.raises(RunError, match=r"other 2 \(now 3\)"), open_run(run, about(), same=SAME):
        pass


def test_a_corrected_command_may_begin_where_one_failed_before_it_made_anything(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(id="failed"), same=SAME):
        run.items.touch()
    with open_run(run, about(id="corrected", seed=1), same=SAME) as now:
        assert now["id"] == "corrected"
        assert not run.items.exists()


def test_what_cannot_be_gone_on_from_holds_no_folder(tmp_path):
    """As after features that cannot be clustered, or a first step that the memory does not hold."""
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(id="failed"), same=SAME):
        for path in (run.features("audio"), run.clusters("audio", iteration=0)):
            path.parent.mkdir(parents=True)
            path.touch()
        for path in (run.clusterings_log, run.training_log, run.failures):
            path.touch()
    with open_run(run, about(id="corrected", seed=1), same=SAME) as now:
        assert now["id"] == "corrected"
        assert {path.name for path in run.path.iterdir()} == {"run.json", ".lock", ".identity"}


def test_what_was_made_is_kept_where_a_damaged_run_json_was_removed(tmp_path):
    run = RunFolder(tmp_path / "run")
    with open_run(run, about(), same=SAME):
        for path in (run.items, run.items_digest, run.checkpoint):
            path.touch()
    run.about.write_text(run.about.read_text()[:100])
    said = r"run\.json is missing, cut off or damaged .*; remove it and start the same command again"
    with pytest.raises(RunError, match=said), open_run(run, about(), same=SAME):
        pass
    run.about.unlink()
    with pytest.raises(RunError, match=r"begun by another command.*run\.json is gone"), open_run(run, about(seed=1), same=SAME):
        pass
    with open_run(run, about(), same=SAME):
        assert run.items.is_file() and run.checkpoint.is_file()


def test_a_folder_of_items_is_no_place_for_a_run(tmp_path):
    (tmp_path / "items.csv").write_text("path\na.mp4\n")
    with pytest.raises(RunError, match="holds an items.csv and no run"), open_run(RunFolder(tmp_path), about(), same=SAME):
        pass
    assert (tmp_path / "items.csv").read_text() == "path\na.mp4\n"


def test_a_collection_that_has_changed_is_said_or_is_another_run(tmp_path, capsys):
    run = RunFolder(tmp_path / "run")
    twenty, thirty = {"count": 20, "path": "aa", "label": "bb"}, {"count": 30, "path": "cc", "label": "bb"}
    with open_run(run, about(items=twenty), same=SAME):
        run.checkpoint.touch()
    with open_run(run, about(items=thirty), same=SAME) as now:
        assert now["items"] == twenty
    assert "30 items now, the run has 20" in capsys.readouterr().err
    with open_run(run, about(items={**twenty, "label": "dd"}), same=SAME):
        pass
    assert "other values of label" in capsys.readouterr().err
    same = (*SAME, "items")
    with pytest.raises(RunError, match=r"its items differ: count 20 \(now 30\), path"), open_run(run, about(items=thirty), same=same):
        pass
    with open_run(run, about(items=twenty), same=same):
        assert not capsys.readouterr().err
    run.write_about(about())  # by an older version
    with open_run(run, about(items=thirty), same=same):
        pass


def test_a_setting_that_changes_no_number_is_free(tmp_path):
    run = RunFolder(tmp_path / "run")
    rows = [{"name": "unreadable_share", "value": value, "default": 0.01} for value in (0.01, 0.1)]
    with open_run(run, about(settings=rows[:1]), same=SAME):
        run.checkpoint.touch()
    with open_run(run, about(settings=rows[1:]), same=SAME):
        pass


def test_what_a_killed_process_had_half_written_is_removed(tmp_path):
    run, ended = RunFolder(tmp_path / "run"), subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    half = run.path / "clusters" / f".audio.npz.{ended.pid}.partial.npz"
    half.parent.mkdir(parents=True)
    half.touch()
    alive = half.with_name(".audio.npz.1.partial.npz")
    alive.touch()
    with open_run(run, about(), same=SAME):
        assert alive.is_file() and not half.exists()


def test_a_place_that_takes_no_folder_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="was not written .*Not a directory"), open_run(RunFolder(tmp_path / "file" / "run"), about(), same=SAME):
        pass


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
        run.checkpoint.touch()
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


def test_every_stretch_of_a_run_is_kept(tmp_path):
    run = RunFolder(tmp_path / "run")
    with pytest.raises(KeyError), open_run(run, about(), same=SAME):
        run.checkpoint.touch()
        raise KeyError("a command that ends in the middle")
    with open_run(run, about(), same=SAME) as now:
        run.write_about({**now, "status": "finished"})
    first, second = run.read_about()["stretches"]
    assert first.keys() == {"began", "commit", "device", "processes", "threads", "seconds"}
    assert first["processes"] == second["processes"] == 1
    assert first["seconds"] >= 0 and second["seconds"] >= 0
