"""An interactive map (plotly): one point per clip, groups named where they are few (paper 5)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from jaxtyping import Float, Int

from xdc_lab.analysis.charts.map_names import place_names
from xdc_lab.analysis.charts.style import safe, styled
from xdc_lab.analysis.palette import INK, MUTED, group_colour
from xdc_lab.analysis.projection import PROJECTION_NOTE

NAME_GROUND = "rgba(252,251,248,0.75)"  # the paper, letting points through
NAMED = 40  # clusters or labels whose names find room on a chart
HIDDEN = 0.02  # of the points, at most, behind names; else the names stand in a legend
FEW = 500  # points: drawn larger
WEBGL_FROM = 5_000  # points: below it SVG is fast enough, and needs none of a browser's few WebGL contexts


def feature_map(
    places: Float[np.ndarray, "points 2"], *, marker: Mapping[str, Any], hover: Sequence[str], title: str
) -> go.Figure:
    """A map of points, with the note that its distances mean nothing.

    Args:
        places: 0 to 1, as `xdc_lab.analysis.projection.lay_out` makes them.
        marker: plotly's, for the colours.
        hover: of each point, as plotly reads it.
        title: above.
    """
    size = 8 if len(places) < FEW else 5 if len(places) < WEBGL_FROM else 2.5
    trace = go.Scattergl if len(places) >= WEBGL_FROM else go.Scatter
    points = trace(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={"size": size, "opacity": 0.8, "line": {"width": 0}, **marker},
        text=list(hover),
        hovertemplate="%{text}<extra></extra>",
        showlegend=False,
    )
    figure = styled(go.Figure(points), title, height=560)
    blank = {"visible": False, "range": [-0.03, 1.03]}
    figure.update_layout(xaxis=blank, yaxis={**blank, "scaleanchor": "x"}, margin_b=56)
    note = {"text": PROJECTION_NOTE, "showarrow": False, "font": {"size": 11, "color": MUTED}}
    return figure.add_annotation(**note, xref="paper", yref="paper", x=0, y=-0.09, xanchor="left")


def label_map(places: Float[np.ndarray, "points 2"], items: pd.DataFrame, *, title: str) -> go.Figure:
    """The map of any features, coloured by label; all points alike where there are no labels.

    Args:
        places: of each item.
        items: the items table; row i is point i.
        title: above.
    """
    labels = items["label"].astype(str).to_numpy()
    names = sorted({label for label in labels if label})
    codes = {label: code for code, label in enumerate(names)}
    groups = np.array([codes.get(label, -1) for label in labels], dtype=np.int64)
    colours = [group_colour(group) for group in groups.tolist()] if names else MUTED
    hover = [f"{safe(label) or 'no label'}<br>item {item}" for item, label in enumerate(labels)]
    figure = feature_map(places, marker={"color": colours}, hover=hover, title=title)
    return name_groups(figure, places, groups, names)


def value_map(
    places: Float[np.ndarray, "points 2"], values: Float[np.ndarray, " points"], *, title: str, words: str
) -> go.Figure:
    """The map of any features, coloured by something measured of each clip.

    Args:
        places: of each item.
        values: of each item.
        title: above.
        words: what the values are, beside the scale.
    """
    bar = {"title": words, "thickness": 10, "outlinewidth": 0}
    low, high = float(values.min()), float(values.max())
    marker = {"color": values, "colorscale": "Viridis", "cmin": low, "cmax": high, "colorbar": bar}
    hover = [f"{words} {value:.2f}<br>item {item}" for item, value in enumerate(values.tolist())]
    return feature_map(places, marker=marker, hover=hover, title=title)


def name_groups(
    figure: go.Figure,
    places: Float[np.ndarray, "points 2"],
    groups: Int[np.ndarray, " points"],
    names: list[str],
    *,
    between: str = "<br>",
) -> go.Figure:
    """Write the groups' names on their map, or beside it where they would hide points; not where there are many.

    Args:
        figure: the map.
        places: its points.
        groups: of each point, an index into `names`; -1 for none.
        names: of the groups.
        between: names that share a place.
    """
    if len(names) > NAMED:
        return figure
    placed = place_names(places, groups, names, in_one_line=between != "<br>")
    if sum(name.covered for name in placed) > HIDDEN * len(places):
        return _legend(figure, groups, names)
    look = {"showarrow": False, "font": {"size": 11, "color": INK}, "bgcolor": NAME_GROUND, "borderpad": 1}
    for name in placed:
        words, anchor = between.join(safe(line) for line in name.lines), "bottom" if name.above else "top"
        figure.add_annotation(text=words, x=name.x, y=name.y, yanchor=anchor, **look)
    return figure


def _legend(figure: go.Figure, groups: Int[np.ndarray, " points"], names: list[str]) -> go.Figure:
    """A column of the names in their colours, at the map's right."""
    for group in sorted(set(groups.tolist()) - {-1}):
        dot = {"color": group_colour(group), "size": 8, "opacity": 1, "symbol": "circle"}
        figure.add_scatter(x=[math.nan], y=[math.nan], mode="markers", marker=dot, name=safe(names[group]))
    return figure.update_layout(legend={"orientation": "v", "x": 1, "y": 0.5, "yanchor": "middle"})
