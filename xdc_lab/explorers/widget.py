"""The explorer of a run as a notebook widget; what is selected in it comes back as a table (paper 5)."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from PIL import Image

from xdc_lab.analysis.pictures.contact_sheet import draw_sheet
from xdc_lab.analysis.pictures.display import small_png
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.errors import SettingError
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.previews import media_message
from xdc_lab.explorers.renderer import style, widget_module
from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():
    import anywidget
    import traitlets

TWIN_WIDTH_PX = 900
PICTURE = "The clips nearest to the first centroids; opens the explorer"
DECODERS = 2  # threads


class ClusterExplorer(anywidget.AnyWidget):
    """Browse a run's clusters in a notebook; clips are decoded when they are shown.

    The widget's state is one small trait, so that a saved notebook stays small. Where no kernel runs (GitHub,
    nbconvert, an untrusted notebook) its picture is shown instead: the clips nearest to the first centroids.

    A lasso on the maps sets `selection`, and what is set in Python is shown there; so are `selections`, with names.
    `write_items(explorer.selected_as("slideshows"), "slideshows.csv")` writes one for `--without` and `--only`.

    Args:
        run: a run folder, or an opened run.
        page: the explorer as an HTML file, to which that picture links; default: it links to nothing.
        link: the page to open, as in the address of the HTML file: "a/3" is audio cluster 3.
        twin: whether to draw that picture.
        options: further arguments of `build_payload`.
    """

    _esm = widget_module()
    _css = style()
    link = traitlets.Unicode("").tag(sync=True)
    selection = traitlets.List(traitlets.Int())  # items; set it, and the maps show it
    selections = traitlets.Dict(value_trait=traitlets.List(traitlets.Int()), key_trait=traitlets.Unicode())

    def __init__(
        self,
        run: str | Path | Result,
        *,
        page: str | Path | None = None,
        link: str = "",
        twin: bool = True,
        **options: Any,
    ):
        self._told: list[int] | None = None  # the selection as the page told it last
        self._told_named: dict[str, list[int]] | None = None
        super().__init__(link=link)
        self._result = run if isinstance(run, Result) else load_result(run)
        self._payload = build_payload(self._result, **options)
        self._twin = _twin(self._result) if twin else None
        self._page = page
        # Decoding takes a while: done here, it would hold up the selection that comes behind it.
        self._pool = ThreadPoolExecutor(DECODERS, thread_name_prefix="explorer")
        self.on_msg(self._answer)

    @property
    def selected(self) -> pd.DataFrame:
        """The clips that the lasso caught, as rows of the items table with their clusters; the index is the item."""
        return self._rows(self.selection)

    def selected_as(self, name: str) -> pd.DataFrame:
        """The clips of a selection with a name, as `selected` has those of the lasso.

        Raises:
            SettingError: if there is no such selection.
        """
        if name not in self.selections:
            there = ", ".join(self.selections) or "none"
            raise SettingError(f"no selection {name!r}; there are {there}. Name one in the explorer or in `selections`")
        return self._rows(self.selections[name])

    def _rows(self, chosen: list[int]) -> pd.DataFrame:
        items = [item for item in chosen if 0 <= item < len(self._result.items)]
        rows = self._result.items.iloc[items]
        clusters = {
            f"{name}_cluster": self._result.clusters(name).assignment[items] for name in self._result.clusterings
        }
        return rows.assign(**clusters).rename_axis(index="item")

    def _answer(self, _: Any, message: dict[str, Any], __: Any) -> None:
        if message.get("kind") == "payload":
            self.send({"kind": "payload", "payload": self._payload})
            self.send({"kind": "select", "items": self.selection})
            self.send({"kind": "selections", "selections": self.selections, "first": True})
        elif message.get("kind") == "media":
            self._pool.submit(self._send_media, int(message["item"]))
        elif message.get("kind") == "select":
            # A message, because changes of state wait until the kernel is idle.
            self._told = [int(item) for item in message["items"]]
            self.selection = self._told

        elif message.get("kind") == "selections":
            given = {str(name): [int(item) for item in items] for name, items in message["selections"].items()}
            self._told_named = given
            self.selections = given

    @traitlets.observe("selections")
    def _show_selections(self, change: Any) -> None:
        if change["new"] != self._told_named:
            self._told_named = None
            self.send({"kind": "selections", "selections": change["new"]})

    @traitlets.observe("selection")
    def _show_selection(self, change: Any) -> None:
        if change["new"] != self._told:  # what the page said is not said back: it may be further by now
            self._told = None
            self.send({"kind": "select", "items": change["new"]})

    def _send_media(self, item: int) -> None:
        self.send(*media_message(self._result, item))

    def __repr__(self) -> str:
        kinds = " and ".join(f"{part['k']} {part['name']}" for part in self._payload["clusterings"])
        run, clips = self._payload["run"]["id"], self._payload["items"]["count"]
        return f"ClusterExplorer({run}: {clips} clips, {kinds} clusters)"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None or self._twin is None:
            return bundle
        data, about = bundle if isinstance(bundle, tuple) else (bundle, {})
        if self._page is None:
            return {**data, "image/png": self._twin}, about
        return {**data, "text/html": _linked(self._twin, self._page)}, about


def _twin(result: Result) -> bytes:
    """The first clusters of the first clustering as a small PNG."""
    sheet = draw_sheet(result, result.clusterings[0])
    height = round(sheet.height * TWIN_WIDTH_PX / sheet.width)
    return small_png(sheet.resize((TWIN_WIDTH_PX, height), Image.Resampling.LANCZOS))


def _linked(picture: bytes, page: str | Path) -> str:
    """The picture as a link to a file, whose address begins at the notebook's folder."""
    address = quote(Path(os.path.relpath(page)).as_posix())
    source = f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}"
    return f'<a href="{address}" target="_blank"><img src="{source}" alt="{PICTURE}" width="{TWIN_WIDTH_PX}"></a>'
