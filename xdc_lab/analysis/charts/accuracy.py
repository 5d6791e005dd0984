"""Charts of accuracies: methods with a dot per seed, and accuracy over the clips of a test item (paper 4)."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.palette import INK, MORE_COLOURS, SENSE_COLOURS

ROOM = 4.0  # per cent
SERIES = (*SENSE_COLOURS.values(), *MORE_COLOURS)


def methods_and_seeds_figure(results: pd.DataFrame, *, title: str) -> go.Figure:
    """A panel for each modality and protocol: a dot for each seed, a line at the mean of each method.

    Args:
        results: rows with method, modality, protocol, seed and value (percent).
        title: of the figure.
    """
    panels = list(dict.fromkeys(zip(results["modality"], results["protocol"], strict=True)))
    figure = make_subplots(
        rows=1,
        cols=len(panels),
        subplot_titles=[f"{modality}, {protocol}" for modality, protocol in panels],
        horizontal_spacing=0.05,
        shared_yaxes=True,
    )
    methods = list(dict.fromkeys(results["method"]))
    for column, (modality, protocol) in enumerate(panels, start=1):
        rows = results[(results["modality"] == modality) & (results["protocol"] == protocol)]
        for trace in _dots(rows, methods, str(SENSE_COLOURS.get(str(modality), INK)), first=column == 1):
            figure.add_trace(trace, row=1, col=column)
    figure.update_xaxes(tickangle=-45, showgrid=False)
    figure = styled(figure, title, height=400)
    figure.update_yaxes(range=_span(results["value"])).update_yaxes(title_text="accuracy, %", col=1)
    return figure.update_layout(margin_b=72)


def accuracy_over_clips_figure(tables: Mapping[str, pd.DataFrame], *, title: str) -> go.Figure:
    """A line for each evaluation: the mean accuracy with so many clips per item, dashed the best and worst choice.

    Args:
        tables: as `xdc_lab.evaluation.clip_scores.ClipScores.over_clips` makes them, by name.
        title: of the figure.
    """
    figure = go.Figure()
    for number, (name, table) in enumerate(tables.items()):
        colour = SERIES[number % len(SERIES)]
        for key, dash in (("highest", "dash"), ("lowest", "dash"), ("top1_percent", "solid")):
            is_mean = key == "top1_percent"
            figure.add_scatter(
                x=table["clips"],
                y=table[key],
                mode="lines+markers" if is_mean else "lines",
                name=name,
                line={"color": colour, "width": 2.5 if is_mean else 1, "dash": dash},
                showlegend=is_mean,
                hovertemplate=f"{name}, {'mean' if is_mean else key}: %{{y:.1f}} % with %{{x}} clips<extra></extra>",
            )
    figure = styled(figure, title, height=380)
    figure.update_xaxes(title_text="clips averaged for each test item", dtick=1)
    return figure.update_yaxes(title_text="accuracy, %")


def _span(values: pd.Series) -> list[float]:
    """One axis for all panels, with some room, within 0 to 100 %."""
    return [max(0.0, float(values.min()) - ROOM), min(100.0, float(values.max()) + ROOM)]


def _dots(rows: pd.DataFrame, methods: list[str], colour: str, *, first: bool) -> list[go.Scatter]:
    means = rows.groupby("method")["value"].mean().reindex(methods).dropna()
    line = {"symbol": "line-ew", "size": 22, "opacity": 1, "color": INK, "line": {"width": 2, "color": INK}}
    words: dict[str, Any] = {"mode": "markers", "showlegend": first}
    seeds = [f"{row.method}, seed {row.seed}: {row.value:.1f} %" for row in rows.itertuples()]
    dots = {"size": 9, "opacity": 0.75, "color": colour}
    return [
        go.Scatter(
            x=means.index.tolist(),
            y=means.tolist(),
            marker=line,
            name="mean",
            hovertemplate="%{x}, mean: %{y:.1f} %<extra></extra>",
            **words,
        ),
        go.Scatter(
            x=rows["method"].tolist(),
            y=rows["value"].tolist(),
            marker=dots,
            name="one seed",
            text=seeds,
            hovertemplate="%{text}<extra></extra>",
            **words,
        ),
    ]
