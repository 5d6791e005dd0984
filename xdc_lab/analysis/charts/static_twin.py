"""Draw an interactive chart again without a browser, for files, GitHub and untrusted notebooks (by matplotlib)."""

import html
import json
import math
import textwrap
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from xdc_lab.analysis.palette import FAINT, INK, MUTED, PAPER
from xdc_lab.analysis.pictures.display import small_png
from xdc_lab.analysis.pictures.origin import picture_of
from xdc_lab.errors import SettingError

KINDS = ("scatter", "scattergl", "bar", "heatmap")  # that the figures of this package are made of
MARKERS = {None: ("o", 0), "circle": ("o", 0), "line-ew": ("_", 1.5)}  # and how wide their lines are
DASHES = {None: "-", "solid": "-", "dash": "--"}
POINTS_PER_PX = 0.72  # at 100 dots an inch
AS_TYPED: Any = {"text.parse_math": False}  # a label may hold "$"
TICK_PX = 11  # of a name beside a matrix
TITLE_PX, NOTE_PX = 5.5, 5.9  # of a letter above a panel, and of the note at the foot


def write_png(figure: go.Figure, path: str | Path, *, width_px: int = 1000, scale: float = 1.5) -> Path:
    """`xdc_lab.analysis.figure_files.save_figure` before 0.2.0; it goes in 0.3.0."""
    from xdc_lab.analysis.figure_files import save_figure

    warnings.warn("write_png ends in 0.3.0; write save_figure(figure, path)", DeprecationWarning, stacklevel=2)
    return save_figure(figure, path, width_inches=width_px / 100, dots_per_inch=round(100 * scale))


def show(figure: go.Figure, *, width_px: int = 900, scale: float = 1.25) -> None:
    """Display a figure in a notebook: to hover over where plotly runs, as a PNG elsewhere (GitHub, nbconvert).

    Args:
        figure: as a function of `xdc_lab.analysis.charts.result` made it.
        width_px: of the PNG before `scale`.
        scale: dots for each pixel.

    Raises:
        SettingError: if the figure holds a trace of a kind that has no static twin.
    """
    from IPython.display import display

    layout: Any = figure.layout
    bundle = {
        "application/vnd.plotly.v1+json": json.loads(figure.to_json() or "{}"),
        "image/png": small_png(draw(figure, width_px=width_px, scale=scale)),
        "text/plain": f"figure: {layout.title.text}",
    }
    display(bundle, raw=True)


@rc_context(AS_TYPED)
def draw(figure: go.Figure, *, width_px: int = 900, scale: float = 1.25) -> Image.Image:
    """The picture that `show` puts beside a figure; arguments and errors are the same."""
    return picture_of(still_drawing(figure, width_px=width_px), dots_per_inch=100 * scale)


@rc_context(AS_TYPED)
def still_drawing(figure: go.Figure, *, width_px: int = 900, paper: str = PAPER, titled: bool = True) -> Figure:
    """Draw a chart anew by matplotlib, 100 pixels an inch: lines, points, bars, a matrix; its height is its own.

    Raises:
        SettingError: if the chart holds a trace of another kind.
    """
    _demand_drawable(figure)
    layout: Any = figure.layout
    height_px = layout.height
    canvas = FigureCanvasAgg(Figure(figsize=(width_px / 100, height_px / 100), dpi=100, facecolor=paper))
    margin = layout.margin
    left, right = margin.l / width_px + 0.02, 1 - margin.r / width_px
    bottom, top = (margin.b + 12) / height_px, 1 - margin.t / height_px
    panels = {}
    for trace in figure.data:
        key = (getattr(trace, "xaxis", None) or "x").removeprefix("x")
        if key not in panels:
            low, high = layout[f"xaxis{key}"].domain or (0, 1)
            floor, ceiling = layout[f"yaxis{key}"].domain or (0, 1)
            corner = left + low * (right - left), bottom + floor * (top - bottom)
            box = (*corner, (high - low) * (right - left), (ceiling - floor) * (top - bottom))
            panels[key] = canvas.figure.add_axes(box, facecolor=paper)
        _draw(panels[key], trace, figure)
    for key, axes in panels.items():
        _dress(axes, layout[f"xaxis{key}"], layout[f"yaxis{key}"])
    title: Any = layout.title.text if titled else ""
    canvas.figure.text(left, 1 - 26 / height_px, title or "", fontsize=12.5, color=INK, va="center")
    _write_words(canvas.figure, figure, list(panels.values()), left, height_px)
    return canvas.figure


def _demand_drawable(figure: go.Figure) -> None:
    traces: Any = figure.data
    unknown = sorted({trace.type for trace in traces} - set(KINDS))
    if unknown:
        raise SettingError(f"traces of kind {', '.join(unknown)} have no static twin; {', '.join(KINDS)} have")


def _draw(axes, trace, figure: go.Figure) -> None:
    if trace.type == "bar":
        _draw_bars(axes, trace, [other for other in figure.data if other.type == "bar"])
    elif trace.type == "heatmap":
        _draw_matrix(axes, trace)
    elif trace.mode == "markers":
        _draw_points(axes, trace)
    else:
        label = trace.name if trace.showlegend is not False else None
        style = {"color": trace.line.color, "linestyle": DASHES[trace.line.dash], "linewidth": trace.line.width}
        axes.plot(trace.x, trace.y, label=label, **style, marker="o" if "markers" in trace.mode else None, markersize=4)


