"""Speed of k-means at Kinetics' size and at a million, beside a bare PyTorch loop and faiss (paper 3.2)."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from xdc_lab.bench.gpu.agreement import points
from xdc_lab.bench.gpu.parts import Conditions
from xdc_lab.bench.kmeans import inertia_of_faiss
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.extras import installed

PASSES = 10
BLOCK = 65_536  # rows of the bare loop


def speed(conditions: Conditions) -> Mapping[str, Any]:
    """Seconds and inertia of as many passes by each; faiss runs on the CPU, unless it is a build for GPUs."""
    found = {}
    for rows in conditions.pick((240_000, 1_000_000), (4_000,)):
        features = points(rows)
        for k in conditions.pick((128, 1024), (16,)):
            ways: dict[str, Callable[[], float]] = {
                "ours": lambda f=features, k=k: _ours(f, k, conditions.device),
                "bare PyTorch": lambda f=features, k=k: _bare(f, k, conditions.device),
            }
            if installed("faiss") and rows * k <= 240_000 * 1024:
                ways["faiss"] = lambda f=features, k=k: _faiss(f, k)
            for name, way in ways.items():
                found[f"{rows} x 512, k {k}: {name}"] = _timed(way)
    return found


def _timed(way: Callable[[], float]) -> Mapping[str, float]:
    started = time.monotonic()
    inertia = way()
    return {"seconds": round(time.monotonic() - started, 3), "inertia": inertia}


def _ours(features: np.ndarray, k: int, device: str) -> float:
    settings = KMeansSettings(k=k, l2=False, iterations=PASSES, restarts=1)
    return float(fit_kmeans(features, settings=settings, seed=0, device=device).about["inertia"])


def _bare(features: np.ndarray, k: int, device: str) -> float:
    rows = torch.from_numpy(features).to(device)
    centroids = rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))[:k].to(device)]
    for _ in range(PASSES):
        sums, counts = torch.zeros_like(centroids), torch.zeros(k, device=device)
        for block in rows.split(BLOCK):
            nearest = _nearest(block, centroids)[0]
            sums.index_add_(0, nearest, block)
            counts += torch.bincount(nearest, minlength=k)
        centroids = torch.where(counts[:, None] > 0, sums / counts.clamp_min(1)[:, None], centroids)
    return float(sum(_nearest(block, centroids)[1].double().sum() for block in rows.split(BLOCK)))


def _nearest(rows: torch.Tensor, centroids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    less = torch.addmm(centroids.square().sum(1), rows, centroids.T, alpha=-2)
    smallest, nearest = less.min(1)
    return nearest, smallest + rows.square().sum(1)


def _faiss(features: np.ndarray, k: int) -> float:
    import faiss as module

    faiss: Any = module
    gpu = hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0
    return inertia_of_faiss(features, k, iterations=PASSES, gpu=gpu)
