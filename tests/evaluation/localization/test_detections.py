"""The field's JSON is read as it is documented; what is wrong in it is said."""

import json

import pandas as pd
import pytest

from xdc_lab.errors import DataError
from xdc_lab.evaluation.localization.detections import COLUMNS, read_detections, write_detections

VIDEOS, LABELS = ("a", "b"), ("dive", "jump")


def detection(label="jump", score=0.5, segment=(0.0, 1.0)) -> dict:
    return {"label": label, "score": score, "segment": list(segment)}


@pytest.fixture
def read(tmp_path):
    def read_back(results, **rest):
        path = tmp_path / "detections.json"
        path.write_text(json.dumps({"version": "x", "results": results, "external_data": {}, **rest}))
        return read_detections(path, videos=VIDEOS, labels=LABELS)

    return read_back


def test_what_is_written_is_read(tmp_path):
    table = pd.DataFrame([("a", "jump", 0.25, 1.5, 2.0), ("a", "dive", 1.0, 0.0, 9.0)], columns=list(COLUMNS))
    path = tmp_path / "out" / "detections.json"
    write_detections(table, path, videos=VIDEOS)
    content = json.loads(path.read_text())
    assert set(content) == {"version", "results", "external_data"}
    assert content["results"]["b"] == []
    assert content["results"]["a"][0] == {"label": "jump", "score": 0.25, "segment": [1.5, 2.0]}
    again = read_detections(path, videos=VIDEOS, labels=LABELS)
    pd.testing.assert_frame_equal(again.table, table)
    assert not again.left_out
    assert str(again) == "2 detections in 1 video"


def test_what_cannot_be_scored_is_left_out_and_counted(read):
    found = read({"a": [detection(), detection(segment=(3.0, 3.0))], "elsewhere": [detection()] * 2})
    assert len(found.table) == 1
    assert str(found).splitlines()[1:] == [
        "left out: 1 that end before they start (the first: a jump 3.0 to 3.0)",
        "left out: 2 that are of videos that are not tested (the first: elsewhere jump 0.0 to 1.0)",
    ]


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ({"a": [detection(score=float("nan"))]}, "a number that is none"),
        ({"a": [detection(segment=(0.0, float("inf")))]}, "a number that is none"),
        ({"a": [detection(label="throw")]}, "unknown label 'throw'; there are dive, jump"),
        ({"a": [{"label": "jump", "segment": [0, 1]}]}, "is no detection"),
        ({"a": [detection(segment=(0.0,))]}, "is no detection"),
        ({"a": ["jump"]}, "is no detection"),
        ({"c": [detection()]}, "none of its 1 videos"),
        (["a"], "has no detections"),
    ],
)
def test_what_went_wrong_is_an_error(read, results, words):
    with pytest.raises(DataError, match=words):
        read(results)


def test_a_file_that_is_none(tmp_path):
    with pytest.raises(DataError, match="no file of detections"):
        read_detections(tmp_path / "none.json", videos=VIDEOS, labels=LABELS)
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DataError, match="has no detections"):
        read_detections(tmp_path / "x.json", videos=VIDEOS, labels=LABELS)
