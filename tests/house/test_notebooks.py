"""Thin notebooks: run in order, small, without addresses or widget state, and with outputs that are checked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 1_000_000
LONGEST_CELL = 25
FEWEST_CHECKED_CELLS = 3
CHECKED = "nbval-check-output"
MACHINE_ADDRESSES = tuple("/" + folder + "/" for folder in ("home", "root", "work", "tmp", "Users")) + (
    " at 0x",
)


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
    checked = sum(CHECKED in cell["metadata"].get("tags", []) for cell in cells)
    if checked < FEWEST_CHECKED_CELLS:
        yield f"{checked} cells are tagged {CHECKED}; at least {FEWEST_CHECKED_CELLS}"
    for number, cell in enumerate(cells, start=1):
        yield from (f"code cell {number} {fault}" for fault in cell_faults(cell))


def cell_faults(cell: dict[str, Any]) -> Iterator[str]:
    """What is wrong with one code cell."""
    lines = "".join(cell["source"]).splitlines()
    if len(lines) > LONGEST_CELL:
        yield f"has {len(lines)} lines; at most {LONGEST_CELL}: longer code lives in the package"
    if any(output["output_type"] == "error" for output in cell["outputs"]):
        yield "ended in an error"
    shown = json.dumps([cell["source"], cell["outputs"]])
    yield from (f"shows {address!r}" for address in MACHINE_ADDRESSES if address in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_thin(path: Path):
    assert list(faults(path.read_text())) == []


def notebook(**changes: Any) -> dict[str, Any]:
    """A notebook of three checked cells, with some of its first cell changed."""
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
        ({"metadata": {}}, "2 cells are tagged"),
        ({"source": ["x = 1\n"] * (LONGEST_CELL + 1)}, "26 lines"),
        ({"outputs": [{"output_type": "error"}]}, "ended in an error"),
        ({"outputs": [{"output_type": "stream", "text": ["<Thing at 0x7f>"]}]}, "shows ' at 0x'"),
        ({"source": ["folder = '/" + "home/anna'"]}, "shows '/" + "home/'"),
        ({"source": ["#" * LARGEST_BYTES]}, "bytes"),
    ],
)
def test_fault_of_a_cell_is_found(changes: dict[str, Any], fault: str):
    found = list(faults(json.dumps(notebook(**changes))))
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("metadata", "fault"),
    [
        ({"kernelspec": {"name": "xdc"}}, "kernel"),
        ({"kernelspec": {"name": "python3"}, "widgets": {}}, "widgets"),
    ],
)
def test_fault_of_the_notebook_is_found(metadata: dict[str, Any], fault: str):
    found = list(faults(json.dumps(notebook() | {"metadata": metadata})))
    assert len(found) == 1
    assert fault in found[0]
