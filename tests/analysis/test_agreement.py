"""Agreement on partitions whose measures are known without computing them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xdc_lab.analysis.agreement import (
    agreement_table,
    audio_and_video,
    block_order,
    churn,
    contingency,
    over_iterations,
    shared_clips,
    shared_table,
)
from xdc_lab.analysis.result import load_result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import RunError


def test_the_matrix_counts_every_clip_once(result):
    assert contingency(result).to_numpy().tolist() == [[6, 3, 3], [6, 0, 0], [0, 3, 3]]


def test_a_cell_opens_its_clips(result):
    assert shared_clips(result, (1, 0)).tolist() == list(range(12, 18))
    assert shared_clips(result, (1, 2)).tolist() == []


def test_pairs_come_by_what_they_share(result):
    first = shared_table(result).iloc[0]
    # Audio 1 (6 clips) lies inside video 0 (12 clips).
    assert (first["audio"], first["video"], first["clips"]) == (1, 0, 6)
    assert (first["share_of_audio"], first["share_of_video"], first["jaccard"]) == (1.0, 0.5, 0.5)
    assert first["text"] == "feeding fish (1.00)"
    assert len(shared_table(result, count=2)) == 2
    assert shared_table(result, count=None)["clips"].sum() == 24


def test_a_partition_agrees_fully_with_itself(tmp_path, make_run):
    codes = np.array([0, 1, 2] * 4)
    run = make_run(tmp_path, labels=list("abc" * 4), assignments=[{"audio": codes, "video": (codes + 1) % 3}])
    table = agreement_table(load_result(run))
    assert table["other"].tolist() == ["label", "label", "video"]
    np.testing.assert_allclose(table[["nmi", "ami", "ari", "hungarian"]], 1.0)


def test_accuracy_needs_as_many_clusters_as_labels(result):
    accuracy = {(row["clustering"], row["other"]): row["hungarian"] for row in rows_of(agreement_table(result))}
    assert np.isnan([accuracy["audio", "label"], accuracy["video", "label"]]).all()
    # Audio against video, 3 clusters each: 6 + 3 + 3 of 24 under the best naming.
    assert accuracy["audio", "video"] == 0.5


def test_without_labels_clusterings_are_still_compared(unlabelled):
    assert agreement_table(unlabelled)["other"].tolist() == ["video"]
    assert over_iterations(unlabelled)["purity"].isna().all()


def test_iterations_begin_without_a_previous_one(result):
    history = {(row["iteration"], row["clustering"]): row for row in rows_of(over_iterations(result))}
    assert np.isnan(history[0, "audio"]["churn"])
    assert history[1, "audio"]["purity"] == 0.75  # 6 + 6 of the pure ones, 6 of the mixed 12
    assert history[0, "audio"]["purity"] == 0.25
    assert history[0, "audio"]["nmi_other"] == pytest.approx(1.0)
    # Before, every cluster held a third of every label: audio keeps 4 + 2 + 2 of 24.
    assert history[1, "audio"]["churn"] == pytest.approx(1 - 8 / 24)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.permutations(range(4)))
def test_other_names_for_the_same_clusters_are_no_churn(codes, names):
    before = np.array(codes)
    assert churn(before, np.array(names)[before]) == 0.0


def test_a_method_without_both_senses_says_so(tmp_path, make_run):
    run = make_run(tmp_path, labels=["a", "b"], assignments=[{"joint": np.array([0, 1])}], method="CDC")
    with pytest.raises(RunError, match="its clusterings are joint"):
        audio_and_video(load_result(run))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_block_order_is_an_order_and_keeps_blocks_together(a, b, seed):
    generator = np.random.default_rng(seed)
    blocks = np.zeros((a + b, a + b), dtype=int)
    blocks[:a, :a], blocks[a:, a:] = generator.integers(3, 9, (a, a)), generator.integers(3, 9, (b, b))
    rows, columns = generator.permutation(a + b), generator.permutation(a + b)
    down, across = block_order(blocks[rows][:, columns])
    assert sorted(down) == sorted(across) == list(range(a + b))
    for order in (rows[down] < a, columns[across] < a):
        assert (np.diff(order.astype(int)) != 0).sum() == 1
