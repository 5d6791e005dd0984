"""Whole runs on the device: a tiny pretraining, one that is killed and resumed, one process of a group."""

import contextlib
import functools
import multiprocessing
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from xdc_lab import distributed
from xdc_lab.bench.gpu.made_videos import make_videos
from xdc_lab.bench.gpu.parts import Conditions, demand
from xdc_lab.clustering.clusters_file import load_clusters
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.settings import TINY
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_lines

KILLED = 137
Found = Mapping[str, Any]


def _items(folder: Path) -> pd.DataFrame:
    return make_videos(folder / "videos", 24, seconds=2.4, size=(48, 64), frame_rate_hz=10.0)


def _pretrain(items: pd.DataFrame, out: Path, device: str, *, die: bool = False) -> RunFolder:
    settings = replace(TINY, video_width=8, audio_width=8, kmeans=replace(TINY.kmeans, k=4))

    def at_iteration(rows: list[dict[str, Any]]) -> None:
        if die and rows[0]["iteration"] == 1:
            os._exit(KILLED)  # as sudden as SIGKILL, which Windows lacks: nothing is written or tidied up

    execution = Execution(device=device, progress=False)
    return pretrain(items, out, settings=settings, execution=execution, on_iteration=at_iteration)


def _told(run: RunFolder) -> dict[str, Any]:
    losses = [row["loss"] for row in read_lines(run.training_log)]
    rows = read_lines(run.clusterings_log)
    return {
        "status": run.read_about()["status"],
        "trainings": len(losses),
        "clusterings": len(rows),
        "last_loss": losses[-1],
        "finite": bool(np.isfinite(losses).all()),
    }


@functools.cache
def _alone(device: str) -> tuple[tempfile.TemporaryDirectory, pd.DataFrame, RunFolder]:
    """A run that was left alone, which others are compared with; its folder lives as long as this process."""
    folder = tempfile.TemporaryDirectory()
    items = _items(Path(folder.name))
    return folder, items, _pretrain(items, Path(folder.name) / "alone", device)


def whole(conditions: Conditions) -> Found:
    """A tiny pretraining from files to clusters."""
    found = _told(_alone(conditions.device)[2])
    return demand(found, trainings=(4, 4), clusterings=(6, 6), finite=(1, 1))


def resume(conditions: Conditions) -> Found:
    """The same run, killed after its first iteration and started again."""
    folder, items, alone = _alone(conditions.device)
    out = Path(folder.name) / "killed"
    spawned = multiprocessing.get_context("spawn")
    child = spawned.Process(target=_pretrain, args=(items, out, conditions.device), kwargs={"die": True})
    child.start()
    child.join()
    killed = _pretrain(items, out, conditions.device)
    pairs = zip(sorted(alone.path.rglob("*.npz")), sorted(killed.path.rglob("*.npz")), strict=True)
    same = [float((load_clusters(a).assignment == load_clusters(b).assignment).mean()) for a, b in pairs]
    found = _beside(alone, killed) | {"exit_code": child.exitcode, "same_cluster_at_least": min(same)}
    limits = {"exit_code": (KILLED, KILLED), "finished": (1, 1)}
    exactly = conditions.device == "cpu"  # a GPU adds up in an order of its own
    return demand(found, loss_difference=(0.0, 0.0 if exactly else 0.1), **limits)


def one_process_group(conditions: Conditions) -> Found:
    """The same run in a group of one process: NCCL on a GPU, gloo on a CPU."""
    folder, items, alone = _alone(conditions.device)
    with _environment_of_one(), distributed.session():
        backend = torch.distributed.get_backend()
        grouped = _pretrain(items, Path(folder.name) / "grouped", conditions.device)
    found = _beside(alone, grouped) | {"backend": backend}
    return demand(found, loss_difference=(0, 0.1), finished=(1, 1))


def _beside(alone: RunFolder, other: RunFolder) -> dict[str, Any]:
    first, second = _told(alone), _told(other)
    return {
        "finished": first["status"] == second["status"] == "finished",
        "loss_difference": abs(first["last_loss"] - second["last_loss"]),
    }


@contextlib.contextmanager
def _environment_of_one() -> Iterator[None]:
    """What torchrun would set for one process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    numbers = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": 0, "LOCAL_WORLD_SIZE": 1, "MASTER_PORT": port}
    words = {name: str(value) for name, value in numbers.items()} | {"MASTER_ADDR": "127.0.0.1"}
    before = dict(os.environ)
    os.environ.update(words)
    try:
        yield
    finally:
        for name in words:
            os.environ.pop(name)
        os.environ.update(before)
