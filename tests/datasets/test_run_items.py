"""The items of a run are written once, and whatever changes them is noticed."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets import identity, run_items
from xdc_lab.datasets.check import Check
from xdc_lab.datasets.identity import digest_of_values, identify_items
from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.run_items import items_of_run
from xdc_lab.errors import RunError
from xdc_lab.runs.folder import RunFolder


def made(*paths: str) -> pd.DataFrame:
    return make_items(pd.DataFrame({"path": [f"/films/{path}" for path in paths], "duration_seconds": 1.0}))


@pytest.fixture
def items_by(monkeypatch, tmp_path):
    """The items of a run that is given those of some names, all of which can be used."""

    def taken(run: RunFolder, *paths: str) -> pd.DataFrame:
        monkeypatch.setattr(run_items, "check_items", lambda items, **how: Check(items, made()))
        return items_of_run(run, made(*paths), none="no film can be used")

    return taken


def test_they_are_checked_once(items_by, tmp_path):
    run = RunFolder(tmp_path)
    first = items_by(run, "a.mp4", "b.mp4")
    again = items_by(run, "other.mp4")
    assert first["path"].tolist() == again["path"].tolist() == ["/films/a.mp4", "/films/b.mp4"]


def test_a_table_that_was_cut_off_is_named_and_made_anew(items_by, tmp_path):
    run = RunFolder(tmp_path)
    items_by(run, "a.mp4", "b.mp4")
    whole = run.items.read_bytes()
    run.items.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))  # a table still, of one item
    with pytest.raises(RunError, match=r"items\.csv is not as this run wrote it: cut off.*Remove it"):
        items_by(run, "other.mp4")
    run.items.unlink()
    assert len(items_by(run, "a.mp4", "b.mp4")) == 2
    assert run.items.read_bytes() == whole
    run.items.unlink()
    with pytest.raises(RunError, match="give another folder"):
        items_by(run, "a.mp4")


@pytest.mark.parametrize("change", [{"label": "meow"}, {"split": "test"}, {"path": "c.mp4"}, {"end_seconds": 3.0}])
def test_what_items_are_and_are_called_identifies_them(change):
    items = made("a.mp4", "b.mp4")
    was, now = identify_items(items), identify_items(items.assign(**change))
    assert [name for name in was if was[name] != now[name]] == list(change)
    assert identify_items(items.assign(width_px=np.nan, detail="")) == was, "what probing finds does not"


def test_a_digest_is_the_same_however_many_values_are_taken_at_once(monkeypatch):
    values = pd.Series([f"{row}.mp4" for row in range(7)])
    whole = digest_of_values(values)
    monkeypatch.setattr(identity, "BLOCK_ROWS", 3)
    assert digest_of_values(values) == whole
