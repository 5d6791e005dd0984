"""Every table with scores in one figure: hollow the paper's numbers, filled our means; what is not measured says so."""

from typing import Any

import pandas as pd

from xdc_lab.analysis.palette import PAPER, SENSE_COLOURS
from xdc_lab.results.figure_of_tables import figure_of_tables


def dots(axes, *, hollow):
    """(row, value) of a panel's dots, sorted; a range is a line of two points."""
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    lines = [line for line in axes.lines if len(line.get_xdata()) == 1]
    kept = [line for line in lines if (line.get_markerfacecolor() == PAPER) == hollow]
    return sorted((names[int(line.get_ydata()[0])], float(line.get_xdata()[0]), line.get_color()) for line in kept)


def test_rows_of_the_paper_and_ours_share_their_panel():
    cells = {"method": ["XDC", "XDC", "mine"], "modality": "video", "protocol": "fc-only", "downstream": "demo"}
    ours = pd.DataFrame(cells | {"value": [70.0, 80.0, 50.0]})
    figure = figure_of_tables({1: ours, 2: ours.iloc[:0]})
    panels: dict[str, Any] = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert {name for name in panels if name} == {
        "Table 1",
        *(f"Table {number} (ours: not measured)" for number in (2, 3, 4, 5, 7, 8)),
    }
    first, video = panels["Table 1"], SENSE_COLOURS["video"]
    assert dots(first, hollow=False) == [("XDC", 75.0, video), ("mine", 50.0, video)]
    assert ("XDC", 74.2, video) in dots(first, hollow=True)
    assert ("XDC", 78.0, SENSE_COLOURS["audio"]) in dots(first, hollow=True)
    ranges = [list(line.get_xdata()) for line in first.lines if len(line.get_xdata()) == 2]
    assert [70.0, 80.0] in ranges
    third = [tick.get_text() for tick in panels["Table 3 (ours: not measured)"].get_yticklabels()]
    assert {"Scratch", "Superv, ImageNet, 1.2M", "XDC, Kinetics, 240K"} <= set(third)
    seventh = panels["Table 7 (ours: not measured)"].get_yticklabels()
    assert {tick.get_text().split(",")[0] for tick in seventh} == {"XDC", "Superv"}, (
        "other methods are the paper's alone"
    )
