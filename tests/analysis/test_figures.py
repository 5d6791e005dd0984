"""Charts: what they show, that labels stay text, and that each has a static twin."""

import numpy as np
import plotly.graph_objects as go
import pytest
from matplotlib.mathtext import MathTextParser
from PIL import Image

from xdc_lab.analysis import projection as projection_module
from xdc_lab.analysis.charts import result as charts
from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.charts.training import training_curves
from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.palette import INK
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import RunError, SettingError


@pytest.fixture(autouse=True)
def without_umap(monkeypatch):
    monkeypatch.setattr(projection_module, "_umap", lambda features, seed, progress: features[:, :2])


def words_on(figure):
    return [note.text for note in figure.layout.annotations]


FIGURES = {
    "iterations": charts.clusterings_over_iterations,
    "training": training_curves,
    "map": lambda result: charts.umap_figure(result, "audio"),
    "map by purity": lambda result: charts.umap_figure(result, "video", colour="purity"),
    "matrix": charts.matrix_figure,
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_static_twin(trained, tmp_path, name):
    path = save_figure(FIGURES[name](trained), tmp_path / "twin.png", width_inches=6, dots_per_inch=100)
    with Image.open(path) as picture:
        assert picture.width == 600
        colours = picture.convert("RGB").getcolors(maxcolors=1_000_000)
    assert len(colours or []) > 20  # something is drawn on the empty page


def test_iterations_show_purity_and_churn_of_both(result):
    figure = charts.clusterings_over_iterations(result)
    titles = words_on(figure)
    assert titles[0] == "Purity"
    assert list(figure.data[0].y) == [0.25, 0.75]
    assert [trace.name for trace in figure.data[:2]] == ["audio", "video"]


def test_what_is_one_number_for_both_is_one_line(result):
    """Each would hide the other."""
    figure = charts.clusterings_over_iterations(result)
    (panel,) = [number for number, words in enumerate(words_on(figure), start=1) if words == "NMI, audio with video"]
    (line,) = [trace for trace in figure.data if trace.xaxis == f"x{panel}"]
    assert (line.name, line.line.color) == ("audio and video", INK)


def test_iterations_without_labels_leave_purity_out(unlabelled):
    titles = words_on(charts.clusterings_over_iterations(unlabelled))
    assert titles == ["NMI, audio with video"]


def test_one_clip_still_has_a_figure(single):
    assert charts.clusterings_over_iterations(single).data
    assert charts.matrix_figure(single).data[0].z.tolist() == [[1.0]]


def test_a_map_is_one_trace_with_a_colour_for_each_clip(result):
    figure = charts.umap_figure(result, "audio", colour="label")
    assert len(figure.data) == 1
    assert len(figure.data[0].marker.color) == 24
    assert len(set(figure.data[0].marker.color)) == 4
    assert "carry no meaning" in words_on(figure)[0]


def test_the_matrix_names_its_clusters_and_keeps_blocks_together(result, unlabelled, make_run, tmp_path):
    cells = charts.matrix_figure(result).data[0]
    np.testing.assert_allclose(np.sum(cells.z, axis=1), 1.0)
    assert sorted(cells.y) == ["bell · 2", "feeding fish · 1", "scuba diving · 0"]
    assert sorted(charts.matrix_figure(unlabelled).data[0].y) == ["0", "1", "2"]
    audio = np.array([0, 1, 2, 3] * 6)  # audio 0 and 2 share video 1, audio 1 and 3 share video 0
    run = make_run(tmp_path / "blocks", labels=[""] * 24, assignments=[{"audio": audio, "video": (audio + 1) % 2}])
    order = [int(name) % 2 for name in charts.matrix_figure(load_result(run)).data[0].y]
    assert order in ([0, 0, 1, 1], [1, 1, 0, 0])


def test_names_stand_on_a_map_of_labels_and_clusters(result):
    by_label, by_cluster = (charts.umap_figure(result, "audio", colour=colour) for colour in ("label", "cluster"))
    named = {line for words in words_on(by_label)[1:] for line in words.split("<br>")}
    assert named == set(result.label_names)
    assert {line for words in words_on(by_cluster)[1:] for line in words.split(", ")} == {"#0", "#1", "#2"}
    assert len(words_on(charts.umap_figure(result, "audio", colour="purity"))) == 1


def test_a_label_is_not_read_as_html(tmp_path, make_run):
    assignment = np.zeros(3, dtype=int)
    labels = ["<b>&bell</b>"] * 3
    result = load_result(make_run(tmp_path, labels=labels, assignments=[{"audio": assignment, "video": assignment}]))
    assert charts.umap_figure(result, "audio").data[0].text[0].startswith("&lt;b&gt;&amp;bell&lt;/b&gt;<br>")
    assert "<b>" not in charts.matrix_figure(result).data[0].text[0][0]


def test_a_label_is_not_read_as_mathematics(monkeypatch):
    """Wherever words of a user stand on a chart: a legend, an axis, ticks, a title, a scale."""
    monkeypatch.setattr(MathTextParser, "parse", lambda *words: pytest.fail("read as mathematics"))
    label, black = "$5 to $9", "#000000"
    scale = {"color": [0, 1], "cmin": 0, "cmax": 1, "size": 8, "opacity": 1, "colorbar": {"title": label}}
    line = {"mode": "lines", "line": {"color": black, "width": 1}}
    for trace in (
        go.Scatter(x=[label, "b"], y=[0, 1], name=label, **line),
        go.Scatter(x=[label, "b"], y=[0, 1], mode="markers", marker=scale),
        go.Bar(x=[label], y=[1], name=label, marker={"color": black}),
        go.Heatmap(z=[[0.5]], x=[label], y=[label], colorscale=[[0, "#ffffff"], [1, black]], showscale=False),
    ):
        figure = styled(go.Figure(trace), label, height=300).update_layout(xaxis_title=label, yaxis_title=label)
        assert draw(figure).height > 300


def test_what_cannot_be_drawn_is_said(result, unlabelled, tmp_path):
    with pytest.raises(RunError, match=r"no training\.jsonl yet"):
        training_curves(result)
    with pytest.raises(SettingError, match="cluster, label, purity"):
        charts.umap_figure(result, "audio", colour="mood")
    with pytest.raises(SettingError, match="no labels"):
        charts.umap_figure(unlabelled, "audio", colour="purity")
    with pytest.raises(SettingError, match="pie have no static twin"):
        save_figure(go.Figure(go.Pie(values=[1])), tmp_path / "pie.png")
