"""Several clips side by side: the middle frame of each above its log-mel (paper 4.1)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image, ImageOps

from xdc_lab.analysis.palette import INK, MUTED, PAPER, SHADE
from xdc_lab.analysis.pictures.clip_pictures import log_mel_picture, middle_frame
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import MediaError
from xdc_lab.media.clip_settings import AudioClipSettings

FRAME, LOG_MEL = (216, 162), (216, 72)  # pixels of a tile
GAP, CAPTION = 12, 34


def clip_row(
    clips: pd.DataFrame, *, captions: Sequence[str] | None = None, audio: AudioClipSettings | None = None
) -> Image.Image:
    """Draw what is seen and what is heard of some clips; one that does not decode is grey, with the reason.

    Args:
        clips: rows of a checked items table.
        captions: below each clip; default: its label, or the file's name where it has none.
        audio: what an audio clip and its log-mel are.
    """
    names = captions or [clip["label"] or Path(clip["path"]).name for clip in rows_of(clips)]
    step = FRAME[0] + GAP
    height = GAP + FRAME[1] + 3 + LOG_MEL[1] + CAPTION
    row = Image.new("RGB", (GAP + len(clips) * step, height), PAPER)
    pen = Pen(row)
    for number, (clip, name) in enumerate(zip(rows_of(clips), names, strict=True)):
        x, y = GAP + number * step, GAP
        _place(row, pen, (x, y), FRAME, lambda clip=clip: ImageOps.fit(middle_frame(clip), FRAME))
        y += FRAME[1] + 3
        _place(row, pen, (x, y), LOG_MEL, lambda clip=clip: log_mel_picture(clip, audio=audio).resize(LOG_MEL))
        pen.write((x, y + LOG_MEL[1] + 6), name, size=15, colour=INK, width=FRAME[0])
    return row


def _place(row: Image.Image, pen: Pen, corner: Any, size: Any, picture: Callable[[], Image.Image]) -> None:
    """Paste a picture, or say on grey why there is none."""
    try:
        row.paste(picture(), corner)
    except MediaError as error:
        pen.box(corner, size, SHADE)
        pen.write_inside(corner, size, error.reason, size=14, colour=MUTED)
