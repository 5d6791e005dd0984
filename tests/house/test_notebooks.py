"""Thin notebooks: equal to their texts, run in order, small, without addresses, with outputs that are checked."""

import ast
import importlib.util
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TEXTS = sorted((ROOT / "notebooks" / "text").glob("*.py"))
LARGEST_BYTES = 1_000_000
LONGEST_CELL = 25
LIST_OF_CHECKS = re.compile(r": (True|False)$", re.MULTILINE)  # what tests are for
MACHINE_ADDRESSES = tuple("/" + folder + "/" for folder in ("home", "root", "work", "tmp", "Users")) + (" at 0x",)
# What a reader changes: the first code cell of every notebook, whose comments may say more.
SETTINGS = """
from xdc_lab.workbench import Workbench
scale = "demo"
data = None
device = "auto"
lab = Workbench(scale=scale, data=data, device=device)
lab
"""


OLDER = "**Outputs below**"  # the row of a notebook that says of which older code its outputs are
TABLE_6, ITS_RUN = "table6(xdc)", 'xdc = lab.pretrain("XDC"'


def load(path: Path) -> ModuleType:
    """A file that lies in no package, as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load(ROOT / "notebooks" / "build.py")
CHECKED = build.CHECKED
broken_links = load(Path(__file__).with_name("test_tracked_files.py")).broken_links
INSTALLS = build.read_text(TEXTS[0]).cells[1].source  # where nothing is installed, as on Colab
named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)


def cells_of(notebook: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """Kind, source and tags of each cell."""
    cells = notebook["cells"]
    return [(cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", [])) for cell in cells]


def sources(path: Path, kind: str) -> list[str]:
    """The sources of a notebook's cells of one kind."""
    return [source for its, source, _ in cells_of(json.loads(path.read_text())) if its == kind]


def faults(text: str) -> Iterator[str]:
    """What is wrong with a notebook, given as the text of its file."""
    notebook = json.loads(text)
    metadata = notebook["metadata"]
    cells: list[dict[str, Any]] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if len(text.encode()) >= LARGEST_BYTES:
        yield f"the file has {len(text.encode()):,} bytes; at most {LARGEST_BYTES:,}"
    if metadata.get("kernelspec", {}).get("name") != "python3":
        yield "the kernel is not python3"
    if "widgets" in metadata:
        yield "the state of widgets is saved in it"
    if [cell["execution_count"] for cell in cells] != list(range(1, len(cells) + 1)):
        yield "its cells were not run once each, from the first to the last"
    for number, cell in enumerate(cells, start=1):
        yield from (f"code cell {number} {fault}" for fault in cell_faults(cell))


