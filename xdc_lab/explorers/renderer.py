"""The JavaScript that pages and widgets run, bundled, and its style sheet: read here, written in static/ (paper 5)."""

from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
# Made of static/ by esbuild (CONTRIBUTING.md), and committed so that users need no npm.
BUNDLES = Path(__file__).parent / "bundles"
LIMIT_BYTES = 80_000


@cache
def style() -> str:
    """The style sheet."""
    return (STATIC / "explorer.css").read_text(encoding="utf-8")


def page_script(page: str = "page") -> str:
    """What the one HTML file runs: "page" of an explorer, or "compare" of two runs; none of its names is the page's."""
    return f'"use strict";(()=>{{\n{_bundle(page)}}})();'


def widget_module() -> str:
    """What anywidget loads: an ES module whose default export renders."""
    return _bundle("widget")


def player_module() -> str:
    """The same for the player of one clip."""
    return _bundle("player")


@cache
def _bundle(host: str) -> str:
    return (BUNDLES / f"{host}.js").read_text(encoding="utf-8")
