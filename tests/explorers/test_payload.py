"""The payload says what the analysis says, for every kind of run."""

import base64
import gzip
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_run import HOSTILE, LABELS, flat_maps, make_run

from xdc_lab.analysis.agreement import block_order, contingency
from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.members import ORDERS, members
from xdc_lab.analysis.mislabelled import mislabelled
from xdc_lab.analysis.neighbours import like_these
from xdc_lab.analysis.report import latex_of_table6
from xdc_lab.analysis.result import load_result
from xdc_lab.analysis.tables import to_csv, to_latex, to_markdown
from xdc_lab.errors import DataError
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.schema import LONGEST_TEXT, check_payload, cut, pack, unpack


def test_clusters_are_those_of_the_analysis(result, payload):
    for part in payload["clusterings"]:
        table = cluster_table(result, part["name"], seed=result.meta["seed"])
        assert [c["id"] for c in part["clusters"]] == table["cluster"].tolist()
        assert [c["size"] for c in part["clusters"]] == table["size"].tolist()
        np.testing.assert_allclose([c["purity"] for c in part["clusters"]], table["purity"], atol=1e-4)
        np.testing.assert_allclose([c["chance"] for c in part["clusters"]], table["chance_purity"], atol=1e-4)
        for cluster, concepts in zip(part["clusters"], table["concepts"], strict=True):
            assert [payload["labels"][label] for label, _ in cluster["concepts"]] == [name for name, _ in concepts]
            for order in ORDERS:
                listed = members(result, part["name"], cluster["id"], order=order, count=10, seed=0)
                assert cluster[order] == list(listed.index)


def test_columns_are_the_clusters_files(result, payload):
    for part in payload["clusterings"]:
        clusters = result.clusters(part["name"])
        np.testing.assert_array_equal(unpack(part["assignment"]), clusters.assignment)
        np.testing.assert_allclose(unpack(part["distance"]), clusters.distance, rtol=1e-6)
    labels = [payload["labels"][code] for code in unpack(payload["items"]["label"])]
    assert labels == list(result.items["label"])


def test_agreement_is_the_largest_share(result, payload):
    counts = contingency(result, "audio", "video").to_numpy()
    audio = next(part for part in payload["clusterings"] if part["name"] == "audio")
    expected = {i: row.max() / row.sum() for i, row in enumerate(counts)}
    assert {c["id"]: c["agreement"] for c in audio["clusters"]} == pytest.approx(expected, abs=1e-4)


def test_matrix_is_ordered_as_the_figure_of_the_analysis(result, payload):
    orders = block_order(contingency(result, "audio", "video").to_numpy())
    assert [part["order"] for part in payload["clusterings"]] == [order.tolist() for order in orders]


def test_table_6_equals_the_data_frame(result, payload):
    table, written = table6(result), payload["table6"]
    assert (written["markdown"], written["latex"], written["csv"]) == (
        to_markdown(table),
        to_latex(table, **latex_of_table6(result)),
        to_csv(table),
    )


def test_provenance_travels_and_folders_do_not(run, payload):
    assert payload["run"]["seed"] == 0
    assert payload["run"]["data_licence"] == "CC0"
    assert {"name": "audio.mels", "value": "40", "source": "paper", "note": "4.1: Q = 40"} in payload["settings"]
    assert payload["environment"]["torch"] == "2.9"
    assert payload["items"]["names"][3] == "clip 0003.mp4"
    assert str(run) not in json.dumps(payload)


def test_payload_is_plain_json(payload):
    assert json.loads(json.dumps(payload, allow_nan=False)) == json.loads(json.dumps(payload))
    assert check_payload(payload) is payload


@pytest.mark.parametrize("method", ["XDC", "SDC", "CDC", "XDC-2-video", "XDC-2-audio"])
def test_every_method_has_keys_of_its_own(tmp_path, method):
    run = make_run(tmp_path, clips=12, k=dict.fromkeys(("audio", "video", "joint"), 3), method=method, iterations=2)
    payload = build_payload(run, maps=flat_maps(run))
    keys = [part["key"] for part in payload["clusterings"]]
    assert len(set(keys)) == len(keys)
    assert {one["key"] for one in payload["maps"]} <= set(keys)
    assert len(payload["maps"]) == 2


def test_without_labels_nothing_is_named(tmp_path):
    run = make_run(tmp_path, clips=12, labels=(), k={"audio": 3, "video": 2}, iterations=1)
    payload = build_payload(run, maps={})
    assert payload["labels"] == [] and payload["maps"] == []
    assert {c["purity"] for part in payload["clusterings"] for c in part["clusters"]} == {None}
    assert [c["concepts"] for part in payload["clusterings"] for c in part["clusters"]] == [[]] * 5


