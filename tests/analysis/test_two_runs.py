"""Two runs on the clips that both have: matched, split, merged, measured."""

import numpy as np
import pytest

from xdc_lab.analysis.result import load_result
from xdc_lab.analysis.two_runs import agreement_of, compare_runs, matched_clusters, splits_and_merges
from xdc_lab.datasets.items import write_items
from xdc_lab.errors import DataError, RunError

LABELS = ["bell"] * 6 + ["rain"] * 6 + ["bark"] * 6
ONE = np.repeat([0, 1, 2], 6)
# Bells stay under another number, rain falls into two parts, half of the rain joins the barks.
OTHER = np.repeat([2, 1, 0, 0], [6, 3, 3, 6])


@pytest.fixture
def runs(make_run, tmp_path):
    start = {"audio": np.zeros(18, dtype=int), "video": np.arange(18) % 2}
    last = {"audio": ONE, "video": np.arange(18) % 3}
    one = make_run(tmp_path / "one", labels=LABELS, assignments=[start, last])
    other = make_run(tmp_path / "other", labels=LABELS, assignments=[{"audio": OTHER, "video": np.arange(18) % 3}])
    items = (one / "items.csv").read_text().splitlines()
    (other / "items.csv").write_text("\n".join(line.replace("clip_", "../one/clip_") for line in items))
    return one, other


def test_clusters_are_matched_split_and_merged(runs):
    two = compare_runs(*runs)
    assert (two.pairs, two.left_out) == ([("audio", "audio"), ("video", "video")], (0, 0))
    table = matched_clusters(two, ("audio", "audio"))
    assert table[["one", "other", "clips"]].to_numpy().tolist() == [[0, 2, 6], [2, 0, 6], [1, 1, 3]]
    assert table["jaccard"].tolist() == pytest.approx([1, 6 / 9, 0.5])
    changed = splits_and_merges(two, ("audio", "audio"))
    assert changed.to_dict("records") == [
        {"change": "merged", "cluster": 0, "clips": 9, "parts": [(2, 6), (1, 3)]},
        {"change": "split", "cluster": 1, "clips": 6, "parts": [(0, 3), (1, 3)]},
    ]
    audio, video = agreement_of(two).to_dict("records")
    assert (audio["purity_one"], audio["purity_other"]) == (1.0, pytest.approx(15 / 18))
    assert audio["matched"] == pytest.approx(15 / 18) and 0 < audio["ami"] < audio["nmi"] < 1
    assert (video["nmi"], video["matched"]) == (1.0, 1.0)


def test_only_shared_clips_count_whatever_their_rows(runs):
    one, other = runs
    result = load_result(other)
    order = [17, 3, 5, 12, 0]
    items = result.items.iloc[order].reset_index(drop=True)
    for path in (other / "clusters").rglob("*.npz"):
        with np.load(path) as old:
            arrays = dict(old)
        ids = np.unique(arrays["assignment"][order], return_inverse=True)[1]
        arrays |= {"assignment": ids, "distance": arrays["distance"][order], "centroids": np.zeros((ids.max() + 1, 2))}
        np.savez(path, **arrays)
    write_items(items, other / "items.csv")
    two = compare_runs(one, other)
    assert two.left_out == (13, 0) and two.one.rows.tolist() == [0, 3, 5, 12, 17]
    assert (two.items["path"].to_numpy() == load_result(other).items["path"].to_numpy()[two.other.rows]).all()


def test_two_iterations_of_one_run(runs):
    one, _ = runs
    two = compare_runs(f"{one}@0", one)
    assert (two.one.name, two.other.name) == ("one@0", "one@1")
    assert two.one.assignment("audio").tolist() == [0] * 18
    with pytest.raises(RunError, match="no iteration 7; it has 0, 1"):
        compare_runs(f"{one}@7", one)


def test_runs_without_a_common_clip_are_refused(make_run, runs, tmp_path):
    stranger = make_run(tmp_path / "stranger", labels=LABELS, assignments=[{"audio": ONE, "video": ONE}])
    with pytest.raises(DataError, match="share no clip: one has .*clip_00.mp4"):
        compare_runs(runs[0], stranger)
