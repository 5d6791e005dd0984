"""Clips with several labels: every count is of clips that have a label, beside others or alone."""

from typing import Any

import numpy as np
import pytest

from xdc_lab.analysis.agreement import agreement_table, item_concepts, over_iterations
from xdc_lab.analysis.charts.label_frequencies import label_frequencies
from xdc_lab.analysis.concepts import cluster_table, label_counts, table6
from xdc_lab.analysis.journey import journey
from xdc_lab.analysis.members import members
from xdc_lab.analysis.purity import chance_purity, chance_purity_of_several
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.analysis.stories import stories
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.schema import check_payload, unpack

TEXTS = ["music; speech", "music", "music; rain", "", "bark", "bark; speech"] * 2
AUDIO = np.array([0, 0, 0, 0, 1, 1] * 2)


@pytest.fixture
def several(make_run, tmp_path) -> Result:
    columns = {"labels": TEXTS}
    clusters = [{"audio": AUDIO, "video": np.arange(12) % 3}]
    return load_result(make_run(tmp_path / "several", labels=[""] * 12, assignments=clusters, columns=columns))


def test_a_cluster_is_named_by_its_frequent_labels(several):
    second, first = cluster_table(several, "audio", concepts=2).to_dict("records")  # of equals the larger one first
    assert first["text"] == "bark (1.00), speech (0.50)"
    assert second["concepts"] == [("music", 1.0), ("rain", pytest.approx(1 / 3))]
    assert (second["size"], second["labelled"], second["purity"]) == (8, 6, 1.0)
    assert second["text"].endswith("; 6 of 8 labelled")
    assert second["chance_purity"] < 1.0
    assert table6(several)["audio concepts"][1] == "bark (1.00), speech (0.50)"
    assert label_counts(several, "audio").tolist() == [[0, 6, 2, 2], [4, 0, 0, 2]]
    assert item_concepts(several, np.array([0, 1, 3])) == "music (1.00), speech (0.50)"


def test_shares_of_a_label_are_of_the_labelled_clips(several):
    found = journey(several, "speech").query("clustering == 'audio'").sort_values("cluster")
    assert found["clips"].tolist() == [2, 2]
    assert found["share_of_cluster"].tolist() == pytest.approx([2 / 6, 2 / 4])
    frequencies = label_frequencies({"mine": several.items})["mine"].to_dict()
    assert frequencies == {"music": 6, "bark": 4, "speech": 4, "rain": 2}


def test_clips_are_shown_with_all_their_labels(several):
    assert members(several, "audio", 1, order="nearest")["label"].tolist() == ["bark", "bark; speech"] * 2
    assert several.items_with("speech").tolist() == [True, *[False] * 4, True] * 2
    assert not several.items_with("no such label").any()
    assert not several.with_labels(["bell"] * 12).has_several_labels
    assert all("two neighbours" not in story.kind for story in stories(several))


def test_agreement_says_what_is_defined_for_several_labels(several):
    with_label = agreement_table(several).query("other == 'label'").iloc[0]
    assert with_label["items"] == 10 and 0 < with_label["nmi"] < 1
    assert np.isnan(with_label[["ami", "ari", "hungarian"]].to_numpy(float)).all()
    last = over_iterations(several).query("clustering == 'audio'").iloc[-1]
    assert (last["labelled"], last["purity"], last["nmi_label"]) == (10, 1.0, with_label["nmi"])


def test_the_explorer_holds_all_labels_of_a_clip(several):
    payload = check_payload(build_payload(several, maps={}))
    columns: Any = dict(payload["items"]).get("several")
    starts, codes = unpack(columns["starts"]), unpack(columns["codes"])
    for item, text in enumerate(TEXTS):
        own = {payload["labels"][code] for code in codes[starts[item] : starts[item + 1]]}
        assert own == set(filter(None, text.split("; ")))
    cluster = payload["clusterings"][0]["clusters"][1]
    assert [payload["labels"][code] for code, _ in cluster["concepts"]] == ["bark", "speech"]


def test_chance_of_one_label_each_is_that_of_single_labels(make_run, tmp_path):
    labels = ["bell", "rain", "bell", "bark"] * 5
    clusters = [{"audio": np.arange(20) % 2, "video": np.arange(20) % 2}]
    one = load_result(make_run(tmp_path / "one", labels=labels, assignments=clusters))
    counts = one.label_sets.matrix.sum(axis=0)
    for size in (1, 3, 8, 20):
        several = chance_purity_of_several(one.label_sets.matrix, size)
        assert several == pytest.approx(chance_purity(counts, size), abs=0.03)
    two = load_result(make_run(tmp_path / "two", labels=[""] * 20, assignments=clusters, columns={"labels": labels}))
    columns = ["cluster", "labelled", "purity", "purity_low", "purity_high", "entropy", "text"]
    assert cluster_table(two, "audio")[columns].equals(cluster_table(one, "audio")[columns])
