"""Compare methods: tables and charts of several results side by side (paper 4.2, Study 1)."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from xdc_lab.analysis.agreement import over_iterations
from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.factors import factor_table, strongest_factors
from xdc_lab.analysis.palette import INK, MORE_COLOURS, MUTED, SENSE_COLOURS, SHARES
from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.errors import SettingError
from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

COLOURS = (MUTED, *MORE_COLOURS[1:], MORE_COLOURS[0], INK, *SENSE_COLOURS.values())
WITH_LABELS = {"nmi_label": "NMI with label", "purity": "purity"}
WITHOUT_LABELS = {"nmi_previous": "NMI with before", "churn": "churn"}


def methods_over_iterations(results: Mapping[str, Result]) -> pd.DataFrame:
    """The rows of `over_iterations` of every method, with the method and what each clustering saw or heard.

    Columns: method, modalities ("audio", "video", "video+audio"), and those of `over_iterations`; a method that
    clusters within an iteration has parts of one.

    Raises:
        SettingError: if there is no result.
    """
    _demand_results(results)
    parts = []
    for method, result in results.items():
        rows = over_iterations(result)
        rows["iteration"] /= result.clusterings_per_iteration
        seen = {name: "+".join(result.modalities(name)) for name in result.clusterings}
        rows.insert(0, "modalities", rows["clustering"].map(seen))
        rows.insert(0, "method", method)
        parts.append(rows)
    return pd.concat(parts, ignore_index=True)


def methods_figure(results: Mapping[str, Result]) -> go.Figure:
    """One line for each method: NMI with the label and purity of what heard, then of what saw, iteration by iteration.

    Clusters of both modalities (CDC's) are in the panels of both. Without labels: agreement with the iteration before.
    """
    history = methods_over_iterations(results)
    measured = WITH_LABELS if bool(history["nmi_label"].notna().any()) else WITHOUT_LABELS
    modalities = [
        modality for modality in ("audio", "video") if bool(history["modalities"].str.contains(modality).any())
    ]
    panels = [(modality, measure) for modality in modalities for measure in measured]
    titles = [f"{modality}: {measured[measure]}" for modality, measure in panels]
    figure = make_subplots(rows=1, cols=len(panels), subplot_titles=titles, horizontal_spacing=0.05)
    colours = dict(zip(results, COLOURS * len(results), strict=False))
    for column, (modality, measure) in enumerate(panels, start=1):
        there = history[history["modalities"].str.contains(modality)]
        named: set[str] = set()
        for (method, clustering), rows in there.groupby(["method", "clustering"], sort=False):
            name = str(method)
            figure.add_scatter(
                x=rows["iteration"],
                y=rows[measure],
                mode="lines+markers",
                name=name,
                legendgroup=name,
                hovertemplate=f"{name}, {clustering} clusters: %{{y:.2f}}",
                line={"color": colours[name], "width": 2.5},
                showlegend=column == 1 and name not in named,
                row=1,
                col=column,
            )
            named.add(name)
        for name in results if column == 1 else ():
            if name not in named:  # it has no clustering here, but its name belongs to the legend
                style = {"line": {"color": colours[name], "width": 2.5}, "mode": "lines+markers"}
                figure.add_scatter(x=[], y=[], name=name, legendgroup=name, showlegend=True, **style, row=1, col=1)
        figure.update_yaxes(range=[0, 1.02], col=column)
        figure.update_xaxes(title_text="iteration", dtick=1, col=column)
    return styled(figure, "The methods side by side; 0: random encoders", height=340)


def encoders_table(results: Mapping[str, Result], *, settings: KMeansSettings, seed: int = 0) -> pd.DataFrame:
    """Cluster every encoder's last features by itself, the same way for all methods: what each encoder knows alone.

    CDC's own clusters have seen both modalities; here no encoder has help from another.

    Columns: method, encoder, modality, labelled (items with a label), purity and nmi_label (NaN where too few have
    one), nmi_other (with the clusters of the method's other encoders; NaN where there is none).
    """
    _demand_results(results)
    rows = []
    for method, result in results.items():
        found = {
            encoder: fit_kmeans(np.asarray(result.features(encoder)), settings=settings, seed=seed).assignment
            for encoder in result.encoders
        }
        for encoder, assignment in found.items():
            others = [measures.nmi(assignment, found[other]) for other in found if other != encoder]
            row = {"method": method, "encoder": encoder, "modality": result.encoders[encoder]}
            row |= _against_labels(result, assignment)
            rows.append(row | {"nmi_other": float(np.mean(others)) if others else math.nan})
    table = pd.DataFrame(rows)
    return table.sort_values("modality", kind="stable", ignore_index=True)


def factors_side_by_side(results: Mapping[str, Result], *, iteration: int = -1, top: int = 8) -> pd.DataFrame:
    """How much the clusters of each method know of the event and of the recorded factors that any of them follows.

    One row for each clustering ("SDC video"), one column for each factor, the event first; adjusted mutual
    information, 0 for chance.

    Raises:
        DataError: if the items have neither labels nor columns factor_*.
    """
    _demand_results(results)
    columns = {}
    for method, result in results.items():
        table = factor_table(result, iteration=iteration)
        for clustering in result.clusterings:
            of_it = table[table["clustering"] == clustering]
            columns[f"{method} {clustering}"] = of_it.set_index("factor")["ami"]
    return strongest_factors(pd.DataFrame(columns), top=top).T.rename(columns=_words)


def factors_matrix(results: Mapping[str, Result], *, iteration: int = -1, top: int = 8) -> go.Figure:
    """`factors_side_by_side` as a matrix: dark is what a clustering follows.

    Raises:
        DataError: if the items have neither labels nor columns factor_*.
    """
    amis = factors_side_by_side(results, iteration=iteration, top=top)
    cells = go.Heatmap(
        z=amis.clip(lower=0).to_numpy(),
        x=list(amis.columns),
        y=list(amis.index),
        hovertemplate="%{y}: %{x} %{z:.2f}<extra></extra>",
        colorscale=SHARES,
        zmin=0,
        zmax=1,
        colorbar={"title": "AMI", "thickness": 10, "outlinewidth": 0},
    )
    figure = styled(go.Figure(cells), "What the clusters of each method follow", height=200 + 34 * len(amis))
    figure.update_layout(margin_l=110, margin_b=120)
    figure.update_xaxes(tickangle=-90, showgrid=False)
    return figure.update_yaxes(autorange="reversed", showgrid=False)


def sizes_figure(result: Result) -> go.Figure:
    """Clips in each cluster, largest first: of the random encoders (dashed) and of the last iteration (solid)."""
    names, highest = result.clusterings, 0
    figure = make_subplots(rows=1, cols=len(names), subplot_titles=[f"{name} clusters" for name in names])
    for column, name in enumerate(names, start=1):
        for position, dash in {0: "dash", len(result.iterations) - 1: "solid"}.items():
            sizes = np.sort(result.clusters(name, iteration=position).sizes)[::-1]
            highest = max(highest, int(sizes[0]))
            figure.add_scatter(
                x=list(range(1, len(sizes) + 1)),
                y=sizes.tolist(),
                mode="lines",
                name=f"iteration {result.iteration(position)}",
                line={"color": SENSE_COLOURS[result.modalities(name)[0]], "width": 2.5, "dash": dash},
                showlegend=column == 1,
                row=1,
                col=column,
            )
        figure.update_xaxes(title_text="cluster, by size", col=column)
    figure.update_yaxes(range=[0, 1.05 * highest])
    figure.update_yaxes(title_text="clips", col=1)
    return styled(figure, "How even the clusters are", height=320)


def _against_labels(result: Result, assignment: np.ndarray) -> dict[str, float]:
    found = measures.against_labels(assignment, result.label_grouping)
    return {name: found[name] for name in ("labelled", "purity", "nmi_label")}


def _words(name: str) -> str:
    return name.replace("_", " ")


def _demand_results(results: Mapping[str, Result]) -> None:
    if not results:
        raise SettingError('there is nothing to compare; give results by name: {"XDC": lab.pretrain("XDC")}')
