"""One process and N run the same lines: shards cover every row once, and sums, gathers and broadcasts agree."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab import distributed
from xdc_lab.errors import SettingError

PROCESSES = 2
PROGRAM = """
import json, sys
import numpy as np
import torch
from xdc_lab import distributed

values = np.arange(7, dtype=np.float64)
with distributed.session():
    rank = distributed.rank()
    mine = values[distributed.shard(len(values))]
    distributed.barrier()
    seen = {
        "rank": rank,
        "world_size": distributed.world_size(),
        "is_main": distributed.is_main(),
        "mine": mine.tolist(),
        "sum": distributed.all_reduce_sum(np.array([mine.sum(), len(mine)])).tolist(),
        "gathered": distributed.all_gather_object(f"from {rank}"),
        "broadcast": distributed.broadcast_object({"chosen by": rank}),
    }
    norm = torch.nn.BatchNorm1d(1)
    norm.running_mean.fill_(rank + 1.0)
    distributed.share_buffers(norm)
    seen["running mean"] = norm.running_mean.item()
seen["active afterwards"] = distributed.is_active()
with open(f"{sys.argv[1]}/{rank}.json", "w") as file:
    json.dump(seen, file)
"""


@given(items=st.integers(0, 1000), world_size=st.integers(1, 17))
def test_shards_cover_every_row_once_and_evenly(items: int, world_size: int):
    shards = [distributed.shard_of(items, rank=rank, world_size=world_size) for rank in range(world_size)]
    rows = [row for shard in shards for row in range(items)[shard]]
    sizes = [shard.stop - shard.start for shard in shards]
    assert rows == list(range(items))
    assert max(sizes) - min(sizes) <= 1


def test_alone_everything_is_a_no_op():
    values = np.array([1.5, 2.0])
    assert (distributed.rank(), distributed.world_size(), distributed.is_main()) == (0, 1, True)
    assert distributed.shard(5) == slice(0, 5)
    assert distributed.all_reduce_sum(values).tolist() == [1.5, 2.0]
    assert distributed.all_gather_object("me") == ["me"]
    assert distributed.broadcast_object("me") == "me"
    norm = torch.nn.BatchNorm1d(1)
    distributed.share_buffers(norm)
    assert norm.running_mean is not None and norm.running_mean.item() == 0.0
    distributed.barrier()


def test_session_alone_starts_no_group(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with distributed.session():
        assert not distributed.is_active()


def test_device_by_name():
    assert distributed.device("cpu") == torch.device("cpu")
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert distributed.device().type == expected


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """What each of two gloo processes saw."""
    folder = tmp_path_factory.mktemp("two_processes")
    (folder / "program.py").write_text(PROGRAM)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc_per_node={PROCESSES}"]
    # No GPU: the sums of two processes are tested on any machine.
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([*launch, str(folder / "program.py"), str(folder)], env=environment, check=True, timeout=120)
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(PROCESSES)]


def test_two_processes_know_who_they_are(seen: list[dict]):
    assert [one["rank"] for one in seen] == [0, 1]
    assert [one["is_main"] for one in seen] == [True, False]
    assert {one["world_size"] for one in seen} == {PROCESSES}


def test_two_processes_share_seven_rows(seen: list[dict]):
    assert [one["mine"] for one in seen] == [[0, 1, 2], [3, 4, 5, 6]]


def test_two_processes_agree(seen: list[dict]):
    for one in seen:
        assert one["sum"] == [21, 7]
        assert one["gathered"] == ["from 0", "from 1"]
        assert one["broadcast"] == {"chosen by": 0}
        assert one["running mean"] == 1.0
        assert not one["active afterwards"]


@pytest.mark.parametrize(
    ("name", "says"), [("cuda", "finds 0 GPUs"), ("cuda:1", "finds 0 GPUs"), ("gpu", "no device 'gpu'")]
)
def test_a_device_that_is_not_here_is_one_line(name, says, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(SettingError, match=f"^[^\n]*{says}[^\n]*$"):
        distributed.device(name)
