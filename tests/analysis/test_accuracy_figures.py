from typing import Any

import pandas as pd
import pytest

from xdc_lab.analysis.charts.accuracy import accuracy_over_clips_figure, methods_and_seeds_figure
from xdc_lab.analysis.figure_files import save_figure


def traces_of(figure: Any) -> list[Any]:
    return list(figure.data)


@pytest.fixture
def results() -> pd.DataFrame:
    rows = [
        (method, modality, "fc-only", seed, value)
        for method, values in {"Scratch": (10.0, 20.0), "XDC": (60.0, 80.0)}.items()
        for modality in ("video", "audio")
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["method", "modality", "protocol", "seed", "value"])


def test_every_seed_is_a_dot_and_every_method_has_its_mean(results, tmp_path):
    figure = methods_and_seeds_figure(results, title="Table 1")
    means, seeds = traces_of(figure)[0], traces_of(figure)[1]
    assert (list(means.x), list(means.y)) == (["Scratch", "XDC"], [15.0, 70.0])
    assert sorted(seeds.y) == [10.0, 20.0, 60.0, 80.0]
    layout: Any = figure.layout
    assert [layout[axis].range for axis in ("yaxis", "yaxis2")] == [(6.0, 84.0)] * 2
    assert [note.text for note in layout.annotations] == ["video, fc-only", "audio, fc-only"]
    assert save_figure(figure, tmp_path / "twin.png", width_inches=7).stat().st_size > 5_000


def test_a_method_without_an_encoder_of_a_modality_is_left_out_there(results):
    one = results[~((results["method"] == "XDC") & (results["modality"] == "audio"))]
    figure = methods_and_seeds_figure(one, title="Table 1")
    assert list(traces_of(figure)[2].x) == ["Scratch"]


def test_accuracy_over_clips_has_a_mean_between_the_best_and_the_worst_choice(tmp_path):
    table = pd.DataFrame(
        {"clips": [1, 2, 3], "top1_percent": [50, 60, 70], "lowest": [40, 55, 70], "highest": [60, 65, 70]}
    )
    figure = accuracy_over_clips_figure({"XDC": table}, title="Clips")
    assert [trace.line.dash for trace in traces_of(figure)] == ["dash", "dash", "solid"]
    assert list(traces_of(figure)[2].y) == [50, 60, 70]
    assert save_figure(figure, tmp_path / "twin.png", width_inches=7).stat().st_size > 5_000
