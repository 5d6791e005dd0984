"""Run by torchrun: one batch of both processes together, and after it the same training on one of them.

Of one label an item, and of several with the measures of a test on held-out items.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from scipy.sparse import csr_array

from xdc_lab import distributed
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.evaluation.clips import over_uniform_clips, video_level
from xdc_lab.evaluation.multi_label import ranking_scores
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution
from xdc_lab.training.loop import Task, train
from xdc_lab.training.settings import TrainSettings


class Linear(Encoder):
    """No BatchNorm: a clip's features are its own, on whichever process it is."""

    feature_dim = 6

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.project = torch.nn.Linear(40, 6)

    def forward(self, x):
        return self.project(x.mean(dim=(1, 3)))


HAS = np.random.default_rng(0).random((16, 3)) < 0.4  # which labels each item has
QUIET = Execution(device="cpu", progress=False)


def trained(task: Task, settings: TrainSettings) -> dict:
    """The weights, the record of an epoch and, with several labels an item, how well the held-out ones are ranked."""
    encoder = Linear()
    done = train(encoder, task, settings=settings, execution=QUIET)
    told = {"weights": encoder.project.weight.flatten().tolist(), **done.records[0]}
    if "several" in task.targets:
        network = torch.nn.Sequential(encoder, done.heads["several"], torch.nn.Sigmoid())
        rows = task.held_out_rows
        scores = over_uniform_clips(network, task.dataset, rows, clips=2, prepare=task.prepare, execution=QUIET)
        told |= ranking_scores(HAS[rows], video_level(scores))
    return told


if __name__ == "__main__":
    table, out = sys.argv[1:]
    items = check_items(load_items(table), progress=False).usable.head(16)
    task = Task(
        dataset=ClipDataset(items, modality="audio"),
        prepare=model_input("audio"),
        targets={"label": np.arange(16) % 2},
        classes={"label": 2},
        train_rows=np.arange(16),
        held_out_rows=np.arange(0),
    )
    several = replace(task, targets={"several": csr_array(HAS)}, classes={"several": 3}, held_out_rows=np.arange(11))
    settings = TrainSettings(epochs=1, global_batch=8, learning_rate=0.5, warmup_epochs=0.0, schedule="step")
    with distributed.session():
        # Of this process's four clips three, then one: only then are the gradients averaged.
        both, both_several = (trained(own, replace(settings, micro_batch=3)) for own in (task, several))
        main, processes = distributed.is_main(), distributed.world_size()
    if main:
        told = {"processes": processes, "both": both, "alone": trained(task, settings)}
        told |= {"both_several": both_several, "alone_several": trained(several, settings)}
        Path(out).write_text(json.dumps(told), encoding="utf-8")
