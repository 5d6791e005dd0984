"""A run folder made by hand: four labels whose clusters repeat the paper's scuba and snorkel pattern (Figure 2)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.result import load_result
from xdc_lab.clustering.clusters_file import Clusters, save_clusters
from xdc_lab.datasets.items import make_items, write_items

LABELS = ("scuba diving", "snorkeling", "feeding fish", "bell")
METHODS = {
    "XDC": {
        "name": "XDC",
        "encoders": {"video": "video", "audio": "audio"},
        "clusterings": {"video": ["video"], "audio": ["audio"]},
        "supervision": {"video": ["audio"], "audio": ["video"]},
    },
    "CDC": {
        "name": "CDC",
        "encoders": {"video": "video", "audio": "audio"},
        "clusterings": {"joint": ["video", "audio"]},
        "supervision": {"video": ["joint"], "audio": ["joint"]},
    },
}
# Six clips of each label, in order. On audio scuba diving joins snorkeling, on video it joins feeding fish.
AUDIO = np.repeat([0, 0, 1, 2], 6)
VIDEO = np.array([0] * 6 + [1, 1, 1, 2, 2, 2] + [0] * 6 + [1, 1, 1, 2, 2, 2])


def write_run(
    folder: Path,
    *,
    labels: list[str],
    assignments: list[dict[str, np.ndarray]],
    method: str = "XDC",
    columns: dict | None = None,
) -> Path:
    """Write a run folder: one entry of `assignments` an iteration, clustering name -> cluster of each item."""
    folder.mkdir(exist_ok=True)
    n = len(labels)
    rows = {"path": [str(folder / f"clip_{i:02d}.mp4") for i in range(n)], "label": labels, "duration_seconds": 2.0}
    write_items(make_items(pd.DataFrame({**rows, **(columns or {})})), folder / "items.csv")
    about = {"format": 1, "id": "test-run", "kind": "pretrain", "command": "xdc-lab pretrain --data clips"}
    about |= {"method": METHODS[method], "seed": 0, "settings": [], "data": {"name": "clips"}, "status": "finished"}
    (folder / "run.json").write_text(json.dumps(about))
    for iteration, clusterings in enumerate(assignments):
        for name, assignment in clusterings.items():
            centroids = np.zeros((int(assignment.max()) + 1, 2), dtype=np.float32)
            distance = np.arange(n, dtype=np.float32) / 10
            clusters = Clusters(assignment.astype(np.int32), distance, centroids)
            save_clusters(clusters, folder / "clusters" / f"iteration_{iteration:02d}" / f"{name}.npz")
    (folder / "features").mkdir()
    for encoder in METHODS[method]["encoders"]:
        features = np.random.default_rng(0).normal(size=(n, 8)).astype(np.float32)
        np.save(folder / "features" / f"{encoder}.npy", features)
    return folder


@pytest.fixture
def run(tmp_path):
    """24 clips, 4 labels, 2 iterations; the factor `noise` is what iteration 0 sorted by."""
    start = {"audio": np.arange(24) % 3, "video": np.arange(24) % 3}
    columns = {"factor_noise": (np.arange(24) % 3) * 10.0, "factor_pan": np.linspace(0, 1, 24) ** 2 % 0.1}
    labels = [label for label in LABELS for _ in range(6)]
    last = {"audio": AUDIO, "video": VIDEO}
    return write_run(tmp_path, labels=labels, assignments=[start, last], columns=columns)


@pytest.fixture
def result(run):
    return load_result(run)


@pytest.fixture
def unlabelled(tmp_path):
    """The same clusters, without a label."""
    return load_result(
        write_run(tmp_path / "unlabelled", labels=[""] * 24, assignments=[{"audio": AUDIO, "video": VIDEO}])
    )


@pytest.fixture
def single(tmp_path):
    """One clip, one cluster."""
    only = np.zeros(1, dtype=np.int32)
    return load_result(write_run(tmp_path / "single", labels=["bell"], assignments=[{"audio": only, "video": only}]))


@pytest.fixture(scope="session")
def make_run():
    """`write_run`, for tests that need other labels or clusters."""
    return write_run


@pytest.fixture
def record(run):
    """Write records of a training: (iteration, encoder, epoch), the loss counted up; gives the result."""

    def write(*keys):
        rows = [
            {"iteration": i, "encoder": encoder, "epoch": epoch, "loss": float(number), "accuracy": 0.5}
            | {"held_out_loss": 2.5, "held_out_accuracy": None}
            for number, (i, encoder, epoch) in enumerate(keys)
        ]
        (run / "training.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        return load_result(run)

    return write


@pytest.fixture
def trained(record):
    """Two iterations of two epochs each, recorded."""
    return record(*((i, encoder, epoch) for i in (0, 1) for encoder in ("video", "audio") for epoch in (1, 2)))
