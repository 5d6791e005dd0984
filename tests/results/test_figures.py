import io

import numpy as np
import pandas as pd
from matplotlib.text import Text

from xdc_lab.results.figures import figure_of_methods, figure_over_k, figure_over_size


def results() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": "XDC",
            "pretraining": ["demo", "demo", "other", "other"] * 2,
            "pretraining_size": [240, 960] * 4,
            "k": [4, 8] * 4,
            "downstream": "demo",
            "modality": ["video"] * 4 + ["audio"] * 4,
            "protocol": "fc-only",
            "value": range(8),
        }
    )


def test_table_2_is_a_curve_over_k_with_the_papers_numbers():
    figure = figure_over_k()
    assert [axes.get_title() for axes in figure.axes] == ["paper: UCF101", "paper: HMDB51", "paper: ESC50"]
    kinetics = figure.axes[0].containers[0]
    assert kinetics.get_label() == "Kinetics"
    assert kinetics[0].get_ydata().tolist() == [73.8, 73.1, 74.2, 74.0, 72.6]
    assert kinetics[0].get_xdata().tolist() == [64, 128, 256, 512, 1024]


def test_ours_have_a_panel_for_each_modality():
    figure = figure_over_k(results().assign(pretraining="demo", pretraining_size=960))
    assert [axes.get_title() for axes in figure.axes[3:]] == ["ours: demo, video", "ours: demo, audio"]
    assert figure.axes[3].containers[0][0].get_ydata().tolist() == [1.0, 2.0]  # means over two runs each


def test_table_4_is_a_curve_over_size_for_curated_and_uncurated():
    figure = figure_over_size(results())
    labels = [container.get_label() for container in figure.axes[0].containers]
    assert labels == ["IG-Random", "IG-Kinetics"]
    legends = [axes.get_legend() for axes in figure.axes]
    assert [bool(legend) for legend in legends] == [False, False, True, False, True], "one for each row of panels"
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["1M", "16M", "65M"]
    assert [container.get_label() for container in figure.axes[3].containers] == ["demo, fc-only", "other, fc-only"]


def test_two_sizes_of_data_are_two_curves_over_k():
    figure = figure_over_k(results().assign(pretraining="demo", k=[4, 4, 8, 8] * 2))
    labels = [container.get_label() for container in figure.axes[3].containers]
    assert labels == ["XDC, 240, fc-only", "XDC, 960, fc-only"]


def test_names_with_dollars_are_shown_as_typed():
    strange = results().assign(downstream=r"$\frac{$", method=r"$\x$", protocol=r"a$b$", pretraining=r"$\bad{$")
    for figure in (figure_over_k(strange), figure_over_size(strange), figure_of_methods(strange)):
        figure.savefig(io.BytesIO())
        typed = [text for text in figure.findobj(Text) if "$" in text.get_text()]
        assert typed and not any(text.get_parse_math() for text in typed)


def test_table_1_is_a_bar_a_method_with_a_dot_a_seed():
    ours = pd.DataFrame({"method": ["XDC", "XDC", "mine"], "value": [70.0, 80.0, 50.0]})
    ours = ours.assign(downstream="demo", modality="video", protocol="fc-only")
    figure = figure_of_methods(ours)
    assert [axes.get_title() for axes in figure.axes][2:] == ["paper: ESC50", "ours: video, fc-only"]
    panel = figure.axes[-1]
    assert [tick.get_text() for tick in panel.get_yticklabels()] == ["XDC", "mine"], "the paper's methods first"
    assert [bar.get_width() for bar in panel.containers[0]] + [panel.containers[1][0].get_width()] == [75.0, 50.0]
    assert list(np.asarray(panel.lines[0].get_xdata())) == [70.0, 80.0]
    assert [text.get_text() for text in panel.texts] == ["75.0 ± 7.1", "50.0"]
    assert len(figure_of_methods().axes) == 3
    worlds = pd.concat([ours, ours.assign(downstream="digits")])
    assert [axes.get_title() for axes in figure_of_methods(worlds).axes][3:] == [
        "ours, demo: video, fc-only",
        "ours, digits: video, fc-only",
    ]


def test_a_table_that_was_not_measured_is_the_papers_alone():
    none = results().iloc[:0]
    for draw in (figure_over_k, figure_over_size, figure_of_methods):
        assert len(draw(none).axes) == 3
