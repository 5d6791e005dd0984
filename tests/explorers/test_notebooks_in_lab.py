"""Notebooks as people use them: opened in JupyterLab, run from top to bottom, widgets used, the kernel asked."""

import contextlib
import json
import re
from pathlib import Path

import jupytext
import pytest
from lab_page import open_notebook_page

TEXTS = Path(__file__).parents[2] / "notebooks" / "text"
ASK = 'print("selected", len(explorer.selected), "of", len(xdc.items))'
PATIENCE_MS = 240_000  # for all cells of a notebook, on a busy machine


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """The notebooks share a run, as they do on anybody's machine."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def open_notebook(chromium, jupyter_lab, tiny_set, runs, tmp_path, monkeypatch):
    """Open the code cells of a notebook, and some more, in a JupyterLab at scale tiny; gives its page."""
    monkeypatch.setenv("XDC_LAB_SCALE", "tiny")
    monkeypatch.setenv("XDC_LAB_RUNS", str(runs))
    monkeypatch.setenv("XDC_LAB_DATA", str(tiny_set.parent.parent))
    monkeypatch.delenv("XDC_LAB_VIDEOS", raising=False)
    # Cells far from the window stay in the page, so that their outputs can be waited for.
    settings = tmp_path / "config" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(json.dumps({"windowingMode": "none"}))
    with contextlib.ExitStack() as opened:

        def open_one(name: str, *more: str):
            cells = jupytext.read(TEXTS / f"{name}.py").cells
            sources = [*(cell.source for cell in cells if cell.cell_type == "code"), *more]
            address = opened.enter_context(jupyter_lab(sources))
            page = open_notebook_page(chromium, address, width=1500, height=1000)
            opened.callback(page.close)
            return page

        yield open_one


def run_all(page) -> None:
    """Run every cell and wait until the last one has run; none may have failed."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    wait_for_number(page, page.locator(".jp-CodeCell").count())


def wait_for_number(page, number: int) -> None:
    """Wait until the cell that is run as number `number` has run, or one has failed."""
    done = page.locator(".jp-InputPrompt", has_text=re.compile(rf"^\[{number}\]:$"))
    failed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']", has_text="Error")
    done.or_(failed.first).first.wait_for(timeout=PATIENCE_MS)
    errors = page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
    assert errors == []


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_00_is_run_and_its_explorer_is_live(open_notebook):
    page = open_notebook("00_start_here")
    run_all(page)
    page.locator(".xdc .rail.audio .rows a").first.click()
    page.locator(".xdc .player:not(.still) .film").first.click()
    page.wait_for_function("document.querySelector('.xdc video').currentTime > 0")


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_07_is_run_and_a_selection_goes_both_ways(open_notebook):
    page = open_notebook("07_explore_the_clusters", ASK)
    cells = page.locator(".jp-CodeCell")
    run_all(page)
    shown = page.locator(".xdc .below h2")  # the notebook went to the maps and selected some clips
    by_python = int(shown.inner_text().split()[0])
    assert by_python > 0
    page.get_by_text(f"selected {by_python} of 64").wait_for()

    page.locator(".xdc .map canvas[tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    by_hand = int(shown.inner_text().split()[0])
    number = cells.count()
    cells.last.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+Enter")
    wait_for_number(page, number + 1)
    assert cells.last.locator(".jp-OutputArea-output").inner_text().strip() == f"selected {by_hand} of 64"

    cells.last.locator(".jp-InputArea-editor").click()
    page.keyboard.press("Control+a")
    page.keyboard.type('explorer.link = "a/1"')
    page.keyboard.press("Control+Enter")
    page.locator(".xdc .eyebrow", has_text="Audio cluster #1").wait_for()
