"""Cells as jobs: submitit's local executor in the place of Slurm, a launcher that is killed, and what Slurm is told."""

import multiprocessing
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import submission
from xdc_lab.studies.cells import DONE, cells_of, state_of
from xdc_lab.studies.engine import run_table
from xdc_lab.studies.submission import jobs_of, submit_table
from xdc_lab.studies.table import Table, change_table
from xdc_lab.studies.tables import TABLES


@pytest.fixture
def table(few) -> Table:
    return change_table(
        TABLES["table1"],
        rows=("Scratch", "XDC"),
        collections=(str(few),),
        downstreams=((str(few), "audio"),),
        protocols=("retrieval",),
        seeds=(0,),
    )


def submit(table, place) -> None:
    os.setsid()  # so that the test can kill it alone
    submit_table(table, place, "local")


@pytest.mark.slow
def test_a_launcher_that_is_killed_is_completed_by_the_same_command(table, place, few, tmp_path):
    """And a job that fails says why, while the others go on."""
    broken = tmp_path / "broken.csv"
    broken.write_text("path,label,split\nnothing.mp4,a,train\nnothing.mp4,b,test\n")
    both = ((str(broken), "audio"), (str(few), "audio"))
    table = change_table(table, rows=("XDC",), downstreams=both)
    elsewhere = replace(place, out=tmp_path, jobs=2)
    launcher = multiprocessing.get_context("spawn").Process(target=submit, args=(table, elsewhere))
    launcher.start()
    cells = cells_of(table, elsewhere)
    pretraining = cells[0].pretraining
    for _ in range(1200):
        if pretraining.about.is_file():
            break
        time.sleep(0.1)
    assert pretraining.about.is_file() and launcher.pid is not None
    os.kill(launcher.pid, signal.SIGKILL)
    launcher.join()
    assert state_of(cells[1].run) != DONE
    outcome = submit_table(table, elsewhere, "local")
    assert outcome is not None and outcome.rows["downstream"].tolist() == ["few"]
    alone = run_table(change_table(table, downstreams=both[1:]), place).rows
    assert outcome.rows["value"].tolist() == alone["value"].tolist()
    assert outcome.failed == 1 and "no item can be used" in outcome.left_out["reason"][0]
    assert [job.run for job in jobs_of(cells)[1]] == [cells[0].run.path]


class Executor:
    """In the place of submitit's: notes what Slurm would be told."""

    def __init__(self, told: list, folder: Path):
        self.told, self.parameters = told, {}

    def update_parameters(self, **parameters) -> None:
        self.parameters |= parameters

    def map_array(self, run, jobs, gpus):
        first = len(self.told)
        self.told += [(job, self.parameters) for job in jobs]
        return [type("Submitted", (), {"job_id": f"7_{first + n}"}) for n in range(len(jobs))]


def test_slurm_gets_arrays_in_which_evaluations_wait_for_their_pretraining(table, place, tmp_path, monkeypatch, capsys):
    import submitit

    told: list = []
    ended: set[str] = set()
    monkeypatch.setattr(submitit, "AutoExecutor", lambda folder, cluster: Executor(told, folder))
    monkeypatch.setattr(submission._Submitter, "_has_ended", lambda self, job: job in ended)
    elsewhere = replace(place, out=tmp_path)
    assert submit_table(table, elsewhere, "slurm", options=("slurm_partition=gpu",), gpus=2) is None
    assert "4 jobs queued" in capsys.readouterr().out
    needs = [parameters.get("slurm_dependency") for _, parameters in told]
    assert needs == [None, None, "afterok:7_0", "afterok:7_1"]
    assert [job.words[1] for job, _ in told] == ["pretrain", "pretrain", "evaluate", "evaluate"]
    assert all(job.needs == first.run for (first, _), (job, _) in zip(told[:2], told[2:], strict=True))
    assert told[0][1]["gpus_per_node"] == 2 and told[0][1]["slurm_partition"] == "gpu"
    # What is queued is not submitted again; what has ended and is not done is.
    submit_table(table, elsewhere, "slurm")
    assert len(told) == 4
    ended |= {"7_1", "7_3"}
    submit_table(table, elsewhere, "slurm")
    assert [job.run for job, _ in told[4:]] == [told[1][0].run, told[3][0].run]
    assert RunFolder(told[4][0].run).path.name.startswith("XDC")


def test_what_cannot_be_submitted_is_refused(table, place):
    with pytest.raises(SettingError, match="--submit takes slurm or local"):
        submit_table(table, place, "cloud")
    with pytest.raises(SettingError, match="NAME=VALUE"):
        submit_table(table, place, "local", options=("600",))
