"""JavaScript modules and a style sheet in, one script for a page or a widget out (paper 5: the interactive clusters)."""

import re
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"

# In the order in which they need each other; types.js holds types alone.
MODULES = (
    "dom.js",
    "data.js",
    "clip.js",
    "rail.js",
    "record.js",
    "cluster.js",
    "map.js",
    "maps.js",
    "matrix.js",
    "overview.js",
    "rate.js",
    "app.js",
    "page.js",
    "widget.js",
)
LIMIT_BYTES = 60_000

_IMPORT = re.compile(r"^import .*?;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const|function|async|let|class)", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
_TYPES = re.compile(r"/\*\*.*?\*/ ?", re.DOTALL)
_INDENT = re.compile(r"^[ \t]+|[ \t]+$|\n(?=\n)", re.MULTILINE)


@cache
def script() -> str:
    """All modules as one: imports, types, comments and indentation go, not a word of the code changes."""
    joined = "".join((STATIC / name).read_text(encoding="utf-8") for name in MODULES)
    bare = _EXPORT.sub("", _IMPORT.sub("", _COMMENT.sub("", joined)))
    return _INDENT.sub("", _TYPES.sub("", bare))


@cache
def style() -> str:
    """The style sheet."""
    return (STATIC / "explorer.css").read_text(encoding="utf-8")


def page_script() -> str:
    """What the one HTML file runs."""
    return f'"use strict";(()=>{{\n{script()}start();\n}})();'


def widget_module() -> str:
    """What anywidget loads: an ES module whose default export renders."""
    return f"{script()}export default {{ render }};\n"
