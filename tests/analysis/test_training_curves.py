"""Losses stand where their records say; one that is missing is a gap that is named, and moves no other."""

import json
from typing import Any

import numpy as np

from xdc_lab.analysis.charts.training import training_curves
from xdc_lab.analysis.result import load_result


def curves(result) -> Any:
    """The figure, whose parts plotly does not type."""
    return training_curves(result)


def line(figure, name):
    """Where the points of a line of the first panel are, as {place: value}; gaps are left out."""
    (trace,) = [trace for trace in figure.data if trace.name == name and trace.xaxis == "x"]
    return {round(x, 2): y for x, y in zip(trace.x, trace.y, strict=True) if not np.isnan(y)}


def settings_of(run, **settings):
    """The run again, under way, with these settings in its run.json."""
    about = json.loads((run / "run.json").read_text())
    rows = [{"name": name.replace("__", "."), "value": value} for name, value in settings.items()]
    (run / "run.json").write_text(json.dumps(about | {"settings": rows, "status": "running"}))
    return load_result(run)


def test_training_breaks_between_iterations(trained):
    video = next(trace for trace in curves(trained).data if trace.name == "video")
    np.testing.assert_array_equal(video.x, [0, 0.5, 1, 1, 1.5, 2])
    np.testing.assert_array_equal(video.y, [np.nan, 0, 1, np.nan, 4, 5])
    assert curves(trained).layout.title.text == "Training; each iteration begins anew"


def test_a_record_that_is_missing_is_a_gap_and_moves_nothing(record):
    keys = [(i, encoder, epoch) for i in (0, 1, 2) for encoder in ("video", "audio") for epoch in (1, 2, 3)]
    whole = curves(record(*keys))
    lost = [(0, "audio", 3), (1, "video", 2)]
    figure = curves(record(*(key for key in keys if key not in lost)))
    assert "gaps: no record of audio, iteration 0, epoch 3, video, iteration 1, epoch 2" in figure.layout.title.text
    assert set(line(whole, "audio")) - set(line(figure, "audio")) == {1.0}
    assert set(line(whole, "video")) - set(line(figure, "video")) == {1.67}
    video = next(trace for trace in figure.data if trace.name == "video")
    assert np.isnan(video.y[list(np.round(video.x, 2)).index(1.67)])


def test_an_iteration_without_records_is_a_gap(record):
    figure = curves(record((0, "audio", 1), (0, "video", 1), (2, "audio", 1), (2, "video", 1)))
    assert "audio, iteration 1, epoch 1" in figure.layout.title.text
    assert list(line(figure, "audio")) == [1.0, 3.0]


def test_a_training_under_way_and_one_that_ended_early_lack_nothing(run, record):
    under_way = record(*((0, encoder, epoch) for encoder in ("audio", "video") for epoch in (1, 2)), (1, "video", 1))
    assert "gaps" not in curves(under_way).layout.title.text
    record((0, "video", 1), (0, "video", 2), (0, "audio", 1), (1, "video", 1), (1, "audio", 1))
    early = settings_of(run, training__schedule="plateau")
    assert "gaps" not in curves(early).layout.title.text


def test_clusterings_within_a_schedule_share_its_epochs(run, record):
    """Three epochs, clustered anew after two: iteration 0 has epochs 1 and 2, iteration 1 has epoch 3."""
    record(*((i, encoder, epoch) for i, epoch in ((0, 1), (0, 2), (1, 3), (2, 1)) for encoder in ("audio", "video")))
    figure = curves(settings_of(run, recluster_epochs=2, training__epochs=3))
    assert list(line(figure, "video")) == [0.5, 1.0, 1.5, 2.5]
    assert "gaps" not in figure.layout.title.text
