"""The site's own parts: pages made of code and tables, charts without a network, links; the whole is `make site`."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xdc_lab.evaluation.settings import PAPER as EVALUATION
from xdc_lab.pretraining.settings import PAPER
from xdc_lab.results.recorded import recorded_results
from xdc_lab.results.verdicts.claims import CLAIMS
from xdc_lab.settings import settings_table

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "site"))  # no package: what builds the site is not installed

ELSEWHERE = "https:" + "//cdn.example/x.js"
make: Any = importlib.import_module("make")
pages: Any = importlib.import_module("pages")
links: Any = importlib.import_module("links")
charts: Any = importlib.import_module("charts")


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    """The pages that are made of code and tables."""
    return {name: page() for name, page in pages.PAGES.items()} | dict(pages.api_pages())


def test_every_setting_stands_with_its_source(made):
    plain = made["settings"].replace("\\_", "_")
    rows = [line.removeprefix("| ").split(" | ") for line in plain.splitlines() if line.startswith("| ")]
    for row in (*settings_table(PAPER), *settings_table(EVALUATION)):
        names = (row["name"], row["name"].partition(".")[2])  # full.epochs stands with the finetuning of each data set
        assert any(cells[0] in names and row["source"] in cells for cells in rows), row["name"]


def test_every_command_is_told_with_its_options(made):
    assert all(f"## `xdc-lab {name}`" in made["commands"] for name in ("check", "pretrain", "table", "explore"))
    assert "* `--until-converged`" in made["commands"]


def test_results_say_of_which_code_they_are_and_that_one_seed_has_no_interval(made):
    rows = recorded_results("table1")
    assert set(rows["commit"]) and all(commit in made["results"] for commit in rows["commit"])
    assert all(f"{value:.1f}" in made["results"] for value in rows["value"])
    assert "one seed" in made["results"]
    both = pages.means(pd.concat([rows, rows.assign(seed=1, value=rows["value"] + 1)]))
    assert set(both["seeds"]) == {"2"}
    assert all(" to " in ends for ends in both["95 % interval"])


def test_every_claim_is_asked(made):
    plain = made["claims"].replace("\\", "")
    assert [claim.says for claim in CLAIMS if claim.says not in plain] == []


def test_every_module_is_in_the_api(made):
    modules = (path.relative_to(ROOT).with_suffix("").parts for path in (ROOT / "xdc_lab").rglob("*.py"))
    names = {".".join(parts) for parts in modules if parts[-1] not in ("__init__", "__main__")}
    told = {line.partition(":: ")[2] for text in made.values() for line in text.splitlines() if "automodule" in line}
    assert names - told == set()


def test_every_page_has_its_place_on_the_home_page(made, tmp_path):
    make.copy_sources(tmp_path)
    home = (tmp_path / "index.md").read_text()
    named = set(home.splitlines()) | {"README", "index"}
    there = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*.md")}
    numbered = {name for name in there if name.startswith("docs/decisions/0")}  # by their own index
    assert there - numbered - named == set()
    assert {f"reference/{name}" for name in made if "/" not in name} <= named
    assert len(list(tmp_path.glob("notebooks/*.ipynb"))) == len(list(ROOT.glob("notebooks/*.ipynb")))


def test_charts_are_drawn_by_a_script_beside_the_page(tmp_path):
    source = next(path for path in sorted(ROOT.glob("notebooks/*.ipynb")) if charts.CHART in path.read_text())
    assert charts.copy_notebook(source, tmp_path / source.name) > 1
    cells = json.loads((tmp_path / source.name).read_text())["cells"]
    shown = [output["data"] for cell in cells for output in cell.get("outputs", []) if "data" in output]
    html = "".join(data["text/html"] for data in shown if "Plotly.newPlot" in data.get("text/html", ""))
    assert html.count(f'src="../_static/{charts.SCRIPT}"') == 1  # once a page
    assert "cdn" not in html
    assert not any(charts.CHART in data for data in shown)


def test_a_link_to_a_runs_explorer_leads_to_the_sites(tmp_path):
    linked = ['<a href="../runs/demo/XDC-k32-s0/report/', 'explorer.html"><img></a>']
    cells = [{"outputs": [{"data": {"text/html": linked}}]}, {"cell_type": "markdown"}]
    (tmp_path / "x.ipynb").write_text(json.dumps({"cells": cells}))
    charts.copy_notebook(tmp_path / "x.ipynb", tmp_path / "copy.ipynb")
    copied = json.loads((tmp_path / "copy.ipynb").read_text())["cells"][0]["outputs"][0]["data"]
    assert copied == {"text/html": '<a href="../explorer/index.html"><img></a>'}


def page(folder: Path, name: str, body: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"<html><body>{body}</body></html>")


def test_links_that_lead_somewhere_are_left_alone(tmp_path):
    page(
        tmp_path,
        "index.html",
        '<a id="top" href="a/b.html#c">b</a> <a href="#top">top</a> <a href="https://arxiv.org">x</a>',
    )
    page(tmp_path, "a/b.html", '<h1 id="c"></h1><img src="../i.png"><a href="../">home</a>')
    (tmp_path / "i.png").touch()
    assert links.broken(tmp_path) == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="gone.html">x</a>', "gone.html"),
        ('<a href="#gone">x</a>', "#gone (no such place in it)"),
        ('<img src="gone.png">', "gone.png"),
        (f'<script src="{ELSEWHERE}"></script>', f"{ELSEWHERE} is fetched from elsewhere"),
        ('<link href="//fonts.example/x.css">', "//fonts.example/x.css is fetched from elsewhere"),
    ],
)
def test_links_that_lead_nowhere_are_named(tmp_path, body: str, fault: str):
    page(tmp_path, "index.html", body)
    assert links.broken(tmp_path) == [f"index.html: {fault}"]
