"""The smallest study that runs every stage, on a part of the tiny demo set."""

from pathlib import Path

import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.runs.execution import Execution
from xdc_lab.studies.place import Place


@pytest.fixture(scope="session")
def few(tiny_set, tmp_path_factory) -> Path:
    """Enough clips of every split for a study of seconds."""
    items = read_items(tiny_set).groupby("split", sort=False).head(32).reset_index(drop=True)
    path = tmp_path_factory.mktemp("few") / "few.csv"
    write_items(items, path)
    write_items(items, path.with_name("others.csv"))
    write_items(items.assign(label="", split="").head(20), path.with_name("flat.csv"))
    labelled = items[items["split"].str.startswith("downstream")].reset_index(drop=True)
    first = labelled["split"].str.removeprefix("downstream_")
    second = first.map({"train": "test", "test": "train"})
    write_items(labelled.assign(split_1=first, split_2=second), path.with_name("folds.csv"))
    return path


@pytest.fixture(scope="session")
def place(smallest, tmp_path_factory) -> Place:
    """One folder for all studies: what one has pretrained, the next one finds."""
    return Place(tmp_path_factory.mktemp("study"), "tiny", smallest, Execution(progress=False))
