"""Run by torchrun, or alone: pretrain one iteration on an odd number of items of the tiny set."""

import sys
from dataclasses import replace

from xdc_lab import distributed
from xdc_lab.clustering.kmeans import KMeansSettings
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.settings import TINY
from xdc_lab.runs.execution import Execution

if __name__ == "__main__":
    table, out = sys.argv[1:]
    items = load_items(table)
    items = items[items["split"] == "train"].head(41)
    settings = replace(TINY, iterations=1, video_width=4, audio_width=4, kmeans=KMeansSettings(k=6, restarts=1))
    with distributed.session():
        pretrain(items, out, settings=settings, execution=Execution(device="cpu", progress=False))
