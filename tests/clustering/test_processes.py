"""Two real processes give the same clusters as one, also when the items do not divide by two."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xdc_lab.clustering.clusters_file import load_clusters
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.errors import ClusteringError
from xdc_lab.settings import to_dict

ITEMS = 2003  # odd

CASES = {
    "alone": (["video"], KMeansSettings(k=17)),
    "joined": (["video", "audio"], KMeansSettings(k=17, restarts=1)),
    "whitened": (["video"], KMeansSettings(k=9, pca_dim=6, whiten=True)),
    "sampled": (["audio"], KMeansSettings(k=9, points_per_centroid=31)),
    "emptied": (["copies"], KMeansSettings(k=20, l2=False)),  # most first centroids are the same point
    "broken": (["broken"], KMeansSettings(k=4)),
    "too-few": (["copies"], KMeansSettings(k=300, l2=False, restarts=1)),
}
FAILING = ("broken", "too-few")


def features() -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    video, audio = generator.normal(size=(ITEMS, 12)), generator.normal(size=(ITEMS, 5)) ** 2
    copies = generator.integers(0, 30, size=(ITEMS, 1)) * (generator.random((ITEMS, 1)) < 0.1) * np.ones((1, 3))
    broken = video.copy()
    broken[1500:1502, 3] = np.nan  # in the second process's share
    arrays = {"video": video, "audio": audio, "copies": copies, "broken": broken}
    return {name: array.astype(np.float32) for name, array in arrays.items()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where two processes have clustered every case."""
    folder = tmp_path_factory.mktemp("two")
    for name, array in features().items():
        np.save(folder / f"{name}.npy", array)
    cases = {
        name: {"features": parts, "settings": to_dict(settings), "seed": 5} for name, (parts, settings) in CASES.items()
    }
    (folder / "cases.json").write_text(json.dumps(cases))
    worker, root = Path(__file__).with_name("process_of_two.py"), Path(__file__).parents[2]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", f"import runpy, sys; sys.path.insert(0, {str(root)!r}); sys.argv = {argv!r}; "
             f"runpy.run_path({str(worker)!r}, run_name='__main__')"],
            stderr=subprocess.PIPE,
            text=True,
        )
        for argv in ([str(worker), str(folder), str(rank)] for rank in range(2))
    ]  # fmt: skip
    try:
        errors = [process.communicate(timeout=120)[1] for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0, 0], errors
    return folder


def one_process(name: str):
    parts, settings = CASES[name]
    return fit_kmeans([features()[part] for part in parts], settings=settings, seed=5)


@pytest.mark.parametrize("name", [name for name in CASES if name not in FAILING])
def test_two_processes_cluster_as_one_does(name, folder):
    alone, first, second = (one_process(name), *(load_clusters(folder / f"{name}-{rank}.npz") for rank in range(2)))
    np.testing.assert_array_equal(first.assignment, second.assignment)
    np.testing.assert_array_equal(first.centroids, second.centroids)
    assert first.about == second.about
    np.testing.assert_array_equal(first.assignment, alone.assignment)
    np.testing.assert_allclose(first.centroids, alone.centroids, atol=1e-5)
    assert len(first.assignment) == ITEMS
    assert first.sizes.min() >= 1


@pytest.mark.parametrize("name", FAILING)
def test_two_processes_fail_with_the_same_words(name, folder):
    with pytest.raises(ClusteringError) as raised:
        one_process(name)
    assert [(folder / f"{name}-{rank}.txt").read_text() for rank in range(2)] == [str(raised.value)] * 2
