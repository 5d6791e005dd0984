"""Table 6 on clusters whose purity and concepts were counted by hand."""

import numpy as np
import pytest

from xdc_lab.analysis.concepts import RANKINGS, cluster_table, table6
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import SettingError


def test_purity_and_concepts_are_those_counted_by_hand(result):
    table = cluster_table(result, "audio")
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["cluster"].tolist() == [1, 2, 0]  # two pure ones by id, then the mixed one
    assert table["purity"].tolist() == [1.0, 1.0, 0.5]
    assert table["size"].tolist() == [6, 6, 12]
    assert table["text"][2] == "scuba diving (0.50), snorkeling (0.50)"
    assert table["concepts"][0] == [("feeding fish", 1.0)]
    np.testing.assert_allclose(table["entropy"], [0, 0, 1])  # one bit: two labels, half each
    # Clip i has distance i / 10: cluster 1 holds clips 12 to 17, cluster 2 18 to 23, cluster 0 0 to 11.
    np.testing.assert_allclose(table["mean_distance"], [1.45, 2.05, 0.55], rtol=1e-6)
    assert (table["purity_low"] < table["purity"]).all()
    assert (table["chance_purity"] < 0.5).all()


def test_only_as_many_concepts_as_asked_for(result):
    assert [len(concepts) for concepts in cluster_table(result, "audio", concepts=1)["concepts"]] == [1, 1, 1]


def test_unlabelled_clips_count_in_the_size_but_not_in_the_purity(tmp_path, make_run):
    labels = ["bell", "bell", "", "rain", "", ""]
    assignment = np.array([0, 0, 0, 0, 1, 1])
    run = make_run(tmp_path, labels=labels, assignments=[{"audio": assignment, "video": assignment}])
    first, second = cluster_table(load_result(run), "audio").to_dict("records")
    assert (first["size"], first["labelled"], first["purity"]) == (4, 3, pytest.approx(2 / 3))
    assert first["text"].endswith("; 3 of 4 labelled")
    assert (second["size"], second["labelled"], second["text"]) == (2, 0, "no labels")
    assert np.isnan(second["purity"])


@pytest.mark.parametrize(
    ("rank_by", "first"), [("purity", 1), ("surest purity", 1), ("entropy", 1), ("size", 0), ("distance", 0)]
)
def test_every_ranking(result, rank_by, first):
    assert cluster_table(result, "audio", rank_by=rank_by)["cluster"][0] == first


def test_every_ranking_is_tested():
    assert set(RANKINGS) == {"purity", "surest purity", "entropy", "size", "distance"}


def test_without_labels_the_most_compact_comes_first(unlabelled):
    table = cluster_table(unlabelled, "audio")
    assert table["cluster"].tolist() == [0, 1, 2]
    assert table["purity"].isna().all()
    assert set(table["text"]) == {"no labels"}
    with pytest.raises(SettingError, match="rank by size or distance"):
        cluster_table(unlabelled, "audio", rank_by="purity")


def test_an_unknown_ranking_lists_those_there_are(result):
    with pytest.raises(SettingError, match="ranked by purity, surest purity"):
        cluster_table(result, "audio", rank_by="beauty")


def test_table_6_has_the_ends_of_both_rankings_side_by_side(result):
    table = table6(result, top=1, bottom=1)
    assert list(table.columns) == [
        f"{side} {name}" for side in ("audio", "video") for name in ("#", "rank", "concepts")
    ]
    assert table["audio rank"].tolist() == ["1", "3"]
    ids = cluster_table(result, "audio").set_index("rank")["cluster"]  # one numbering: # is the id everywhere
    assert table["audio #"].tolist() == [str(ids[1]), str(ids[3])]
    assert table["audio #"].tolist() != table["audio rank"].tolist()
    assert table["video concepts"].tolist() == [
        "feeding fish (0.50), scuba diving (0.50)",
        "bell (0.50), snorkeling (0.50)",
    ]


def test_table_6_shows_a_cluster_once_and_pads_the_shorter_side(tmp_path, make_run):
    labels = ["bell", "rain", "bell", "rain"]
    run = make_run(tmp_path, labels=labels, assignments=[{"audio": np.arange(4), "video": np.zeros(4, dtype=int)}])
    table = table6(load_result(run), top=4, bottom=2)
    assert table["audio rank"].tolist() == ["1", "2", "3", "4"]
    assert table["audio #"].tolist() == ["0", "1", "2", "3"]
    assert table["video rank"].tolist() == ["1", "", "", ""]


def test_table_6_of_joint_clusters_has_one_side(tmp_path, make_run):
    run = make_run(tmp_path, labels=["a", "b"], assignments=[{"joint": np.array([0, 1])}], method="CDC")
    assert list(table6(load_result(run)).columns) == ["joint #", "joint rank", "joint concepts"]


def test_table_6_without_labels_tells_sizes(unlabelled):
    assert table6(unlabelled)["audio concepts"][0] == "12 clips, mean distance 0.55"


def test_one_clip(single):
    row = cluster_table(single, "audio").iloc[0]
    assert (row["purity"], row["chance_purity"], row["entropy"]) == (1.0, 1.0, 0.0)
    assert row["purity_low"] < 0.3  # of one clip nobody can be sure
