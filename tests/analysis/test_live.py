"""The picture of a pretraining under way: text until there is something, then one picture in one place."""

import io
import json

import pytest
from PIL import Image

from xdc_lab.analysis.charts.live import LiveHistory, history_picture
from xdc_lab.analysis.result import load_result


class Place:
    """What IPython's `display` gives for a display_id."""

    def __init__(self, bundle):
        self.bundles = [bundle]

    def update(self, bundle, *, raw):
        assert raw
        self.bundles.append(bundle)


@pytest.fixture
def places(monkeypatch):
    """The places that were displayed."""
    found = []

    def display(bundle, *, raw, display_id):
        assert raw and display_id
        found.append(Place(bundle))
        return found[-1]

    monkeypatch.setattr("IPython.display.display", display)
    return found


def test_a_run_that_is_not_there_is_a_line_of_text(tmp_path, places):
    LiveHistory(tmp_path / "none").show()
    assert places[0].bundles == [{"text/plain": "no clusters yet"}]


def test_every_iteration_is_drawn_in_the_same_place(run, places):
    live = LiveHistory(run)
    live.show()
    live([{"iteration": 1}])
    assert live.drawn == 1
    assert len(places) == 1
    assert [bundle["text/plain"] for bundle in places[0].bundles] == ["picture: 2 clusterings"] * 2
    assert Image.open(io.BytesIO(places[0].bundles[1]["image/png"])).width > 900


def test_losses_stand_below_once_there_are_some(run):
    without = history_picture(load_result(run))
    row = {"iteration": 0, "encoder": "video", "epoch": 1, "loss": 2.0, "accuracy": 0.1}
    row |= {"held_out_loss": None, "held_out_accuracy": None}
    (run / "training.jsonl").write_text(f"{json.dumps(row)}\n")
    assert history_picture(load_result(run)).height > without.height
