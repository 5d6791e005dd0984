"""The widget in JupyterLab: it shows, plays, gives its selection back; without a kernel there is a picture."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from lab_page import open_notebook_page, run_first_cell
from synthetic_run import flat_maps

from xdc_lab.datasets.items import write_items
from xdc_lab.datasets.selection import selected
from xdc_lab.errors import SettingError
from xdc_lab.explorers.widget import ClusterExplorer

CELLS = """
import sys; sys.path.insert(0, {here!r})
from synthetic_run import flat_maps
from pathlib import Path
from xdc_lab.explorers.widget import ClusterExplorer
explorer = ClusterExplorer({run!r}, maps=flat_maps(Path({run!r})))
explorer
"""
ASK = """
kept = sorted({"audio_cluster", "video_cluster"} & set(explorer.selected.columns))
print("selected", len(explorer.selected), kept)
"""


@pytest.fixture
def explorer(result, run):
    return ClusterExplorer(result, maps=flat_maps(run))


def test_selection_is_rows_of_the_items(explorer, result):
    explorer._answer(explorer, {"kind": "select", "items": [3, 17]}, [])
    selected = explorer.selected
    assert list(selected.index) == [3, 17]
    assert list(selected["label"]) == [result.items["label"][item] for item in (3, 17)]
    assert list(selected["video_cluster"]) == list(result.clusters("video").assignment[[3, 17]])
    explorer.selection = [3, 4000, -1]  # a page may say anything
    assert list(explorer.selected.index) == [3]


def test_what_python_selects_is_shown_and_what_the_page_said_is_not_said_back(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append(content))
    explorer._answer(explorer, {"kind": "select", "items": [3, 17]}, [])
    assert sent == []
    explorer.selection = [5]
    explorer._answer(explorer, {"kind": "select", "items": []}, [])
    explorer.selection = [5]
    explorer.selection = []
    assert [content["items"] for content in sent] == [[5], [5], []]
    explorer.selection = [8]
    sent.clear()
    explorer._answer(explorer, {"kind": "payload"}, [])  # a page that opens later is told too
    assert sent[1:] == [{"kind": "select", "items": [8]}, {"kind": "selections", "selections": {}, "first": True}]


def test_named_selections_go_both_ways_and_are_rows_to_write(explorer, result, monkeypatch, tmp_path):
    sent = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append(content))
    explorer._answer(explorer, {"kind": "selections", "selections": {"odd": [3, 17]}}, [])
    assert sent == [] and explorer.selections == {"odd": [3, 17]}
    write_items(explorer.selected_as("odd"), tmp_path / "odd.csv")
    assert selected(result.items, tmp_path / "odd.csv").nonzero()[0].tolist() == [3, 17]
    explorer.selections = {**explorer.selections, "even": [2]}
    assert sent == [{"kind": "selections", "selections": {"odd": [3, 17], "even": [2]}}]
    with pytest.raises(SettingError, match="there are odd, even"):
        explorer.selected_as("old")


def test_state_is_small_and_its_words_are_stable(explorer):
    state = {name: value for name, value in explorer.get_state().items() if not name.startswith("_")}
    assert "link" in state
    assert len(json.dumps({name: str(value) for name, value in state.items()})) < 2_000
    assert repr(explorer) == "ClusterExplorer(synthetic-XDC-s0: 40 clips, 6 audio and 5 video clusters)"


def test_picture_stands_beside_the_widget(explorer, result, run):
    data, _ = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith(b"\x89PNG")
    assert len(data["image/png"]) < 400_000
    bare = ClusterExplorer(result, maps=flat_maps(run), twin=False)
    assert "image/png" not in bare._repr_mimebundle_()[0]


def test_messages_are_answered(explorer, monkeypatch):
    sent = []
    monkeypatch.setattr(explorer, "send", lambda content, buffers=None: sent.append((content, buffers)))
    for message in (
        {"kind": "payload"},
        {"kind": "media", "item": 0},
        {"kind": "media", "item": 30},
        {"kind": "media", "item": 10**6},
    ):
        explorer._answer(explorer, message, [])
    explorer._pool.shutdown(wait=True)
    payload = sent.pop(0)
    assert [content["kind"] for content, _ in sent[:2]] == ["select", "selections"]
    del sent[:2]
    clip, gone, nobody = sorted(sent, key=lambda pair: pair[0]["item"])
    assert payload[0]["payload"]["items"]["count"] == 40
    assert clip[0]["parts"] == ["strip", "clip", "mel"] and len(clip[1]) == 3
    assert gone[0]["parts"] == [] and "No such file" in gone[0]["about"]["note"]
    assert nobody[0]["parts"] == [] and nobody[0]["about"]["note"]


@pytest.fixture
def lab(jupyter_lab, run) -> Iterator[str]:
    """A JupyterLab with one notebook; its address."""
    with jupyter_lab([CELLS.format(here=str(Path(__file__).parent), run=str(run)), ASK]) as address:
        yield address


@pytest.mark.browser
def test_widget_in_jupyterlab(chromium, lab):
    page = open_notebook_page(chromium, lab, width=1500, height=1000)
    run_first_cell(page)
    page.wait_for_selector(".xdc main h1")
    assert "40 clips sorted" in page.locator(".xdc .lede").inner_text()
    before = page.locator(".jp-Cell").count()
    page.locator(".xdc .rail.audio .rows a").first.focus()
    page.keyboard.press("a")  # would insert a cell
    page.keyboard.press("Enter")
    page.wait_for_selector(".xdc .frames[style]")  # media come by message
    assert page.locator(".jp-Cell").count() == before
    page.locator(".xdc .player:not(.still) .film").first.click()
    page.wait_for_selector(".xdc video")
    page.locator(".xdc header a[href='#maps']").click()
    page.locator(".xdc .map canvas[tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    chosen = int(page.locator(".xdc .below h2").inner_text().split()[0])
    assert chosen > 0
    page.locator(".jp-Cell").nth(1).locator(".jp-InputArea-editor").click()
    page.keyboard.press("Shift+Enter")
    output = page.locator(".jp-OutputArea-output pre", has_text=re.compile(r"^selected \d")).first
    output.wait_for()
    assert output.inner_text().strip() == f"selected {chosen} ['audio_cluster', 'video_cluster']"
    page.close()


def test_the_picture_links_to_the_page_that_is_given(run, result, tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    page = tmp_path / "my runs" / "explorer.html"
    data, _ = ClusterExplorer(result, maps=flat_maps(run), page=page)._repr_mimebundle_()
    assert data["text/html"].startswith('<a href="../my%20runs/explorer.html" target="_blank"><img src="data:image/png')
    assert "application/vnd.jupyter.widget-view+json" in data and "image/png" not in data


def test_notebook_shows_the_picture_without_a_kernel(explorer):
    """What nbconvert makes of the saved output, which has no widget state."""
    import base64

    from nbconvert import HTMLExporter

    data, metadata = explorer._repr_mimebundle_()
    data = {**data, "image/png": base64.b64encode(data["image/png"]).decode()}
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("explorer", outputs=[output])])
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert data["image/png"] in page.replace("\n", "")
