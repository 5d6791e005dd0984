"""One of two processes that cluster together; `test_processes.py` starts both and reads what they write."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import torch.distributed as dist

from xdc_lab.clustering.clusters_file import save_clusters
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.errors import ClusteringError


def main(folder: Path, rank: int) -> None:
    rendezvous = f"file://{folder / 'rendezvous'}"
    dist.init_process_group("gloo", init_method=rendezvous, rank=rank, world_size=2, timeout=timedelta(seconds=60))
    cases = json.loads((folder / "cases.json").read_text())
    for name, case in cases.items():
        features = [np.load(folder / f"{part}.npy", mmap_mode="r") for part in case["features"]]
        try:
            clusters = fit_kmeans(features, settings=KMeansSettings(**case["settings"]), seed=case["seed"])
            save_clusters(clusters, folder / f"{name}-{rank}.npz")
        except ClusteringError as error:
            (folder / f"{name}-{rank}.txt").write_text(str(error))
    dist.destroy_process_group()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
