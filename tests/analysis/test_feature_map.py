"""A map of any features: a point a clip, coloured and named by label; without labels all are alike."""

import json
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.charts.feature_map import NAMED, label_map, value_map
from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.analysis.projection import PROJECTION_NOTE

PLACES = np.random.default_rng(0).random((30, 2))
APART = np.concatenate([PLACES[:15] * 0.1, PLACES[15:] * 0.1 + 0.6])  # two islands


def parts(figure) -> tuple[dict, list[str]]:
    """The points, and the words on the map."""
    made = json.loads(figure.to_json())
    return made["data"][0], [note["text"] for note in made["layout"]["annotations"]]


def test_labels_give_colours_and_names():
    items = pd.DataFrame({"label": ["bell"] * 15 + ["<b>drum</b>"] * 14 + [""]})
    points, words = parts(label_map(APART, items, title="a map"))
    colours = points["marker"]["color"]
    assert len(set(colours[:15])) == 1 and len(set(colours)) == 3
    assert points["text"][0] == "bell<br>item 0" and points["text"][29] == "no label<br>item 29"
    assert words[0] == PROJECTION_NOTE
    assert "&lt;b&gt;drum" in "".join(words[1:])  # a label is not HTML


def test_names_that_would_hide_points_stand_beside_the_map():
    places = np.random.default_rng(0).random((300, 2))
    labels = [f"<b>label {number % 10}</b>" for number in range(299)]
    figure: Any = label_map(places, pd.DataFrame({"label": [*labels, ""]}), title="a map")
    points, words = parts(figure)
    assert words == [PROJECTION_NOTE]
    beside = {trace.name: trace.marker.color for trace in figure.data if trace.name}
    assert list(beside) == [f"&lt;b&gt;label {number}&lt;/b&gt;" for number in range(10)]
    assert list(beside.values()) == points["marker"]["color"][:10]
    assert draw(figure).width > 500  # with the same legend


def test_without_labels_nothing_is_named():
    figure = label_map(PLACES, pd.DataFrame({"label": [""] * 30}), title="a map")
    points, words = parts(figure)
    assert isinstance(points["marker"]["color"], str)
    assert words == [PROJECTION_NOTE]
    assert draw(figure).width > 500  # it has a static twin


def test_many_labels_find_no_room():
    places = np.random.default_rng(1).random((NAMED + 1, 2))
    items = pd.DataFrame({"label": [f"label {number}" for number in range(NAMED + 1)]})
    assert parts(label_map(places, items, title="a map"))[1] == [PROJECTION_NOTE]


def test_values_have_their_scale():
    figure = value_map(PLACES, np.arange(30.0), title="a map", words="loudness")
    points, words = parts(figure)
    assert (points["marker"]["cmin"], points["marker"]["cmax"]) == (0, 29)
    assert points["marker"]["colorbar"]["title"]["text"] == "loudness"
    assert points["text"][7] == "loudness 7.00<br>item 7"
    assert words == [PROJECTION_NOTE]
    assert draw(figure).width > 500
