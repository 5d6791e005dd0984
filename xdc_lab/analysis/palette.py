"""The few colours of every picture, so that tables, charts and contact sheets look like one thing."""

import colorsys
from typing import Any

INK = "#1d2226"
MUTED = "#6c757b"
FAINT = "#d9dcdb"
PAPER = "#fcfbf8"
SHADE = "#eceae4"  # of a tile that has no picture
SENSE_COLOURS = {"audio": "#b3541e", "video": "#1f6e79"}
MORE_COLOURS = ("#6a4c93", "#7a8b2a", "#a23b58", "#4a6fa5")
SHARES = [[0, PAPER], [0.15, "#c5d6d3"], [0.5, "#5d949a"], [1, "#123f46"]]  # of 0 to 1, in a matrix
GOLDEN_TURN = 0.618034  # of the hue circle: neighbouring numbers get hues far apart
# The style of what matplotlib draws by itself; a name may hold "$".
STYLE: Any = {
    "text.parse_math": False,
    "text.color": INK,
    "font.size": 9,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": FAINT,
    "legend.frameon": False,
    "xtick.color": INK,
    "ytick.color": INK,
    **{f"axes.spines.{side}": False for side in ("left", "right", "top", "bottom")},
    **{f"{axis}tick.major.size": 0 for axis in "xy"},
}


def series_colours(modalities: dict[str, str]) -> dict[str, str]:
    """A colour for each encoder or clustering: its modality's, while that is free.

    >>> series_colours({"audio": "audio", "video": "video"})
    {'audio': '#b3541e', 'video': '#1f6e79'}
    """
    colours, spare = {}, list(MORE_COLOURS)
    for name, modality in modalities.items():
        own = SENSE_COLOURS.get(modality)
        taken = own is None or own in colours.values()
        colours[name] = spare.pop(0) if taken and spare else own or MUTED
    return colours


def group_colour(number: int) -> str:
    """A colour for group 0, 1, 2, ... of any many; unlabelled (-1) is grey."""
    if number < 0:
        return FAINT
    lightness, saturation = (0.42, 0.55, 0.34)[number % 3], (0.62, 0.5, 0.7)[number % 3]
    red, green, blue = colorsys.hls_to_rgb((0.05 + number * GOLDEN_TURN) % 1, lightness, saturation)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"
