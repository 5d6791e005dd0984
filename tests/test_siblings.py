"""An error of one process ends all, and is told once; a warning stops all at the same step; a killed one is noticed."""

import json
import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from xdc_lab import distributed
from xdc_lab.errors import RunError, StoppedError

PROGRAM = """
import json, os, signal, sys, time
import numpy as np
from xdc_lab import distributed, siblings, stopping
from xdc_lab.errors import DataError, XdcError

siblings.POLL_SECONDS, siblings.LEAVING_SECONDS = 0.1, 0.5
rank, out, first_port = int(os.environ["RANK"]), sys.argv[1], int(sys.argv[2])


def of_one():
    if rank == 1:
        raise DataError("clip.mp4 is broken")
    distributed.barrier()


def of_both():
    raise DataError(f"no items, says {rank}")


def warned():
    with stopping.after_the_step():
        every, step = distributed.AnyProcess(), 0
        while True:
            step += 1
            if rank == 1 and step == 3:
                os.kill(os.getpid(), signal.SIGTERM)
            (stop,) = every.says(stopping.is_asked())
            if stop:
                told["step"] = step
                raise stopping.stopped()


def silent():
    if rank == 1:
        os._exit(9)
    siblings.SILENT_POLLS = 10
    time.sleep(60)  # as a collective of NCCL waits, whatever becomes of the others


told = {}
for number, case in enumerate((of_one, of_both, warned, silent)):
    os.environ["MASTER_PORT"] = str(first_port + number)
    try:
        with distributed.session():
            case()
    except XdcError as error:
        told[case.__name__] = [type(error).__name__, str(error), getattr(error, "exit_code", None)]
    with open(f"{out}/{rank}.json", "w") as file:
        json.dump(told, file)
"""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> list[dict]:
    """What two processes were told in each case, and how they ended."""
    folder = tmp_path_factory.mktemp("siblings")
    (folder / "program.py").write_text(PROGRAM)
    variables = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"}
    port = free_port()
    both = [
        subprocess.Popen(
            [sys.executable, str(folder / "program.py"), str(folder), str(port)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **variables, "RANK": str(rank), "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        for rank in range(2)
    ]
    ends = [process.communicate(timeout=120)[1] for process in both]
    return [
        {**json.loads((folder / f"{rank}.json").read_text()), "code": both[rank].returncode, "end": ends[rank]}
        for rank in range(2)
    ]


def test_an_error_of_one_ends_the_other_with_its_cause(told):
    assert told[1]["of_one"][:2] == ["DataError", "clip.mp4 is broken"]
    assert told[0]["of_one"] == ["SiblingError", "process 1 has ended: DataError: clip.mp4 is broken", 1]


def test_an_error_of_all_is_told_by_one(told):
    assert sorted(one["of_both"][0] for one in told) == ["DataError", "SiblingError"]


def test_a_warning_of_one_stops_all_at_the_same_step_for_a_requeue(told):
    assert told[0]["step"] == told[1]["step"] == 4
    assert {one["warned"][2] for one in told} == {StoppedError.exit_code}


def test_a_process_that_waits_for_a_dead_one_ends(told):
    assert [one["code"] for one in told] == [1, 9]
    assert "error: no sign of life from process 1" in told[0]["end"]


def test_a_process_that_never_comes_is_one_line(monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}.items():
        monkeypatch.setenv(name, str(value))
    alone = distributed.session(join_within=timedelta(seconds=1))
    with pytest.raises(RunError, match="^not all 2 processes met at [^\n]*within 1 s"), alone:
        pass
