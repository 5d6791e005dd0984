import numpy as np
import pytest

from xdc_lab.clustering.clusters_file import Clusters
from xdc_lab.pretraining.record import clustering_rows, collapsed_training


def clusters(*assignment: int) -> Clusters:
    k = max(assignment) + 1
    about = {"inertia": 1.0}
    return Clusters(np.array(assignment), np.zeros(len(assignment), np.float32), np.zeros((k, 2), np.float32), about)


def test_a_row_says_sizes_agreement_and_purity():
    now = {"video": clusters(*[0, 0, 1, 1] * 3), "audio": clusters(*[0, 1, 0, 1] * 3)}
    labels = np.array(["bell", "bell", "rain", "rain"] * 3)
    video, audio = clustering_rows(now, iteration=3, previous={"video": now["video"]}, labels=labels)
    assert (video["purity"], video["nmi_label"], video["nmi_previous"], video["nmi_other"]) == (1, 1, 1, 0)
    assert (audio["purity"], audio["nmi_previous"], audio["k"], audio["size_max"]) == (0.5, None, 2, 6)
    assert video["labelled"] == audio["labelled"] == 12


def test_a_few_labels_are_counted_and_no_measure():
    now = {"video": clusters(*[0, 1] * 15)}
    (row,) = clustering_rows(now, iteration=0, previous={}, labels=np.array(["bell"] + [""] * 29))
    assert row["labelled"] == 1 and row["purity"] is row["nmi_label"] is None


def test_without_labels_nothing_is_said_of_them():
    (row,) = clustering_rows({"joint": clusters(0, 1)}, iteration=0, previous={}, labels=None)
    assert row["purity"] is row["nmi_label"] is row["nmi_other"] is None


def test_one_cluster_that_swallows_most_is_announced():
    (row,) = clustering_rows({"video": clusters(*[0] * 9, 1)}, iteration=0, previous={}, labels=None)
    assert "holds 90% of all items" in row["warning"]
    assert "training.sampling=clusters" in row["warning"]


@pytest.mark.parametrize(
    ("record", "says"),
    [
        ({"most_predicted": 0.95, "accuracy": 0.5}, "same prediction"),
        ({"most_predicted": 0.2, "accuracy": 0.1}, "chance among 10"),
        ({"most_predicted": 0.2, "accuracy": 0.5}, None),
        ({"most_predicted": None, "accuracy": 0.5}, None),
    ],
)
def test_an_encoder_that_learned_nothing_is_announced(record, says):
    warning = collapsed_training(record, classes=10, held_out=100)
    assert warning is None if says is None else says in (warning or "")


def test_few_held_out_items_are_no_proof():
    assert collapsed_training({"most_predicted": 1.0, "accuracy": 0.5}, classes=10, held_out=5) is None