def _draw_bars(axes, trace, bars: list) -> None:
    width = 0.75 / len(bars)
    offset = (bars.index(trace) - (len(bars) - 1) / 2) * width
    axes.bar(np.arange(len(trace.x)) + offset, trace.y, width, color=trace.marker.color, label=trace.name)
    axes.set_xticks(np.arange(len(trace.x)), trace.x, rotation=30, ha="right")
    axes.axhline(0, color=MUTED, linewidth=0.8)


def _draw_matrix(axes, trace) -> None:
    stops = [(float(at), colour) for at, colour in trace.colorscale]
    colours = LinearSegmentedColormap.from_list("share", stops)
    cells = axes.imshow(trace.z, vmin=0, vmax=1, aspect="auto", cmap=colours)
    if trace.showscale is not False:
        _draw_scale(axes, cells, trace.colorbar.title.text)
    box = axes.get_window_extent()
    for axis, names, room_px in ((axes.xaxis, trace.x, box.width), (axes.yaxis, trace.y, box.height)):
        step = math.ceil(len(names) * TICK_PX / room_px)  # every name where there is room, else every second
        axis.set_ticks(np.arange(0, len(names), step), [_plain(name) for name in names[::step]])


def _draw_points(axes, trace) -> None:
    size, is_scale = (trace.marker.size * POINTS_PER_PX) ** 2, trace.marker.cmax is not None
    scale = {"vmin": trace.marker.cmin, "vmax": trace.marker.cmax} if is_scale else {}
    marker, widths = MARKERS[trace.marker.symbol]
    label = trace.name if trace.showlegend is not False else None
    look = {
        "s": size,
        "alpha": trace.marker.opacity,
        "marker": marker,
        "linewidths": widths,
        "label": label,
        "zorder": 3,
        "rasterized": trace.type == "scattergl",  # a vector file of 100,000 points opens in no viewer
    }
    points = axes.scatter(trace.x, trace.y, c=trace.marker.color, **look, **scale)
    if is_scale:
        _draw_scale(axes, points, trace.marker.colorbar.title.text)


def _draw_scale(axes, drawn, title: str) -> None:
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.5, aspect=30, pad=0.02)
    bar.set_label(title, color=MUTED)
    bar.ax.tick_params(colors=INK, labelsize=8, length=0)
    bar.outline.set_visible(False)


def _dress(axes, x, y) -> None:
    if y.scaleanchor:
        axes.set_aspect("equal")
    if x.visible is False:
        axes.set_axis_off()
        return
    axes.set_xlabel(x.title.text or "", color=MUTED)
    axes.set_ylabel(y.title.text or "", color=MUTED)
    if y.range:
        axes.set_ylim(*y.range)
    if x.dtick:
        axes.xaxis.set_major_locator(_every(x.dtick))
    for name, axis in (("x", x), ("y", y)):
        if axis.showgrid is not False:
            axes.grid(axis=name, color=FAINT, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=8.5, length=0)
    if x.tickangle:
        axes.tick_params(axis="x", rotation=-x.tickangle, labelsize=7.5)
        axes.tick_params(axis="y", labelsize=7.5)
    if x.tickfont.size:
        axes.tick_params(axis="x", labelsize=x.tickfont.size * POINTS_PER_PX)
    if y.showticklabels is False:
        axes.set_yticklabels([])
    axes.spines[:].set_visible(False)


def _every(step: float):
    from matplotlib.ticker import MultipleLocator

    return MultipleLocator(step)


def _write_words(drawn: Figure, figure: go.Figure, panels: list, left: float, height_px: int) -> None:
    layout: Any = figure.layout
    notes = [note for note in layout.annotations if note.xref == "paper"]
    for axes, note in zip(panels, notes if len(notes) == len(panels) > 1 else [], strict=False):
        letters = int(axes.get_window_extent().width / TITLE_PX)
        axes.set_title(textwrap.fill(note.text, max(letters, 8)), fontsize=9.5, color=INK, loc="center")
    for note in (note for note in layout.annotations if note.xref != "paper"):
        _write_name(panels[0], note)
    if len(panels) == 1 and notes:
        letters = int((0.98 - left) * drawn.get_figwidth() * 100 / NOTE_PX)
        drawn.text(left, 10 / height_px, textwrap.fill(notes[0].text, letters), fontsize=7.5, color=MUTED, va="bottom")
    handles, names = panels[0].get_legend_handles_labels()
    if handles:
        is_column = layout.legend.orientation == "v"
        place: Any = {"loc": "center right" if is_column else "upper right"}
        place |= {"bbox_to_anchor": (0.985, 0.5 if is_column else 0.985), "ncols": 1 if is_column else len(names)}
        drawn.legend(handles, names, frameon=False, fontsize=8.5, **place)


def _write_name(axes, note) -> None:
    """Words at a place of the chart itself, on ground that lets points through."""
    ground = {"facecolor": axes.get_facecolor(), "alpha": 0.75, "edgecolor": "none", "pad": 1}
    words = {"color": INK, "fontsize": 8, "ha": "center", "va": note.yanchor or "center"}
    axes.text(note.x, note.y, _plain(note.text), bbox=ground, **words)


def _plain(text: Any) -> str:
    """What plotly makes of a text: its escapes and its line breaks."""
    return html.unescape(str(text).replace("<br>", "\n"))
