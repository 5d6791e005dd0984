"""The map of the paper points at what is there."""

import importlib
import re
from pathlib import Path

import pytest
import typer

from xdc_lab.cli import app
from xdc_lab.results.coverage import coverage_table
from xdc_lab.results.paper import TABLES

TEXTS = Path(__file__).parents[2] / "notebooks" / "text"
PARTS = coverage_table()


@pytest.mark.parametrize("function", [name for name in PARTS["function"] if name])
def test_every_function_is_there(function: str):
    module, name = function.rsplit(".", 1)
    assert hasattr(importlib.import_module(f"xdc_lab.{module}"), name)


@pytest.mark.parametrize("command", sorted({command for command in PARTS["command"] if command}))
def test_every_command_is_understood(command: str):
    program, *words = command.split()
    found = typer.main.get_command(app)
    assert program == "xdc-lab"
    while commands := getattr(found, "commands", {}):  # typer's own type has none
        name, *words = words
        found = commands[name]
    assert found.make_context(command, words).params


def test_every_table_and_figure_of_the_paper_has_a_place():
    places = " ".join(PARTS["paper"])
    assert {int(number) for number in re.findall(r"Table (\d)", places)} == set(TABLES)
    assert set(re.findall(r"Figure \d", places)) == {"Figure 1", "Figure 2"}


def test_every_notebook_that_is_named_is_one():
    there = {path.stem[:2] for path in TEXTS.glob("[0-9]*.py")}
    assert set(re.findall(r"\d\d", " ".join(PARTS["notebook"]))) <= there


def test_what_is_missing_is_said():
    table = coverage_table().set_index("paper")
    assert table.loc[table["notebook"] == "not in this version", "what"].tolist() == [
        "G-TAD itself, which reads what is exported"
    ]
    assert table.loc["7, Table 8", "notebook"] == "13"
