"""A few clips of a run in, small players with picture and sound out, for a notebook (paper 5)."""

import base64
import html
from collections.abc import Iterable, Sequence

from xdc_lab.analysis.result import Result
from xdc_lab.explorers.previews import Preview, make_previews

MIME_TYPES = {"clip": "video/mp4", "sound": "audio/mp4"}
ELEMENTS = {"clip": "video", "sound": "audio"}


class Players:
    """Players side by side; what a notebook shows of them holds the media itself and asks nobody for anything."""

    def __init__(self, players: Sequence[str]):
        self._players = tuple(players)

    def __repr__(self) -> str:
        return f"{len(self._players)} players"

    def _repr_html_(self) -> str:
        style = "display:flex;flex-wrap:wrap;gap:12px"
        return f'<div style="{style}">{"".join(self._players)}</div>'


def players(result: Result, items: Iterable[int], *, captions: Sequence[str] | None = None) -> Players:
    """Players of some clips: picture and sound, or the sound alone where there is no picture, or the reason.

    GitHub and a notebook that is not trusted strip them, so a picture of the clips stands beside them.

    Args:
        result: an opened run.
        items: rows of its items; their previews are made, or read where they are.
        captions: above each; default: its label.
    """
    wanted = [int(item) for item in items]
    previews = make_previews(result, wanted, progress=False)
    names = captions or [result.items["label"].iloc[item] or f"item {item}" for item in wanted]
    return Players([_player(previews[item], str(name)) for item, name in zip(wanted, names, strict=True)])


def _player(preview: Preview, caption: str) -> str:
    kind = next((kind for kind in MIME_TYPES if kind in preview.files), None)
    if kind is None:
        medium = f"<p>{html.escape(preview.reason)}</p>"
    else:
        data = base64.b64encode(preview.files[kind].read_bytes()).decode("ascii")
        source = f"data:{MIME_TYPES[kind]};base64,{data}"
        medium = (
            f'<{ELEMENTS[kind]} controls preload="metadata" width="220" src="{source}"></{ELEMENTS[kind]}>'
        )
    return f'<figure style="margin:0"><figcaption>{html.escape(caption)}</figcaption>{medium}</figure>'
