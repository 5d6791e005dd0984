"""How well clusters agree with the labels over k, as table and chart (paper 4.2, Study 2)."""

import math
from collections.abc import Sequence

import pandas as pd

from xdc_lab.analysis.agreement import LABEL, agreement_table
from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.palette import MORE_COLOURS, SENSE_COLOURS
from xdc_lab.analysis.result import Result
from xdc_lab.clustering.measures import FEWEST_LABELLED
from xdc_lab.errors import SettingError
from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

PANELS = {"nmi": "NMI with the label", "ami": "AMI: NMI above chance", "purity": "Purity (dashed: chance)"}


def clusters_over_k(results: Sequence[Result]) -> pd.DataFrame:
    """Compare the last clusters of some runs with the labels; no encoder is finetuned for it.

    Columns: k, seed, clustering, nmi (grows with k by itself), ami (does not: 0 for chance), purity (of all items), and
    chance_purity (what blindly drawn clusters of the same sizes would have: it reaches 1 where each item is a cluster).
    All are NaN where fewer than `FEWEST_LABELLED` items have a label.

    Raises:
        SettingError: if there is no run, or one has no labels.
    """
    unlabelled = [str(result.path) for result in results if not result.has_labels]
    if not results or unlabelled:
        raise SettingError(f"{', '.join(unlabelled) or 'no run'}: clusters are compared with labels over k")
    rows = []
    for result in results:
        agreement = agreement_table(result).query("other == @LABEL", local_dict={"LABEL": LABEL})
        for name, nmi, ami in agreement[["clustering", "nmi", "ami"]].itertuples(index=False):
            table = cluster_table(result, name)
            labelled = table["labelled"].sum()
            weights = table["labelled"] / (labelled if labelled >= FEWEST_LABELLED else math.nan)
            rows.append(
                {
                    "k": len(table),
                    "seed": result.meta["seed"],
                    "clustering": name,
                    "nmi": nmi,
                    "ami": ami,
                    "purity": float((table["purity"] * weights).sum(min_count=1)),
                    "chance_purity": float((table["chance_purity"] * weights).sum(min_count=1)),
                }
            )
    return pd.DataFrame(rows).sort_values(["k", "clustering", "seed"], ignore_index=True)


def clusters_over_k_figure(table: pd.DataFrame) -> go.Figure:
    """Lines over k, the mean over seeds: NMI, AMI and purity of each clustering, and the purity that chance would give.

    Args:
        table: as `clusters_over_k` makes it.
    """
    figure = make_subplots(rows=1, cols=len(PANELS), subplot_titles=list(PANELS.values()))
    spare = iter(MORE_COLOURS)
    for clustering, rows in table.groupby("clustering", sort=False):
        colour = SENSE_COLOURS.get(str(clustering)) or next(spare)
        means = rows.groupby("k").mean(numeric_only=True)
        lines = [(name, name, "solid") for name in PANELS] + [("purity", "chance_purity", "dash")]
        for panel, column, dash in lines:
            figure.add_scatter(
                x=[str(k) for k in means.index],
                y=means[column],
                mode="lines+markers" if dash == "solid" else "lines",
                name=f"{clustering} clusters",
                line={"color": colour, "width": 2.5 if dash == "solid" else 1.5, "dash": dash},
                showlegend=column == "nmi",
                row=1,
                col=list(PANELS).index(panel) + 1,
            )
    figure.update_xaxes(title_text="clusters (k)", type="category").update_yaxes(range=[0, 1.02])
    figure.update_yaxes(range=[min(0.0, table["ami"].min()) - 0.02, 1.02], col=list(PANELS).index("ami") + 1)
    return styled(figure, "What the clusters know of the events, over k", height=330)
