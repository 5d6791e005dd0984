"""Charts of single clusters and labels (plotly): purity beside chance, where labels lie (paper 5)."""

import math
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xdc_lab.analysis.agreement import block_order
from xdc_lab.analysis.charts.result import NAMED
from xdc_lab.analysis.charts.style import safe, styled
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.journey import label_shares
from xdc_lab.analysis.palette import FAINT, MORE_COLOURS, MUTED, SENSE_COLOURS, SHARES, series_colours
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import SettingError, counted

ROW_PX = 17  # of a matrix with names beside it
BETWEEN_PX = 64  # two matrices, one above the other


def purity_figure(result: Result, *, iteration: int = -1) -> go.Figure:
    """Every cluster by rank: its purity with its 95 % interval, and what as many clips drawn blindly would have.

    Raises:
        SettingError: if the items have no labels.
    """
    _demand_labels(result, "no purity to draw")
    names = result.clusterings
    figure = make_subplots(rows=1, cols=len(names), subplot_titles=[f"{name} clusters" for name in names])
    colours = series_colours({name: result.modalities(name)[0] for name in names})
    for column, name in enumerate(names, start=1):
        table = cluster_table(result, name, iteration=iteration)
        for trace in _purity_traces(table, colours[name], first=column == 1):
            figure.add_trace(trace, row=1, col=column)
    figure.update_xaxes(title_text="rank")
    figure.update_yaxes(range=[0, 1.04])
    return styled(figure, "Purity of each cluster, and what chance would give", height=360)


def label_figure(result: Result, *, iteration: int = -1) -> go.Figure:
    """Where the clips of every label lie among the clusters of each clustering; labels in one order (rows add up to 1).

    Raises:
        SettingError: if the items have no labels.
    """
    _demand_labels(result, "no label to follow")
    shares = {name: label_shares(result, name, iteration=iteration) for name in result.clusterings}
    rows = block_order(np.concatenate([table.to_numpy() for table in shares.values()], axis=1))[0]
    titles = [f"{name} clusters" for name in shares]
    labels_px = min(ROW_PX * max(len(rows), 8), 700)
    height = 110 + len(shares) * (labels_px + BETWEEN_PX)
    figure = make_subplots(rows=len(shares), subplot_titles=titles, vertical_spacing=BETWEEN_PX / height)
    for number, table in enumerate(shares.values(), start=1):
        table = table.iloc[rows]
        # A cluster stands below the label that it holds most of, labels counted from the top.
        order = np.lexsort((-table.to_numpy().max(axis=0), table.to_numpy().argmax(axis=0)))
        figure.add_trace(_share_cells(table.iloc[:, order], number=(number, len(shares))), row=number, col=1)
    figure.update_xaxes(showgrid=False, type="category", tickfont_size=10)
    figure.update_yaxes(showgrid=False, type="category", autorange="reversed")
    return styled(figure, "Where each label's clips lie", height=height).update_layout(margin_l=200)


def factor_comparison_figure(table: pd.DataFrame, modality: str) -> go.Figure:
    """Bars: how much the clusters of several runs know of each factor; the last run in the colour of its modality.

    Args:
        table: as `xdc_lab.analysis.factors.factor_comparison` makes it: rows factors, columns runs.
        modality: "audio" or "video".
    """
    figure = go.Figure()
    between = [MUTED, *MORE_COLOURS][: len(table.columns) - 1]
    for name, colour in zip(table.columns, [*between, SENSE_COLOURS[modality]], strict=True):
        figure.add_bar(
            x=[str(factor).replace("_", " ") for factor in table.index],
            y=table[name],
            name=name,
            marker_color=colour,
            hovertemplate="%{x}: %{y:.3f}",
        )
    figure = styled(figure, f"What {modality} clusters follow", height=380)
    figure.update_layout(bargap=0.3, bargroupgap=0.05, margin_b=96).update_xaxes(showgrid=False)
    return figure.update_yaxes(title_text="adjusted mutual information", zerolinecolor=MUTED)


def _demand_labels(result: Result, what: str) -> None:
    if not result.has_labels:
        raise SettingError(f"this run's items have no labels, so {what}; matrix_figure needs none")


def _purity_traces(table: pd.DataFrame, colour: str, *, first: bool) -> list[go.Scatter]:
    table = table[table["labelled"] > 0]
    hover = [_purity_words(row) for row in rows_of(table)]
    ends = [[low, high, math.nan] for low, high in zip(table["purity_low"], table["purity_high"], strict=True)]
    ranks = [[rank, rank, math.nan] for rank in table["rank"]]
    lines: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "showlegend": first}
    dots: dict[str, Any] = {"mode": "markers", "x": table["rank"], "showlegend": first, "text": hover}
    dots |= {"hovertemplate": "%{text}<extra></extra>"}
    return [
        go.Scatter(x=sum(ranks, []), y=sum(ends, []), line={"color": FAINT, "width": 4}, name="95 %", **lines),
        go.Scatter(
            y=table["chance_purity"],
            name="chance",
            marker={
                "symbol": "line-ew",
                "color": MUTED,
                "size": 8,
                "opacity": 1,
                "line": {"width": 1.5, "color": MUTED},
            },
            **dots,
        ),
        go.Scatter(y=table["purity"], name="purity", marker={"color": colour, "size": 8, "opacity": 1}, **dots),
    ]


def _purity_words(row: dict[str, Any]) -> str:
    return (
        f"cluster {row['cluster']}, {counted(row['size'], 'clip')}: {safe(row['text'])}<br>purity {row['purity']:.2f} "
        f"({row['purity_low']:.2f} to {row['purity_high']:.2f}), chance {row['chance_purity']:.2f}"
    )


def _share_cells(shares: pd.DataFrame, *, number: tuple[int, int]) -> go.Heatmap:
    place, of = number
    length = 26 if len(shares) <= NAMED else 18
    return go.Heatmap(
        z=shares.to_numpy(),
        x=[str(cluster) for cluster in shares.columns],
        y=[safe(str(label))[:length] for label in shares.index],
        colorscale=SHARES,
        zmin=0,
        zmax=1,
        colorbar={"title": "share", "thickness": 10, "outlinewidth": 0, "y": 1 - (place - 0.5) / of, "len": 0.9 / of},
        hovertemplate="%{y}<br>cluster %{x}<br>%{z:.0%} of its clips<extra></extra>",
    )
