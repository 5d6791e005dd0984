"""Which side of a picture is up, as its EXIF says."""

from pathlib import Path

from PIL import Image, UnidentifiedImageError

ORIENTATION = 0x0112
_ON, _BACK = slice(None), slice(None, None, -1)
# EXIF's number -> whether rows become columns, and which axes (rows, columns) then run backwards.
TURNS: dict[int, tuple[bool, tuple[slice, slice]]] = {
    1: (False, (_ON, _ON)),
    2: (False, (_ON, _BACK)),
    3: (False, (_BACK, _BACK)),
    4: (False, (_BACK, _ON)),
    5: (True, (_ON, _ON)),
    6: (True, (_ON, _BACK)),
    7: (True, (_BACK, _BACK)),
    8: (True, (_BACK, _ON)),
}


def exif_orientation(path: str | Path) -> tuple[bool, tuple[slice, slice]]:
    """Whether rows are to become columns, and which axes then run backwards; a file that says nothing is upright."""
    try:
        with Image.open(path) as picture:
            return TURNS.get(picture.getexif().get(ORIENTATION, 1), TURNS[1])
    except (UnidentifiedImageError, OSError):  # a film whose frames carry EXIF
        return TURNS[1]
