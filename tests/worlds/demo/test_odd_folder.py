"""A folder as people have them: what is whole is usable, what is broken is found, each by its own problem."""

from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.folder import load_folder
from xdc_lab.worlds.demo.odd_folder import BROKEN, SHAPES, write_odd_folder


@pytest.fixture(scope="module")
def clips(tiny_set) -> pd.DataFrame:
    items = pd.read_csv(tiny_set).head(6)
    return items.assign(path=[str(tiny_set.parent / name) for name in items["path"]])


@pytest.fixture(scope="module")
def folder(clips, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("odd")
    assert write_odd_folder(folder, clips) == BROKEN
    return folder


def test_every_problem_is_found(folder, clips):
    check = check_items(load_folder(folder), progress=False)
    found = {Path(path).name: problem for path, problem in check.rejected[["path", "problem"]].to_numpy()}
    assert found == BROKEN
    assert len(check.usable) == len(clips)
    assert sorted(check.usable["label"]) == sorted(clips["label"])
    assert set(check.usable["sample_rate_hz"]) == {float(rate) for _, _, rate in SHAPES}


def test_files_that_are_there_stay(folder, clips):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    write_odd_folder(folder, clips)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")} == before
