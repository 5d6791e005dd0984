"""Interactive charts of a result (plotly): iterations, maps, the audio x video matrix (paper 5)."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xdc_lab.analysis.agreement import block_order, contingency, over_iterations
from xdc_lab.analysis.charts.feature_map import NAMED, feature_map, name_groups
from xdc_lab.analysis.charts.style import safe, styled
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.palette import INK, SHARES, group_colour, series_colours
from xdc_lab.analysis.projection import projection
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_by
from xdc_lab.errors import RunError, SettingError, counted

PANELS = {
    "purity": "Purity",
    "nmi_label": "NMI with the label",
    "nmi_other": "NMI with the other clusters",
    "churn": "Churn: clips that moved",
}
SHARED = "nmi_other"  # of two clusterings: the same for both
COLOURINGS = ("cluster", "label", "purity")


def clusterings_over_iterations(result: Result) -> go.Figure:
    """Purity, NMI and churn of every clustering, iteration by iteration (0 is of the random encoders).

    How far two clusterings agree is one number for both: one line, in the colour of neither.
    """
    history = over_iterations(result)
    panels = {name: title for name, title in PANELS.items() if bool(np.isfinite(history[name]).any())}
    panels = panels or {"size_max": "Clips in the largest cluster"}
    colours = series_colours({name: result.modalities(name)[0] for name in result.clusterings})
    if len(colours) == 2 and SHARED in panels:
        panels[SHARED] = "NMI, " + " with ".join(colours)
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=list(panels.values()))
    for column, name in enumerate(panels, start=1):
        is_shared = name == SHARED and len(colours) == 2
        for clustering in list(colours)[:1] if is_shared else colours:
            rows = history[history["clustering"] == clustering]
            figure.add_scatter(
                x=rows["iteration"],
                y=rows[name],
                mode="lines+markers",
                name=" and ".join(colours) if is_shared else clustering,
                line={"color": INK if is_shared else colours[clustering], "width": 2.5},
                showlegend=column == 1 and not is_shared,
                row=1,
                col=column,
            )
        figure.update_xaxes(title_text="iteration", dtick=max(1, len(result.iterations) // 6), col=column)
        if name != "size_max":
            figure.update_yaxes(range=[0, 1.02], col=column)
    return styled(figure, "What the clusters know, iteration by iteration", height=330)


def umap_figure(result: Result, encoder: str, *, colour: str = "cluster", seed: int = 0) -> go.Figure:
    """The map of one encoder's features, coloured by cluster, label or the cluster's purity.

    Raises:
        SettingError: if `colour` is none of these, or needs labels that the run does not have.
    """
    _demand_colouring(result, colour)
    places = projection(result, encoder, seed=seed)
    clustering = _clustering_with(result, encoder)
    table = cluster_table(result, clustering).set_index("cluster")
    items = places["item"].to_numpy()
    clusters = result.clusters(clustering).assignment[items]
    labels = result.items["label"].to_numpy(dtype=str)[items]
    marker: dict[str, Any] = {}
    if colour == "purity":
        bar = {"title": "purity", "thickness": 10, "outlinewidth": 0}
        marker |= {"color": table["purity"][clusters], "colorscale": "Viridis", "cmin": 0, "cmax": 1, "colorbar": bar}
    groups = (clusters if colour == "cluster" else result.label_codes[items]).astype(np.int64)
    if colour != "purity":
        marker["color"] = [group_colour(int(group)) for group in groups]
    hover = [_hover(*about) for about in zip(items.tolist(), labels.tolist(), clusters.tolist(), strict=True)]
    shown = (
        f"{len(items):,} clips"
        if len(items) == places.attrs["items"]
        else (f"{len(items):,} of {places.attrs['items']:,} clips, drawn at random")
    )
    title = f"{encoder.replace('_', ' ').capitalize()} features, {shown}, by {colour}"
    at = places[["x", "y"]].to_numpy(np.float64)
    figure = feature_map(at, marker=marker, hover=hover, title=title)
    if colour == "purity":
        return figure
    names = [f"#{cluster}" for cluster in range(len(table))] if colour == "cluster" else result.label_names
    between = ", " if colour == "cluster" else "<br>"
    return name_groups(figure, at, groups, list(names), between=between)


def matrix_figure(result: Result, a: str = "audio", b: str = "video", *, iteration: int = -1) -> go.Figure:
    """The audio x video matrix, each row as shares of its cluster; clusters that share clips stand together."""
    counts = contingency(result, a, b, iteration=iteration)
    rows, columns = block_order(counts.to_numpy())
    counts = counts.iloc[rows, columns]
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0)
    about = {name: rows_by(cluster_table(result, name, iteration=iteration), "cluster") for name in (a, b)}
    hover = [
        [
            f"{a} {i}: {safe(about[a][i]['text'])}<br>{b} {j}: {safe(about[b][j]['text'])}<br>{counted(shared, 'clip')}"
            if shared
            else "no clip"  # most cells: short, so that a notebook stays small
            for j, shared in zip(counts.columns, row, strict=True)
        ]
        for i, row in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    cells = go.Heatmap(
        z=shares.to_numpy(),
        x=_cluster_names(about[b], list(counts.columns)),
        y=_cluster_names(about[a], list(counts.index)),
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        colorscale=SHARES,
        zmin=0,
        zmax=1,
        colorbar={"title": "share", "thickness": 10, "outlinewidth": 0},
    )
    figure = styled(go.Figure(cells), f"Where the clips of each {a} cluster lie among the {b} clusters", height=660)
    named = len(counts) <= NAMED and result.has_labels
    figure.update_layout(margin_l=200 if named else 64, margin_b=190 if named else 72)
    figure.update_xaxes(tickangle=-90 if named else -60, showgrid=False, type="category", title_text=f"{b} clusters")
    return figure.update_yaxes(autorange="reversed", showgrid=False, type="category", title_text=f"{a} clusters")


def _demand_colouring(result: Result, colour: str) -> None:
    if colour not in COLOURINGS:
        raise SettingError(f"no colouring {colour!r}; a map is coloured by {', '.join(COLOURINGS)}")
    if colour != "cluster" and not result.has_labels:
        raise SettingError(f"this run's items have no labels, so no map by {colour}; colour it by cluster")


def _clustering_with(result: Result, encoder: str) -> str:
    """The clustering that this encoder's features went into: its own, or CDC's joint one.

    Raises:
        RunError: if there is none.
    """
    for clustering in result.clusterings:
        if encoder in result.encoders_of(clustering):
            return clustering
    raise RunError(f"no clustering of {result.path} was made of the features of {encoder!r}")


def _cluster_names(about: dict[Any, dict[str, Any]], order: list[Any]) -> list[str]:
    """What stands beside rows and columns: the commonest label and the id, or the id alone where there are many."""
    if len(order) > NAMED or not any(row["concepts"] for row in about.values()):
        return [f"{cluster}" for cluster in order]
    firsts = [about[cluster]["concepts"][:1] or [("", 0.0)] for cluster in order]
    return [f"{safe(first[0][0])[:26]} · {cluster}" for first, cluster in zip(firsts, order, strict=True)]


def _hover(item: int, label: str, cluster: int) -> str:
    return f"{safe(label) or 'no label'}<br>cluster {cluster}<br>item {item}"
