"""A clusters file gives back what it was given, and refuses what it did not write."""

import contextlib
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from xdc_lab.clustering.clusters_file import Clusters, load_clusters, save_clusters
from xdc_lab.clustering.kmeans import KMeansSettings, assign, fit_kmeans
from xdc_lab.errors import ClusteringError, RunError


def features() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)


@pytest.mark.parametrize("choices", [{}, {"pca_dim": 3, "whiten": True}, {"center": False, "l2": False}])
def test_a_round_trip_changes_nothing(choices, tmp_path):
    made = fit_kmeans([features(), features()], settings=KMeansSettings(k=4, **choices), seed=0)
    made = replace(made, about={**made.about, "iteration": 3, "clustering": "joint"})
    save_clusters(made, tmp_path / "joint.npz")
    read = load_clusters(tmp_path / "joint.npz")
    for name in ("assignment", "distance", "centroids"):
        np.testing.assert_array_equal(getattr(read, name), getattr(made, name))
    assert read.about == made.about
    assert read.about["iteration"] == 3
    np.testing.assert_array_equal(assign([features(), features()], read)[0], made.assignment)


def test_the_same_clusters_are_the_same_bytes(tmp_path):
    made = fit_kmeans(features(), settings=KMeansSettings(k=4), seed=0)
    for name in ("one", "other"):
        save_clusters(made, tmp_path / f"{name}.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_about_says_what_made_it():
    about = fit_kmeans(features(), settings=KMeansSettings(k=4), seed=7).about
    assert about["seed"] == 7
    assert about["settings"]["k"] == 4
    assert set(about["software"]) == {"xdc_lab", "faiss", "numpy"}
    assert json.loads(json.dumps(about)) == about


def test_no_file_says_what_makes_one(tmp_path):
    with pytest.raises(RunError, match="there is no clusters file .*audio.npz; `xdc-lab pretrain`"):
        load_clusters(tmp_path / "audio.npz")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.npz").write_text("not clusters")
    (tmp_path / "empty.npz").write_bytes(b"")
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps({"assignment": [0]}))
    np.savez(tmp_path / "others.npz", weights=np.zeros(3))
    np.savez(tmp_path / "objects.npz", about=np.array({"format": 1}, dtype=object))
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(RunError, match="is no clusters file"):
            load_clusters(path)


def test_whatever_flipped_bytes_break_is_one_error(tmp_path):
    path = tmp_path / "audio.npz"
    save_clusters(fit_kmeans(features(), settings=KMeansSettings(k=4), seed=7), path)
    whole = path.read_bytes()
    for place in range(40, len(whole) // 2, 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with contextlib.suppress(RunError):  # a name in a header that nobody reads may differ
            load_clusters(path)


def test_a_newer_format_is_named(tmp_path):
    np.savez(tmp_path / "new.npz", about=np.array(json.dumps({"format": 2, "parts": 0})))
    with pytest.raises(RunError, match="another format; this version reads 1"):
        load_clusters(tmp_path / "new.npz")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ([0, 1, 2], "from 0 to 2, outside 0 to 1"),
        ([0, -1, 1], "from -1 to 1"),
        ([0, 0, 0], "1 of 2 clusters are empty"),
    ],
)
def test_parts_that_do_not_fit_are_an_error(assignment, message):
    with pytest.raises(ClusteringError, match=message):
        Clusters(np.array(assignment), np.zeros(3, dtype=np.float32), np.zeros((2, 3), dtype=np.float32))
