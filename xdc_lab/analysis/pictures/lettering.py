"""Words on pictures: measured and cut to their space, in a typeface that is always there."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from xdc_lab.analysis.palette import FAINT, INK
from xdc_lab.analysis.pictures.origin import Line, origin_of

FACES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}  # matplotlib brings them
LONGEST = 300  # letters that are measured at all: a label may have ten thousand


class Pen:
    """Writes on one picture, which remembers the words."""

    def __init__(self, picture: Image.Image):
        self._picture, self._draw = picture, ImageDraw.Draw(picture)

    def write(
        self,
        corner: tuple[int, int],
        text: str,
        *,
        size: int,
        bold: bool = False,
        colour: str = INK,
        width: int | None = None,
        anchor: str = "left",
    ) -> int:
        """Write one line, cut to `width` with an ellipsis; say where it ends."""
        face = typeface(size, bold=bold)
        text = fitted(text, face, width)
        self._put(Line(corner, text, face, bold, colour, "ra" if anchor == "right" else "la", self._ground(corner)))
        return corner[0] + round(face.getlength(text))

    def write_inside(self, corner: tuple[int, int], box: tuple[int, int], text: str, *, size: int, colour: str) -> None:
        """Write a few centred lines inside a box; what does not fit is cut with an ellipsis."""
        face, step = typeface(size), round(size * 1.35)
        lines = wrapped(text, face, box[0] - 2 * size, max(1, (box[1] - size) // step))
        y = corner[1] + (box[1] - step * len(lines)) // 2 + (step - size) // 2
        for number, line in enumerate(lines):
            where = (corner[0] + box[0] // 2, y + number * step)
            self._put(Line(where, line, face, False, colour, "ma", self._ground(where)))

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Rule a thin line."""
        self._draw.line([start, end], fill=FAINT, width=2)

    def box(self, corner: tuple[int, int], size: tuple[int, int], colour: str) -> None:
        """Fill a box."""
        x, y = corner
        self._draw.rectangle([x, y, x + size[0] - 1, y + size[1] - 1], fill=colour)

    def _put(self, line: Line) -> None:
        self._draw.text(line.place, line.text, font=line.face, fill=line.colour, anchor=line.anchor)
        origin_of(self._picture).lines.append(line)

    def _ground(self, place: tuple[int, int]) -> Any:
        return self._picture.getpixel((min(place[0], self._picture.width - 1), min(place[1], self._picture.height - 1)))


@lru_cache(maxsize=32)
def typeface(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans at a size in pixels."""
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / FACES[bold], size)


def fitted(text: str, face: ImageFont.FreeTypeFont, width: int | None) -> str:
    """One line, no wider than `width`, with an ellipsis where it was cut."""
    text = " ".join(text[:LONGEST].split())
    if width is None or face.getlength(text) <= width:
        return text
    kept = next((n for n in range(len(text), 0, -1) if face.getlength(text[:n].rstrip() + "…") <= width), 0)
    return text[:kept].rstrip() + "…"


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int, most: int) -> list[str]:
    """Break a text into at most `most` lines between words."""
    lines: list[str] = []
    for word in text[:LONGEST].split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and face.getlength(joined) <= width:
            lines[-1] = joined
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = fitted(f"{lines[-1]} {word} …", face, width)
            break
    return [fitted(line, face, width) for line in lines]
