"""A chart of label frequencies in collections (paper 4.1, Study 4: curated and uncurated)."""

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.palette import MORE_COLOURS, SENSE_COLOURS
from xdc_lab.datasets.labels import count_labels
from xdc_lab.errors import SettingError

COLOURS = (*SENSE_COLOURS.values(), *MORE_COLOURS)


def label_frequencies(collections: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Count the clips of each label in each collection, the commonest of the first collection first.

    Args:
        collections: name -> items; those without a label are left out.

    Returns:
        Rows labels, columns collections, values clips.

    Raises:
        SettingError: if no item has a label.

    >>> items = pd.DataFrame({"label": ["bell", "drum", "bell", ""]})
    >>> label_frequencies({"mine": items})["mine"].to_dict()
    {'bell': 2, 'drum': 1}
    """
    counts = {name: count_labels(items).drop("", errors="ignore") for name, items in collections.items()}
    table = pd.DataFrame(counts).fillna(0).astype(int)
    if table.empty:
        raise SettingError(f"no clip of {', '.join(collections) or 'no collection'} has a label to count")
    return table.sort_values(list(table.columns), ascending=False, kind="stable")


def frequencies_figure(table: pd.DataFrame, *, title: str) -> go.Figure:
    """Bars: how many clips of each label each collection has.

    Args:
        table: as `label_frequencies` makes it.
        title: of the figure.
    """
    figure = go.Figure()
    for number, name in enumerate(table.columns):
        figure.add_bar(
            x=table.index.tolist(),
            y=table[name],
            name=str(name),
            marker_color=COLOURS[number % len(COLOURS)],
            hovertemplate="%{x}: %{y} clips",
        )
    figure = styled(figure, title, height=420).update_layout(bargap=0.15, bargroupgap=0.0)
    figure.update_layout(margin_b=120, margin_l=130)  # room for slanted names
    return figure.update_xaxes(showgrid=False).update_yaxes(title_text="clips")
