"""JavaScript modules and a style sheet in, one script for a page or a widget out (paper 5: its web page)."""

import re
from functools import cache
from pathlib import Path

from xdc_lab.explorers.shorten import shorten
from xdc_lab.explorers.squeeze import squeeze

STATIC = Path(__file__).parent / "static"

# In the order in which they need each other; types.js holds types alone.
CLIP_MODULES = ("dom.js", "data.js", "media.js", "clip.js")
MODULES = (
    *CLIP_MODULES,
    "rail.js",
    "record.js",
    "cluster.js",
    "map.js",
    "maps.js",
    "matrix.js",
    "overview.js",
    "rate.js",
    "app.js",
)
HOSTS = {"page.js": MODULES, "widget.js": MODULES, "player.js": CLIP_MODULES}  # what each stands on
LIMIT_BYTES = 60_000

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|async|let|class)", re.MULTILINE)


@cache
def script(host: str) -> str:
    """The renderer and one host as one script, without imports, types, comments, idle spaces and long names."""
    joined = "".join((STATIC / name).read_text(encoding="utf-8") for name in (*HOSTS[host], host))
    return shorten(squeeze(_EXPORT.sub("", _IMPORT.sub("", joined))), keep=("render", "start")) + "\n"


@cache
def style() -> str:
    """The style sheet."""
    return (STATIC / "explorer.css").read_text(encoding="utf-8")


def page_script() -> str:
    """What the one HTML file runs."""
    return f'"use strict";(()=>{{\n{script("page.js")}start();\n}})();'


def widget_module() -> str:
    """What anywidget loads: an ES module whose default export renders."""
    return f"{script('widget.js')}export default {{ render }};\n"


def player_module() -> str:
    """The same for the player of one clip."""
    return f"{script('player.js')}export default {{ render }};\n"
