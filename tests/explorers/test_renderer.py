"""The JavaScript is linted and typed, and the bundles are made of it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from xdc_lab.explorers.renderer import BUNDLES, LIMIT_BYTES, STATIC, page_script, player_module, style, widget_module

CHECKS = Path(__file__).parent / "javascript"
ROOT = Path(__file__).parents[2]
NODE = shutil.which("node")


def tool(name: str) -> str:
    """A tool that `make bundles` puts into tests/explorers/javascript."""
    path = CHECKS / "node_modules" / ".bin" / name
    if NODE is None or not path.exists():
        pytest.skip(f"{name} is not here: make bundles (it needs npm)")
    return str(path)


def test_linter_finds_nothing():
    command = [tool("eslint"), "-c", str(CHECKS / "eslint.config.js"), str(STATIC)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_hold():
    done = subprocess.run([tool("tsc"), "-p", str(CHECKS)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_bundles_are_made_of_the_sources(tmp_path):
    tool("esbuild")
    command = ["npm", "run", "--silent", "bundle", "--prefix", str(CHECKS)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "OUT": str(tmp_path)})
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text() for path in BUNDLES.iterdir()}
    assert made == committed, "the JavaScript changed: make bundles, and commit them"


def test_nothing_is_fetched_and_no_html_is_made():
    text = page_script() + player_module() + style()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|fetch\(|XMLHttp|WebSocket|sendBeacon|@import|url\(http",
        text,
    )


def test_widget_holds_the_limit_too():
    assert len(widget_module().encode()) <= LIMIT_BYTES
