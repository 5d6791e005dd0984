"""Workers end with a parent that is killed, and what killed one of them is told."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from xdc_lab.datasets.worker_processes import killed_worker

PROGRAM = """
import multiprocessing, os, time
from xdc_lab.datasets.worker_processes import end_with_parent

def work():
    end_with_parent(0)
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join()
"""


def is_running(process: int) -> bool:
    """Whether a process runs: not one that has ended and waits for its end to be read."""
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="reads /proc")
def test_a_worker_ends_with_a_parent_that_is_killed(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    with subprocess.Popen([sys.executable, tmp_path / "program.py"], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert is_running(worker)
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 10
    while is_running(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(worker)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DataLoader worker (pid 7) is killed by signal: Bus error. It is possible that", "/dev/shm .* is too small"),
        (
            "Caught RuntimeError in DataLoader worker 0.\nunable to allocate shared memory(shm)",
            "/dev/shm .* is too small",
        ),
        ("DataLoader worker (pid 7) is killed by signal: Killed.", "pid 7.*take fewer workers"),
    ],
)
def test_what_killed_a_worker_is_one_line(text, says):
    told = killed_worker(RuntimeError(text))
    assert told is not None and "\n" not in told
    assert re.search(says, told)


def test_a_system_without_dev_shm_is_told_what_helps(monkeypatch, tmp_path):
    monkeypatch.setattr("xdc_lab.datasets.worker_processes.SHARED", tmp_path / "none")
    told = killed_worker(RuntimeError("unable to allocate shared memory(shm)"))
    assert told is not None and "--workers 0" in told and "/dev/shm" not in told


def test_another_error_is_not_a_workers():
    assert killed_worker(RuntimeError("mat1 and mat2 shapes cannot be multiplied")) is None
