"""One figure of every table that has scores of encoders: a row for each row of a table, the paper's and ours."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from xdc_lab.analysis.palette import INK, PAPER, SENSE_COLOURS, STYLE
from xdc_lab.results.figures import ACCURACY, short_number
from xdc_lab.results.paper import TABLES
from xdc_lab.results.paper_results import paper_results
from xdc_lab.results.summary import ORDER

COLUMNS = ((1, 2, 8), (3, 4, 5, 7))  # tables, one below the other
MARKERS = {"full finetuning": "o", "fc-only": "s"}
OTHERS = "^"  # of other protocols: a linear SVM, 32 frames, a tIoU
WIDTH_INCHES, ROW_INCHES, TITLE_INCHES, FOOT_INCHES = 9.0, 0.19, 0.55, 0.7


@rc_context(STYLE)
def figure_of_tables(results: Mapping[int, pd.DataFrame]) -> Figure:
    """Draw Tables 1 to 5, 7 and 8: the paper's numbers hollow, our means over seeds filled, with their range.

    Of Table 7 the methods that are part of this project.

    Args:
        results: number of a table -> rows of ours (`Workbench.measured`); one without rows has the paper's alone.
    """
    rows = {number: _rows(number, results.get(number)) for column in COLUMNS for number in column}
    heights = [[TITLE_INCHES + ROW_INCHES * rows[number]["row"].nunique() for number in column] for column in COLUMNS]
    tallest = max(map(sum, heights))
    figure = Figure(figsize=(WIDTH_INCHES, tallest + FOOT_INCHES), layout="constrained")
    parts: Any = figure.subfigures(2, 1, height_ratios=(tallest, FOOT_INCHES))
    body, foot = parts
    for side, column, inches in zip(body.subfigures(1, len(COLUMNS)), COLUMNS, heights, strict=True):
        rest = max(tallest - sum(inches), 0.01)
        panels = side.subplots(len(column) + 1, 1, height_ratios=(*inches, rest))
        panels[-1].set_axis_off()
        for axes, number in zip(panels, column, strict=False):
            _panel(axes, rows[number])
            ours = "" if (rows[number]["of"] == "ours").any() else " (ours: not measured)"
            axes.set_title(f"Table {number}{ours}", loc="left")
        panels[len(column) - 1].set_xlabel(f"{ACCURACY}; Table 8: mAP, %")
    foot.legend(handles=_legend(), loc="center", ncols=4)
    return figure


def _rows(number: int, ours: pd.DataFrame | None) -> pd.DataFrame:
    """The numbers of both, with the name of their row of the table and whose they are."""
    paper = paper_results(number)
    both = [paper[paper["method"].isin(ORDER)].assign(of="paper")]
    if ours is not None and len(ours):
        both.append(ours.assign(of="ours"))
    names = [name for name in TABLES[number].rows if name in paper and name != "architecture"]
    return pd.concat([rows.assign(row=[_name(row) for row in rows[names].to_dict("records")]) for rows in both])


def _name(row: dict) -> str:
    """The words of a row of a table, as the paper orders them.

    >>> _name({"method": "XDC", "pretraining": "AudioSet", "pretraining_size": 2_000_000})
    'XDC, AudioSet, 2M'
    >>> _name({"method": "Scratch", "pretraining": "none", "pretraining_size": None})
    'Scratch'
    """
    words = {name: value for name, value in row.items() if pd.notna(value) and value not in ("none", 0)}
    numbers = {"pretraining_size": "{}", "k": "k {}"}
    told = [numbers[key].format(short_number(words[key])) if key in numbers else str(words[key]) for key in words]
    return ", ".join(told)


def _panel(axes: Axes, rows: pd.DataFrame) -> None:
    names = list(dict.fromkeys(rows["row"]))
    dots: Any = rows.groupby(["of", "row", "modality", "protocol", "downstream"])
    for (of, name, modality, protocol, _), found in dots:
        place, colour = names.index(name), SENSE_COLOURS[modality]
        values = found["value"].astype(float)
        face = colour if of == "ours" else PAPER
        axes.plot([values.min(), values.max()], [place, place], color=colour, linewidth=1)
        axes.plot(values.mean(), place, MARKERS.get(protocol, OTHERS), color=colour, markerfacecolor=face, markersize=5)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 102)


def _legend() -> list[Line2D]:
    look = {"linestyle": "", "markersize": 5}
    whose = {"paper": PAPER, "ours, mean and range of seeds": INK}
    dots = [
        Line2D([], [], marker="o", color=INK, markerfacecolor=face, label=name, **look) for name, face in whose.items()
    ]
    dots += [Line2D([], [], marker="o", color=colour, label=name, **look) for name, colour in SENSE_COLOURS.items()]
    shapes = MARKERS | {"other protocol": OTHERS}
    return dots + [Line2D([], [], marker=shape, color=INK, label=name, **look) for name, shape in shapes.items()]