def cell_faults(cell: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one code cell."""
    lines = "".join(cell["source"]).splitlines()
    if len(lines) > LONGEST_CELL:
        yield f"has {len(lines)} lines; at most {LONGEST_CELL}: longer code lives in the package"
    if any(output["output_type"] == "error" for output in cell["outputs"]):
        yield "ended in an error"
    printed = "".join("".join(output.get("text", "")) for output in cell["outputs"])
    if len(LIST_OF_CHECKS.findall(printed)) > 1:
        yield "prints a list of checks: show a figure, and check in tests"
    if CHECKED not in cell["metadata"].get("tags", []) and build.in_whole_words(printed) != printed:
        yield "prints lines that pages break within a word: build.py wraps them"
    shown = json.dumps([cell["source"], cell["outputs"]])
    yield from (f"shows {address!r}" for address in MACHINE_ADDRESSES if address in shown)


def disagreements(records: dict[str, dict[str, str]]) -> Iterator[str]:
    """Where notebooks were executed from another commit, run or table than others; notebook -> its record."""
    told: dict[str, dict[str, list[str]]] = {}
    for name, record in records.items():
        for what, which in record.items():
            told.setdefault(what, {}).setdefault(which, []).append(name[:2])
    for what, versions in told.items():
        if len(versions) > 1:
            yield f"{what}: " + "; ".join(f"{which} in {', '.join(names)}" for which, names in versions.items())


def table_6(notebook: dict[str, Any]) -> list[str]:
    """The words of Table 6 wherever a notebook shows it of the XDC run that all share."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if not any(ITS_RUN in "".join(cell["source"]) for cell in code):
        return []
    shown = [output for cell in code if TABLE_6 in "".join(cell["source"]) for output in cell["outputs"]]
    pages = ["".join(output["data"]["text/html"]) for output in shown if "text/html" in output.get("data", {})]
    return [" ".join(re.sub("<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL).split()) for page in pages]


@named
def test_notebook_is_thin(path: Path):
    assert list(faults(path.read_text())) == []


def test_every_text_is_a_notebook_and_every_notebook_has_its_text():
    assert [path.stem for path in NOTEBOOKS] == [path.stem for path in TEXTS]


@named
def test_notebook_is_what_its_text_says(path: Path):
    """After a change to the text: python notebooks/build.py NN."""
    text = build.TEXTS / f"{path.stem}.py"
    assert cells_of(json.loads(path.read_text())) == cells_of(build.read_text(text))


@named
def test_first_code_cell_has_the_settings(path: Path):
    first = next(source for source in sources(path, "code") if source != INSTALLS)
    code = [ast.unparse(ast.parse(source)) for source in (first, SETTINGS)]
    own = code[0].replace("\nesc = None", "").replace(", esc=esc", "")  # 09 can be given real sounds, too
    assert own == code[1]


@pytest.mark.parametrize("there", [None, "xdc_lab"])
def test_the_first_notebook_installs_what_is_missing(there, monkeypatch: pytest.MonkeyPatch):
    asked: list[list[str]] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name: there)
    monkeypatch.setattr("subprocess.run", lambda words, check: asked.append(words))
    exec(INSTALLS, {})
    assert [words[1:4] for words in asked] == [["-m", "pip", "install"]] * (there is None)


@named
def test_links_of_a_notebook_lead_somewhere(path: Path):
    assert broken_links("\n".join(sources(path, "markdown")), path.parent) == []


@pytest.mark.parametrize(("path", "following"), list(pairwise(NOTEBOOKS)), ids=lambda path: path.stem[:2])
def test_notebook_links_to_the_next(path: Path, following: Path):
    assert f"({following.name})" in sources(path, "markdown")[-1]


def test_cells_of_a_text_are_read(tmp_path: Path):
    text = tmp_path / "00_x.py"
    text.write_text(f'# %% [markdown]\n# # Title\n\n# %% tags=["{CHECKED}"]\nx = 1\nx\n')
    read = cells_of(build.read_text(text))
    assert read == [("markdown", "# Title", []), ("code", "x = 1\nx", [CHECKED])]


def test_addresses_in_memory_are_not_kept():
    output = {"output_type": "execute_result", "data": {"text/plain": "<Styler at 0x7f12ab>"}}
    cell = build.NotebookNode(cell_type="code", metadata={"execution": {}}, outputs=[output])
    build.tidy(cell)
    assert cell.outputs[0]["data"] == {"text/plain": "<Styler>"}
    assert "execution" not in cell.metadata


def test_long_lines_go_on_below():
    line = " ".join(f"word{number}" for number in range(20))
    output = build.NotebookNode(output_type="stream", name="stdout", text=f"short\n{line}\n")
    for tags in ([], [CHECKED]):
        cell = build.NotebookNode(cell_type="code", metadata={"tags": tags}, outputs=[output.copy()])
        build.tidy(cell)
        lines = cell.outputs[0]["text"].split("\n")
        assert (max(map(len, lines)) <= build.LONGEST_LINE) == (not tags)
        assert " ".join(cell.outputs[0]["text"].split()) == f"short {line}"


def notebook(**changes: Any) -> dict[str, Any]:
    """A notebook of three cells, with some of its first cell changed."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": number,
            "metadata": {"tags": [CHECKED]},
            "source": ["1 + 1"],
            "outputs": [{"output_type": "execute_result", "data": {"text/plain": ["2"]}}],
        }
        for number in (1, 2, 3)
    ]
    cells[0] |= changes
    return {"metadata": {"kernelspec": {"name": "python3"}}, "cells": [{"cell_type": "markdown"}, *cells]}


def test_good_notebook_is_left_alone():
    assert list(faults(json.dumps(notebook()))) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"execution_count": 7}, "not run once each"),
        ({"execution_count": None}, "not run once each"),
        ({"outputs": [{"output_type": "stream", "text": ["equal: True\n", "whole: False\n"]}]}, "a list of checks"),
        ({"source": ["x = 1\n"] * (LONGEST_CELL + 1)}, "26 lines"),
        ({"outputs": [{"output_type": "error"}]}, "ended in an error"),
        ({"outputs": [{"output_type": "stream", "text": ["<Thing at 0x7f>"]}]}, "shows ' at 0x'"),
        ({"source": ["folder = '/" + "home/anna'"]}, "shows '/" + "home/'"),
        ({"source": ["#" * LARGEST_BYTES]}, "bytes"),
        ({"metadata": {}, "outputs": [{"output_type": "stream", "text": ["word " * 30]}]}, "within a word"),
    ],
)
def test_fault_of_a_cell_is_found(changes: dict[str, Any], fault: str):
    found = list(faults(json.dumps(notebook(**changes))))
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [({"kernelspec": {"name": "xdc"}}, "kernel"), ({"kernelspec": {"name": "python3"}, "widgets": {}}, "widgets")],
)
def test_fault_of_the_notebook_is_found(metadata: dict[str, Any], fault: str):
    found = list(faults(json.dumps(notebook() | {"metadata": metadata})))
    assert len(found) == 1
    assert fault in found[0]


def test_disagreement_of_notebooks_is_found():
    same = {"commit": "a1", "runs/demo/XDC-k32-s0": "XDC-1"}
    assert list(disagreements({"00_x": same, "06_x": same | {"table1": "d1"}, "13_x": {"commit": "a1"}})) == []
    other = same | {"runs/demo/XDC-k32-s0": "XDC-2"}
    assert list(disagreements({"00_x": same, "06_x": same, "13_x": other})) == [
        "runs/demo/XDC-k32-s0: XDC-1 in 00, 06; XDC-2 in 13"
    ]


@pytest.mark.parametrize(("run", "rows"), [("lab", ["# concepts 1 bell (0.70)"]), ("own", [])])
def test_table_6_is_read_without_its_looks(run: str, rows: list[str]):
    page = "<style>td { color: red }</style><table><th>#</th><th>concepts</th>\n<td>1</td><td>bell (0.70)</td></table>"
    shown = {"source": ["to_styler(table6(xdc))"], "outputs": [{"output_type": "x", "data": {"text/html": [page]}}]}
    made = {"source": [f'xdc = {run}.pretrain("XDC")'], "outputs": []}
    assert table_6({"cells": [{"cell_type": "code", **cell} for cell in (made, shown)]}) == rows


def test_all_notebooks_are_of_one_commit_and_one_folder_of_runs():
    """After a change of code, or of one run: make notebooks."""
    notebooks = {path.stem: json.loads(path.read_text()) for path in NOTEBOOKS}
    older = {path.stem for path in build.TEXTS.glob("*.py") if OLDER in path.read_text("utf-8")}  # and they say so
    records = {name: book["metadata"].get(build.RECORD, {}) for name, book in notebooks.items() if name not in older}
    assert [name for name, record in records.items() if not record] == []
    assert [name for name, record in records.items() if record["commit"].endswith("+changes")] == []
    assert list(disagreements(records)) == []
    tables = {name: words for name, notebook in notebooks.items() for words in table_6(notebook)}
    assert len(tables) >= 3  # 00, 06 and 13
    assert len(set(tables.values())) == 1, tables