def test_one_clip_in_one_cluster(tmp_path):
    run = make_run(tmp_path, clips=1, k={"audio": 1, "video": 1}, iterations=1)
    payload = build_payload(run)
    assert [part["clusters"][0]["nearest"] for part in payload["clusterings"]] == [[0], [0]]
    assert payload["items"]["names"] == ["clip 0000.mp4"]


def test_methods_stand_side_by_side(tmp_path, result, run):
    items = result.items
    other = make_run(tmp_path / "sdc", items=items, method="SDC", k={"audio": 4, "video": 3}, seed=5)
    (compared,) = build_payload(result, maps={}, compare=[other])["comparisons"]
    assert (compared["method"], [part["k"] for part in compared["clusterings"]]) == ("SDC", [4, 3])
    np.testing.assert_array_equal(
        unpack(compared["clusterings"][0]["assignment"]), load_result(other).clusters("audio").assignment
    )
    stranger = make_run(tmp_path / "stranger", clips=5, k={"audio": 2, "video": 2})
    with pytest.raises(DataError, match="other clips"):
        build_payload(result, maps={}, compare=[stranger])


def test_large_collections_name_only_what_is_listed(tmp_path, monkeypatch):
    for module in ("item_columns", "likeness"):
        monkeypatch.setattr(f"xdc_lab.explorers.{module}.NAMED", 20)
    run = make_run(tmp_path, clips=80, k={"audio": 2, "video": 2}, iterations=1)
    payload = build_payload(run, maps={}, shown=3)
    items = payload["items"]
    assert items["named"] is not None
    named = unpack(items["named"])
    assert len(named) == len(items["names"]) < 80
    assert items["names"][0] == f"clip {named[0]:04d}.mp4"
    paths = gzip.decompress(base64.b64decode(items.get("paths") or "")).decode().split("\0")
    assert paths == [f"clip {number:04d}.mp4" for number in range(80)]
    kept = (Path(run) / "report" / "neighbours_audio.npz").stat()
    assert build_payload(run, maps={}, shown=3).get("suspects") == payload.get("suspects") is not None
    assert (Path(run) / "report" / "neighbours_audio.npz").stat().st_mtime_ns == kept.st_mtime_ns


def test_sampled_maps_say_so(run, result):
    places = pd.DataFrame({"item": [3, 7], "x": [0.0, 1.0], "y": [0.25, 0.5]})
    (one,) = build_payload(result, maps={"audio": places})["maps"]
    assert one["rows"] is not None
    assert unpack(one["rows"]).tolist() == [3, 7]
    assert unpack(one["x"]).tolist() == [0, 65535]
    assert one["note"] == "A sample of 2 of 40 clips."


def test_hostile_texts_stay_texts(tmp_path):
    run = make_run(tmp_path, clips=24, labels=HOSTILE, k={"audio": 3, "video": 3}, iterations=1)
    payload = build_payload(run, maps={})
    assert payload["labels"] == sorted(cut(label) for label in HOSTILE)
    assert max(map(len, payload["labels"])) < LONGEST_TEXT + 40


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "other"}, "no explorer payload"),
        ({"version": 2}, "version 2"),
        ({"items": {"count": 3, "label": pack(np.zeros(2, int)), "names": [], "named": None}}, "has 2 rows"),
    ],
)
def test_payload_that_is_wrong_says_how(payload, change, words):
    with pytest.raises(DataError, match=words):
        check_payload({**payload, "clusterings": [], **change})


@given(st.lists(st.integers(-(2**31), 2**31 - 1)) | st.lists(st.integers(0, 2**32 - 1)))
def test_whole_numbers_survive_packing(values):
    assert unpack(pack(np.array(values, dtype=np.int64))).tolist() == values


def test_labels_are_in_the_payload_by_code(payload):
    assert payload["labels"] == sorted(LABELS)


def test_likeness_is_that_of_the_features(result, payload):
    assert [one["name"] for one in payload["prints"]] == ["audio", "video"]
    for one in payload["prints"]:
        small = unpack(one["data"]).reshape(-1, one["dim"]).astype(float)
        features = result.features(one["name"])
        assert like_these(small, [3], count=1)[0].tolist() == like_these(features, [3], count=1)[0].tolist()
    table = mislabelled(result)
    assert [row["item"] for row in payload["suspects"]] == table["item"].tolist()
    assert [payload["labels"][row["label"]] for row in payload["suspects"]] == table["suggested"].tolist()


def test_features_that_were_deleted_tell_no_likeness(run, tmp_path):
    bare = shutil.copytree(run, tmp_path / "bare", ignore=shutil.ignore_patterns("media", "features"))
    payload = build_payload(bare, maps={})
    assert payload.get("prints") == payload.get("suspects") == []
