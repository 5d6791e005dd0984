"""One cluster through the iterations: which it was, and a small picture of each."""

import numpy as np
import pytest

from xdc_lab.analysis.pictures.iteration_strip import best_cluster, earlier_clusters, iteration_strip, matrix_strip
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import ClusteringError, RunError

LABELS = ["bell"] * 4 + ["rain"] * 4


@pytest.fixture
def renumbered(tmp_path, make_run):
    """The same two clusters, numbered the other way at first; only half of them before that."""
    last = np.repeat([0, 1], 4)
    halves = np.array([2, 2, 0, 0, 1, 1, 1, 1])
    assignments = [{"audio": a, "video": a} for a in (halves, 1 - last, last)]
    return load_result(make_run(tmp_path / "run", labels=LABELS, assignments=assignments))


def test_a_cluster_is_found_by_its_clips_not_by_its_number(renumbered):
    assert earlier_clusters(renumbered, "audio", 1) == [1, 0, 1]
    assert earlier_clusters(renumbered, "audio", 0) == [0, 1, 0]


def test_the_best_cluster_is_not_one_that_is_pure_by_luck(tmp_path, make_run, unlabelled):
    """One clip alone is pure; nine of ten say more."""
    labels = ["bell"] + ["rain"] * 9 + ["bell"]
    of = np.array([0] + [1] * 10)
    result = load_result(make_run(tmp_path / "run", labels=labels, assignments=[{"audio": of, "video": of}]))
    assert best_cluster(result, "video") == 1
    sizes = unlabelled.clusters("video").sizes
    assert sizes[best_cluster(unlabelled, "video")] >= np.median(sizes)


def test_no_such_cluster_is_an_error(renumbered):
    with pytest.raises(ClusteringError, match="its ids are 0 to 1"):
        earlier_clusters(renumbered, "audio", 2)


def test_a_strip_has_a_column_for_each_iteration(renumbered):
    """Its clips are missing files: grey, with the reason."""
    seen, heard = (iteration_strip(renumbered, name, clips=2) for name in ("video", "audio"))
    assert seen.width == heard.width >= 640 and seen.height < heard.height
    assert iteration_strip(renumbered, "video", cluster=1, clips=4).height > seen.height


def test_without_labels_a_strip_shows_distances(unlabelled):
    assert iteration_strip(unlabelled, "video", clips=1).mode == "RGB"


def test_matrices_stand_side_by_side(renumbered):
    """Two clusters that are the same on audio and on video: one dark cell in each row."""
    strip = np.asarray(matrix_strip(renumbered))
    dark = (strip == (18, 63, 70)).all(axis=2)
    assert dark[96:230].any(axis=0).sum() > 300  # three matrices of 134 columns, each dark somewhere


def test_a_method_without_two_senses_has_no_matrix(tmp_path, make_run):
    joint = {"joint": np.repeat([0, 1], 4)}
    result = load_result(make_run(tmp_path / "cdc", labels=LABELS, assignments=[joint], method="CDC"))
    with pytest.raises(RunError, match="no pair of audio and video clusters"):
        matrix_strip(result)
