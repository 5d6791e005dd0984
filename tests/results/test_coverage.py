"""The map of the paper points at what is there."""

import importlib
import re
from pathlib import Path

import pytest
import typer

from xdc_lab.cli import app
from xdc_lab.results.coverage import NOTEBOOKS, PARTS, Part, coverage_table
from xdc_lab.results.paper import TABLES

TEXTS = Path(__file__).parents[2] / "notebooks" / "text"


@pytest.mark.parametrize("part", [part for part in PARTS if part.function], ids=lambda part: part.function)
def test_every_function_is_there(part: Part):
    module, name = part.function.rsplit(".", 1)
    assert hasattr(importlib.import_module(f"xdc_lab.{module}"), name)


@pytest.mark.parametrize("command", sorted({part.command for part in PARTS if part.command}))
def test_every_command_is_understood(command: str):
    program, *words = command.split()
    found = typer.main.get_command(app)
    assert program == "xdc-lab"
    while commands := getattr(found, "commands", {}):  # typer's own type has none
        name, *words = words
        found = commands[name]
    assert found.make_context(command, words).params


def test_every_table_and_figure_of_the_paper_has_a_place():
    places = " ".join(part.where for part in PARTS)
    assert {int(number) for number in re.findall(r"Table (\d)", places)} == set(TABLES)
    assert set(re.findall(r"Figure \d", places)) == {"Figure 1", "Figure 2"}


def test_every_notebook_that_is_named_is_one():
    assert {number for part in PARTS for number in part.notebooks} <= set(NOTEBOOKS)
    there = {path.stem for path in TEXTS.glob("[0-9]*.py")}
    assert there <= set(NOTEBOOKS.values())


def test_what_is_missing_is_said():
    table = coverage_table().set_index("paper")
    assert table.loc[table["notebook"] == "not in this version", "what"].tolist() == [
        "G-TAD itself, which reads what is exported"
    ]
    assert table.loc["7, Table 8", "notebook"] == "13"
