"""One process and N run the same lines: rank, barriers and sums that are no-ops when there is one process."""

import contextlib
import datetime
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from xdc_lab import stopping
from xdc_lab.errors import RunError, SettingError
from xdc_lab.launch import Launch, join_variables, launched
from xdc_lab.siblings import Siblings

JOIN_WITHIN = datetime.timedelta(minutes=5)
WAIT_AT_MOST = datetime.timedelta(hours=2)  # for processes that live: one that ends is noticed within a minute


def is_active() -> bool:
    """Whether this process belongs to a group of several."""
    return dist.is_available() and dist.is_initialized()


def rank() -> int:
    """This process's number, 0 when alone."""
    return dist.get_rank() if is_active() else 0


def world_size() -> int:
    """How many processes there are, 1 when alone."""
    return dist.get_world_size() if is_active() else 1


def cores_each() -> int:
    """How many cores of this machine each of its processes may use."""
    return max(1, (os.cpu_count() or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", world_size())))


def is_main() -> bool:
    """Whether this process writes the files that all share."""
    return rank() == 0


def barrier() -> None:
    """Wait for every process."""
    if is_active():
        dist.barrier()


def shard(items: int) -> slice:
    """The contiguous rows that are this process's own; together the shards are all rows, each once.

    >>> shard(7)
    slice(0, 7, None)
    """
    return shard_of(items, rank=rank(), world_size=world_size())


def shard_of(items: int, *, rank: int, world_size: int) -> slice:
    """The contiguous rows of process `rank` of `world_size`.

    >>> [shard_of(7, rank=r, world_size=3) for r in range(3)]
    [slice(0, 2, None), slice(2, 4, None), slice(4, 7, None)]
    """
    return slice(items * rank // world_size, items * (rank + 1) // world_size)


def all_reduce_sum(values: np.ndarray) -> np.ndarray:
    """Sum an array over all processes; every process gets the sum."""
    if not is_active():
        return values
    tensor = torch.from_numpy(np.array(values, copy=True)).to(device())
    dist.all_reduce(tensor)
    return tensor.cpu().numpy()


def all_gather_object(value: Any) -> list[Any]:
    """Collect one picklable value from each process, in order of rank."""
    if not is_active():
        return [value]
    values: list[Any] = [None] * world_size()
    dist.all_gather_object(values, value)
    return values


def broadcast_object(value: Any) -> Any:
    """Give every process the main process's value."""
    if not is_active():
        return value
    values = [value]
    dist.broadcast_object_list(values, src=0)
    return values[0]


class AnyProcess:
    """Whether any process says yes, told one call later, so that none waits for another; alone at once.

    All processes call it equally often, and all are told the same.
    """

    def __init__(self):
        self._asked: tuple[dist.Work, torch.Tensor] | None = None

    def says(self, *yes: bool) -> list[bool]:
        """Say yes or no to some questions; give the answers to those before."""
        if not is_active():
            return list(yes)
        answers = torch.tensor(yes, dtype=torch.uint8)  # on the CPU: by gloo, beside what a GPU computes
        work = dist.all_reduce(answers, op=dist.ReduceOp.MAX, async_op=True)
        before, self._asked = self._asked, (work, answers)
        if before is None:
            return [False] * len(yes)
        before[0].wait()
        return before[1].bool().tolist()


def share_buffers(module: nn.Module) -> None:
    """Give every process the main process's buffers (BatchNorm's running statistics): each has seen other batches."""
    if is_active():
        for buffer in module.buffers():
            dist.broadcast(buffer, src=0)


def device(name: str = "auto") -> torch.device:
    """The device to compute on: "auto" takes this process's GPU where there is CUDA, else the CPU.

    Raises:
        SettingError: if there is no such device, or this machine lacks it.
    """
    if name != "auto":
        return _named_device(name)
    if torch.cuda.is_available():
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return torch.device("cpu")


def _named_device(name: str) -> torch.device:
    try:
        named = torch.device(name)
    except RuntimeError as error:
        raise SettingError(
            f"there is no device {name!r}; give auto, cpu or cuda (cuda:1 for the second GPU)"
        ) from error
    there = torch.cuda.device_count()
    if named.type == "cuda" and (named.index or 0) >= there:
        raise SettingError(
            f"device {name!r} is not here: PyTorch {torch.__version__} finds {there} GPUs; give auto or cpu"
        )
    return named


@contextlib.contextmanager
def session(*, join_within: datetime.timedelta = JOIN_WITHIN) -> Iterator[None]:
    """Join the group that `torchrun` or `srun` started, if one did, and leave it at the end.

    NCCL on GPUs, gloo on CPUs. An error of one process ends all of them, and is told once (`xdc_lab.siblings`); a
    warning of the system ends all of them where they can go on from (`xdc_lab.stopping`).

    Args:
        join_within: how long to wait for the others at the beginning.

    Raises:
        SettingError: if the variables that a launcher sets are not whole.
        RunError: if not all processes came.
        SiblingError: if another process has ended with an error.
        StoppedError: if the system asked to stop.
    """
    launch = launched()
    if launch is None or is_active():
        with stopping.heeded():
            yield
        return
    with _group(launch, join_within) as others, stopping.heeded(), others.agreed():
        yield


@contextlib.contextmanager
def _group(launch: Launch, join_within: datetime.timedelta) -> Iterator[Siblings]:
    """Begin the group, and end it; after an error NCCL would wait for the others, and is left to the process's end."""
    join_variables()
    if torch.cuda.is_available():
        torch.cuda.set_device(device())
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    try:
        store, _, _ = next(rendezvous("env://", timeout=join_within))
        store = PrefixStore(f"xdc-lab/{os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}", store)
        words = {"store": store, "rank": launch.rank, "world_size": launch.world_size}
        dist.init_process_group(backend, timeout=WAIT_AT_MOST, **words)
    except (RuntimeError, ValueError) as error:  # as all of torch.distributed's are
        place = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
        raise RunError(
            f"not all {launch.world_size} processes met at {place} within {join_within.total_seconds():.0f} s: look "
            f"whether all were started, and can reach it ({str(error).splitlines()[0]})"
        ) from error
    well = False
    try:
        yield Siblings(store, rank=launch.rank, world_size=launch.world_size)
        well = True
    finally:
        if well or not torch.cuda.is_available():
            dist.destroy_process_group()
