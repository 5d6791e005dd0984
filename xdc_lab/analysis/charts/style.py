"""The style of this project's charts; words that plotly would read as HTML are made safe."""

import plotly.graph_objects as go

from xdc_lab.analysis.palette import FAINT, INK, PAPER


def styled(figure: go.Figure, title: str, *, height: int) -> go.Figure:
    """Dress a chart: its title, its height in pixels, and what all charts have in common."""
    axis = {"gridcolor": FAINT, "zerolinecolor": FAINT, "linecolor": FAINT, "title_font_size": 12}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_annotations(font={"size": 13, "color": INK})
    return figure.update_layout(
        title={"text": title, "x": 0, "xref": "paper", "xanchor": "left", "font": {"size": 17}},
        template="plotly_white",
        font={"family": "Inter, Helvetica Neue, Arial, sans-serif", "size": 12, "color": INK},
        paper_bgcolor=PAPER,
        plot_bgcolor=PAPER,
        height=height,
        margin={"l": 56, "r": 24, "t": 76, "b": 48},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.14, "yanchor": "bottom"},
    )


def safe(text: str) -> str:
    """Plotly reads a few HTML tags in its texts: a label is not one of them."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")[:120]
