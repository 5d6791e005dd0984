"""What a picture was drawn from: its words and where they stand, or a drawing, so that a vector file has real words."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from matplotlib.figure import Figure
from PIL import Image, ImageDraw, ImageFont

from xdc_lab.analysis.palette import PAPER
from xdc_lab.errors import SettingError

KEY = "origin"  # in a picture's `info`, which Pillow hands on to copies
PX_PER_INCH = 100
FAMILY = "DejaVu Sans"  # of `xdc_lab.analysis.pictures.lettering`
SIDES: dict[str, Any] = {"l": "left", "m": "center", "r": "right"}


@dataclass(frozen=True)
class Line:
    """A line of words as it stands on a picture.

    Attributes:
        place: of its anchor, in pixels.
        text: the words, cut to their space.
        face: its typeface, of a size in pixels.
        bold: whether it is.
        colour: of the letters.
        anchor: Pillow's: "la", "ma" or "ra".
        ground: the colour below.
    """

    place: tuple[int, int]
    text: str
    face: ImageFont.FreeTypeFont
    bold: bool
    colour: str
    anchor: str
    ground: Any


@dataclass
class Origin:
    """What a picture of a size, in pixels, was drawn from: a drawing of matplotlib, or pixels and lines of words."""

    size: tuple[int, int]
    drawing: Figure | None = None
    lines: list[Line] = field(default_factory=list)


def origin_of(picture: Image.Image) -> Origin:
    """Where a picture keeps what it was drawn from."""
    return picture.info.setdefault(KEY, Origin(picture.size))


def picture_of(drawing: Figure, *, dots_per_inch: float | None = None) -> Image.Image:
    """A drawing of matplotlib as a picture; the drawing goes along."""
    buffer = BytesIO()
    drawing.savefig(buffer, format="png", facecolor=PAPER, dpi=dots_per_inch or "figure")
    picture = Image.open(buffer).convert("RGB")
    picture.info[KEY] = Origin(picture.size, drawing)
    return picture


def joined(pictures: Sequence[Image.Image], *, across: bool = False) -> Image.Image:
    """Pictures below one another, or side by side, with their words."""
    widths, heights = [[size[axis] for size in (picture.size for picture in pictures)] for axis in (0, 1)]
    size = (sum(widths), max(heights)) if across else (max(widths), sum(heights))
    whole, x, y = Image.new("RGB", size, PAPER), 0, 0
    for picture in pictures:
        whole.paste(picture, (x, y))
        for line in origin_of(picture).lines:
            place = (line.place[0] + x, line.place[1] + y)
            origin_of(whole).lines.append(Line(**{**vars(line), "place": place}))
        x, y = (x + picture.width, 0) if across else (0, y + picture.height)
    return whole


def drawing_of(picture: Image.Image, *, width_inches: float | None = None) -> Figure:
    """A picture as a drawing in which words are words: what it was drawn from, or its pixels below its words.

    Args:
        picture: as it was drawn.
        width_inches: letters grow and shrink with it; default: 100 pixels an inch.

    Raises:
        SettingError: if it was resized or cropped after its words were written.
    """
    origin = origin_of(picture)
    if origin.size != picture.size:
        raise SettingError(
            f"this picture of {picture.width} x {picture.height} pixels was cut or resized from {origin.size[0]} x "
            f"{origin.size[1]}, and its words are pixels now; save it as it was drawn, or as .png"
        )
    if origin.drawing is not None:
        return origin.drawing
    px_per_inch = picture.width / width_inches if width_inches else PX_PER_INCH
    drawing = Figure(figsize=(picture.width / px_per_inch, picture.height / px_per_inch))
    axes = drawing.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    extent = (0, picture.width, picture.height, 0)
    axes.imshow(_without_words(picture, origin.lines), aspect="auto", extent=extent, interpolation="none")
    for line in origin.lines:
        x, top = line.place
        look: dict[str, Any] = {"color": line.colour, "weight": "bold" if line.bold else "normal", "family": FAMILY}
        look |= {"fontsize": line.face.size * 72 / px_per_inch, "ha": SIDES[line.anchor[0]], "va": "baseline"}
        axes.text(x, top + line.face.getmetrics()[0], line.text, parse_math=False, **look)
    return drawing


def _without_words(picture: Image.Image, lines: Sequence[Line]) -> Image.Image:
    """Each line painted over with its ground, which is of one colour."""
    ground = picture.convert("RGB")
    draw = ImageDraw.Draw(ground)
    for line in lines:
        left, top, right, bottom = draw.textbbox(line.place, line.text, font=line.face, anchor=line.anchor)
        draw.rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=line.ground)
    return ground
