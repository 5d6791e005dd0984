"""Draw who learns from whom: Figure 1, from the method table itself (paper 3)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from PIL import Image

from xdc_lab.analysis.palette import FAINT, INK, MORE_COLOURS, MUTED, PAPER, SENSE_COLOURS
from xdc_lab.analysis.pictures.origin import picture_of
from xdc_lab.errors import SettingError
from xdc_lab.methods import Method

JOINT = MORE_COLOURS[0]  # clusters of both modalities
UNIT = 0.85  # inches from one encoder to the next; the unit of all lengths below
PANEL_WIDTH = 5.3
TITLE, LINE, TOP = 0.95, 0.62, 1.2  # heights above the first encoder's middle
BOTTOM = 0.5  # below the last one's
LEFT, RIGHT = 0.0, 2.95  # middles of the encoders' and of the clusterings' boxes
WIDTH, HEIGHT, HEAD = 1.55, 0.56, 0.12  # of a box; of a head
FOOT_INCHES = 0.16  # of a line
LONGEST_LINE, LONGEST_NAME = 62, 15  # letters at full size
SOLID, DASHED = "-", (0, (4, 2))
LEGEND = ("Solid: features, to be clustered by k-means.", "Dashed: pseudo-labels, to be predicted by a fresh head (■).")
UNUSED = "Grey: no encoder learns it, so it is not clustered."


def draw_methods(methods: Sequence[Method], *, columns: int = 2, dots_per_inch: int = 125) -> Image.Image:
    """Draw methods as Figure 1 does: features go from the encoders to k-means, pseudo-labels come back (paper 3).

    Everything follows from the table, so any method of one's own is drawn as well.

    Args:
        methods: one panel each, row by row.
        columns: panels side by side.
        dots_per_inch: 100 makes a panel 450 pixels wide.

    Raises:
        SettingError: if there is no method to draw.
    """
    if not methods:
        raise SettingError("there is no method to draw; give some, as list(METHODS.values())")
    columns = min(columns, len(methods))
    rows = -(-len(methods) // columns)
    depth = max(_depth(method) for method in methods)
    width, height = UNIT * PANEL_WIDTH, UNIT * (TOP + depth + BOTTOM)
    words = _legend(methods, separator="   " if columns > 1 else "\n")
    foot = FOOT_INCHES * (1 + words.count("\n")) + 0.1
    size = (columns * width, rows * height + foot)
    canvas = FigureCanvasAgg(Figure(figsize=size, dpi=dots_per_inch, facecolor=PAPER))
    for number, method in enumerate(methods):
        down, across = divmod(number, columns)
        corner = (across * width / size[0], 1 - (down + 1) * height / size[1])
        axes = canvas.figure.add_axes((*corner, width / size[0], height / size[1]))
        axes.set(xlim=(LEFT - 1.05, LEFT - 1.05 + PANEL_WIDTH), ylim=(-depth - BOTTOM, TOP))
        axes.set_axis_off()
        _draw_panel(axes, method)
    left = (1.05 - WIDTH / 2) / PANEL_WIDTH / columns
    canvas.figure.text(left, 0.5 * foot / size[1], words, fontsize=7, color=MUTED, va="center")
    return picture_of(canvas.figure)


def clustering_colour(method: Method, clustering: str) -> str:
    """The colour of what a clustering saw or heard; another one where it did both."""
    modalities = method.clustering_modalities(clustering)
    return SENSE_COLOURS[modalities[0]] if len(modalities) == 1 else JOINT


def clustering_places(method: Method) -> dict[str, float]:
    """How high each clustering stands: beside the encoders that it sees, none nearer than 1 to another."""
    encoders = list(method.encoders)
    wished = {
        name: float(np.mean([-encoders.index(encoder) for encoder in seen]))
        for name, seen in method.clusterings.items()
    }
    places: dict[str, float] = {}
    for name in sorted(wished, key=lambda name: -wished[name]):
        lowest = min(places.values(), default=np.inf)
        places[name] = min(wished[name], lowest - 1)
    return places


def _depth(method: Method) -> float:
    """How far below the first encoder the lowest box stands."""
    return max(len(method.encoders) - 1, -min(clustering_places(method).values()))


def _legend(methods: Sequence[Method], *, separator: str) -> str:
    unused = any(set(method.clusterings) - set(method.clusterings_needed) for method in methods)
    return separator.join([*LEGEND, UNUSED] if unused else LEGEND)


def _draw_panel(axes: Axes, method: Method) -> None:
    encoders = {encoder: -float(number) for number, encoder in enumerate(method.encoders)}
    clusterings = clustering_places(method)
    typed: dict[str, Any] = {"va": "center", "parse_math": False}  # names of one's own may hold "$"
    axes.text(LEFT - WIDTH / 2, TITLE, method.name, fontsize=13, weight="bold", color=INK, **typed)
    says = method.describe()
    size = 8.5 * min(1.0, LONGEST_LINE / len(says))
    axes.text(LEFT - WIDTH / 2, LINE, says, fontsize=size, color=MUTED, **typed)
    for encoder, y in encoders.items():
        modality = method.encoders[encoder]
        _draw_box(axes, (LEFT, y), encoder, f"encoder $E_{modality[0]}$", SENSE_COLOURS[modality], filled=True)
    for clustering, y in clusterings.items():
        needed = clustering in method.clusterings_needed
        colour = clustering_colour(method, clustering) if needed else FAINT
        _draw_box(axes, (RIGHT, y), f"{clustering} clusters", "k-means", colour, filled=False)
        for number, encoder in enumerate(method.clusterings[clustering] if needed else ()):
            start, end = encoders[encoder] + 0.16, y + 0.16 - 0.08 * number
            _draw_arrow(axes, (LEFT + WIDTH / 2, start), (RIGHT - WIDTH / 2, end), INK, SOLID)
    for encoder, supervision in method.supervision.items():
        for number, clustering in enumerate(supervision):
            y = encoders[encoder] - (number + 0.5) * HEIGHT / 2 / len(supervision)
            _draw_supervision(axes, clusterings[clustering], y, clustering_colour(method, clustering))


def _draw_supervision(axes: Axes, clustering_y: float, head_y: float, colour: str) -> None:
    """Pseudo-labels, from a clustering to the head of an encoder that predicts them."""
    x = LEFT + WIDTH / 2 + 0.04
    axes.add_patch(Rectangle((x, head_y - HEAD / 2), HEAD, HEAD, color=colour))
    start = (RIGHT - WIDTH / 2, clustering_y - 0.1)
    _draw_arrow(axes, start, (x + HEAD + 0.02, head_y), colour, DASHED)


def _draw_box(axes: Axes, middle: tuple[float, float], name: str, kind: str, colour: str, *, filled: bool) -> None:
    x, y = middle
    style = {"facecolor": colour if filled else PAPER, "edgecolor": colour, "linewidth": 1.6}
    round_corners = "round,pad=0,rounding_size=0.1"
    axes.add_patch(FancyBboxPatch((x - WIDTH / 2, y - HEIGHT / 2), WIDTH, HEIGHT, boxstyle=round_corners, **style))
    ink = PAPER if filled else MUTED if colour == FAINT else colour
    size = 9.5 * min(1.0, LONGEST_NAME / len(name))
    words: dict[str, Any] = {"color": ink, "ha": "center", "va": "center"}
    axes.text(x, y + 0.1, name, fontsize=size, weight="bold", parse_math=False, **words)
    axes.text(x, y - 0.13, kind, fontsize=7.5, **words)


def _draw_arrow(
    axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str, line: str | tuple
) -> None:
    style = {"color": colour, "linewidth": 1.3, "linestyle": line, "shrinkA": 0, "shrinkB": 0}
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=9, **style))
