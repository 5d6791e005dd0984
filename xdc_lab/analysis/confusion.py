"""Confusion of classes: a matrix, its largest mistakes, a chart (paper 4.2)."""

import numpy as np
import pandas as pd

from xdc_lab.analysis.charts.style import safe, styled
from xdc_lab.analysis.palette import SHARES
from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():
    import plotly.graph_objects as go

ROW_PX, HEAD_PX, LARGEST_PX = 24, 76, 1100


def confusion_matrix(predictions: pd.DataFrame) -> pd.DataFrame:
    """Count how often each class (rows) was predicted as each class (columns); both in the order of names.

    >>> rows = pd.DataFrame({"label": ["dog", "dog", "bell"], "predicted": ["dog", "bell", "bell"]})
    >>> confusion_matrix(rows).to_dict("index")
    {'bell': {'bell': 1, 'dog': 0}, 'dog': {'bell': 1, 'dog': 1}}
    """
    classes = sorted(set(predictions["label"]) | set(predictions["predicted"]))
    place = {name: number for number, name in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), dtype=np.int64)
    for label, predicted in zip(predictions["label"], predictions["predicted"], strict=True):
        counts[place[label], place[predicted]] += 1
    table = pd.DataFrame(counts, index=classes, columns=pd.Index(classes))
    return table.rename_axis(index="class", columns="predicted")


def confused_pairs(predictions: pd.DataFrame, *, top: int = 5) -> pd.DataFrame:
    """The pairs of classes that are taken for each other most often, whichever way round.

    Returns:
        One row for each pair: class, taken for, items (of both), mistakes, and how many of them go this way and back.
    """
    table = confusion_matrix(predictions)
    names, counts = table.index.tolist(), table.to_numpy()
    rows = [
        {
            "class": names[i],
            "taken for": names[j],
            "items": int(counts[[i, j]].sum()),
            "mistakes": int(counts[i, j] + counts[j, i]),
            "this way": int(counts[i, j]),
            "back": int(counts[j, i]),
        }
        for i in range(len(names))
        for j in range(len(names))
        if (counts[i, j], j) > (counts[j, i], i)
    ]
    pairs = pd.DataFrame(rows, columns=["class", "taken for", "items", "mistakes", "this way", "back"])
    pairs = pairs[pairs["mistakes"] > 0].sort_values("mistakes", ascending=False, kind="stable")
    return pairs.head(top).reset_index(drop=True)


def confusion_figure(predictions: pd.DataFrame, *, title: str) -> go.Figure:
    """The matrix with each row as shares of its class: a dark diagonal is a good classifier."""
    table = confusion_matrix(predictions)
    counts = table.to_numpy()
    sizes = counts.sum(axis=1)
    names = [safe(str(name)) for name in table.index]
    hover = [
        [f"{name}: {counts[i, j]} of {sizes[i]}<br>predicted {other}" for j, other in enumerate(names)]
        for i, name in enumerate(names)
    ]
    cells = go.Heatmap(
        z=counts / np.maximum(sizes, 1)[:, None],
        x=names,
        y=names,
        text=hover,
        hovertemplate="%{text}<extra></extra>",
        colorscale=SHARES,
        zmin=0,
        zmax=1,
        colorbar={"title": {"text": "share of the class"}, "thickness": 10, "outlinewidth": 0},
    )
    longest = max(map(len, names))
    below = 60 + 4 * longest
    height = min(HEAD_PX + max(ROW_PX * len(names), 160) + below, LARGEST_PX)
    figure = styled(go.Figure(cells), title, height=height)
    figure.update_xaxes(showgrid=False, tickangle=-60, title_text="predicted")
    figure.update_yaxes(showgrid=False, autorange="reversed")
    return figure.update_layout(margin={"l": 24 + 6 * longest, "b": below})
