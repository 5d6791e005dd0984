"""A file that hangs, crashes or eats memory costs its process and itself, and no other file."""

import os
import sys
import threading
import time
import types

import pytest

from xdc_lab.datasets.isolation import Limits, Lost, each_in_process
from xdc_lab.errors import DataError, InstallError, SettingError


def decode(job):
    """As a decoder with faults would."""
    if job == "hangs":
        time.sleep(60)
    if job == "crashes":
        os.abort()
    if job == "eats memory":
        return len(bytearray(3 * 2**30))
    if job == "dies later":
        threading.Timer(0.2, os._exit, [1]).start()
    if job == "raises":
        raise KeyError("an unknown fault")
    if job == "folder":
        raise DataError("of the folder, not of the file")
    return job.upper()


def test_only_the_files_with_faults_are_lost():
    jobs = ["a", "hangs", "b", "crashes", "c", "eats memory", "d", "raises", "e"]
    limits = Limits(seconds=3.0, memory_bytes=2 * 2**30)
    found = dict(each_in_process(decode, jobs, limits=limits, workers=2, together=4))
    lost = {job: made.reason for job, made in found.items() if isinstance(made, Lost)}
    assert {job: made for job, made in found.items() if job not in lost} == {job: job.upper() for job in "abcde"}
    assert lost == {
        "hangs": "it took longer than a file may",
        "crashes": "it ended the decoder's process, exit code -6",
        "eats memory": "it takes more memory than a file may",
        "raises": "KeyError: 'an unknown fault'",
    }


def test_a_process_that_dies_between_two_files_costs_none():
    found = {}
    for job, made in each_in_process(decode, ["a", "dies later", "b", "c"], workers=1):
        found[job] = made
        time.sleep(0.6 * (job == "b"))
    assert found == {job: job.upper() for job in ("a", "dies later", "b", "c")}


def test_processes_that_cannot_begin_condemn_no_file(monkeypatch):
    module = types.ModuleType("only_here")
    exec("def decode(job): return job", vars(module))
    monkeypatch.setitem(sys.modules, "only_here", module)
    with pytest.raises(InstallError, match="end before they begin"):
        list(each_in_process(vars(module)["decode"], ["a", "b"], workers=1))


def test_jobs_are_taken_as_they_are_needed():
    taken = []
    jobs = (taken.append(number) or str(number) for number in range(1000))
    found = each_in_process(decode, jobs, workers=1, together=5)
    assert next(found) == ("0", "0") and len(taken) <= 15
    found.close()


def test_what_is_wrong_with_the_folder_ends_all():
    with pytest.raises(DataError, match="of the folder"):
        list(each_in_process(decode, ["folder"], workers=1))


def test_limits_that_leave_nothing_are_refused():
    with pytest.raises(SettingError, match=r"0\.0 s and 3000 MB"):
        Limits(seconds=0.0)
    with pytest.raises(SettingError, match="100 MB; give more than 0 s and at least 1100 MB"):
        Limits(memory_bytes=100_000_000)
