"""Run alone, it forks four processes: batches of all together, features and sampling, beside the same on one of them.

Of one label an item, and of several with the measures of a test on held-out items. Forked when PyTorch is imported,
four processes take less time than two of torchrun's.
"""

import json
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from scipy.sparse import csr_array
from torch.multiprocessing.spawn import start_processes

from xdc_lab import distributed
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.evaluation.clips import over_uniform_clips, video_level
from xdc_lab.evaluation.multi_label import ranking_scores
from xdc_lab.features import extract_features
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Task, train
from xdc_lab.training.settings import TrainSettings

PROCESSES = 4


class Linear(Encoder):
    """No BatchNorm: a clip's features are its own, on whichever process it is."""

    modality = "audio"
    feature_dim = 6

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.project = torch.nn.Linear(40, 6)

    def forward(self, x):
        return self.project(x.mean(dim=(1, 3)))


class Noted(ClipDataset):
    """Notes which training clips it was asked for."""

    asked: list[ClipKey]

    def draw(self, key, rows):
        """As a data set does."""
        self.asked = [*getattr(self, "asked", []), *([key] if key.draw is not None else [])]
        return super().draw(key, rows)


QUIET = Execution(device="cpu", progress=False)


def trained(task: Task, settings: TrainSettings) -> dict:
    """The weights, the record of an epoch and, with several labels an item, how well the held-out ones are ranked."""
    encoder = Linear()
    done = train(encoder, task, settings=settings, execution=QUIET)
    told = {"weights": encoder.project.weight.flatten().tolist(), **done.records[0]}
    if "several" in task.targets:
        network = torch.nn.Sequential(encoder, done.heads["several"], torch.nn.Sigmoid())
        rows, labels = task.held_out_rows, task.targets["several"]
        assert isinstance(labels, csr_array)
        scores = over_uniform_clips(network, task.dataset, rows, clips=2, prepare=task.prepare, execution=QUIET)
        told |= ranking_scores(labels[rows].toarray(), video_level(scores))
    return told


def features(items: pd.DataFrame, rows: int, folder: Path) -> list[list[float]]:
    """The features of the first items, as all processes together write them."""
    dataset = ClipDataset(items.head(rows), modality="audio")
    path = folder / f"{rows}-{distributed.world_size()}.npy"
    prepare = model_input("audio")
    return extract_features(Linear(), dataset, path, prepare=prepare, batch_size=2, execution=QUIET).tolist()


def work(rank: int, port: int, items: pd.DataFrame, out: str) -> None:
    """One process of four; the first one does the work once more, alone, and tells all."""
    launcher = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": PROCESSES, "MASTER_PORT": port}
    os.environ.update({name: str(value) for name, value in launcher.items()} | {"MASTER_ADDR": "127.0.0.1"})
    dataset = Noted(items, modality="audio")
    task = Task(
        dataset=dataset,
        prepare=model_input("audio"),
        targets={"label": np.arange(16) % 2},
        classes={"label": 2},
        train_rows=np.arange(16),
        held_out_rows=np.arange(0),
    )
    has = np.random.default_rng(0).random((16, 3)) < 0.4
    several = replace(task, targets={"several": csr_array(has)}, classes={"several": 3}, held_out_rows=np.arange(11))
    settings = TrainSettings(
        epochs=1, global_batch=16, clips_per_epoch=32, learning_rate=0.5, warmup_epochs=0.0, schedule="step"
    )
    # Of this process's four clips three, then one: only then are the gradients averaged.
    tasks = {"": (task, settings), "_several": (several, replace(settings, clips_per_visit=2))}
    sizes, folder = (14, 3), Path(out).parent  # not a multiple of four; fewer than processes
    told: dict[str, Any] = {}
    with distributed.session():
        told |= {f"both{name}": trained(own, replace(how, micro_batch=3)) for name, (own, how) in tasks.items()}
        told["asked"] = distributed.all_gather_object(dataset.asked[:8])  # of the first training
        told["features"] = [features(items, rows, folder) for rows in sizes]
        told["processes"] = distributed.world_size()
    if rank == 0:
        told |= {f"alone{name}": trained(own, how) for name, (own, how) in tasks.items()}
        told["features_alone"] = [features(items, rows, folder) for rows in sizes]
        Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    table, out = sys.argv[1:]
    items = check_items(load_items(table).head(24), progress=False).usable.head(16)
    start_processes(work, args=(port, items, out), nprocs=PROCESSES, start_method="fork")
