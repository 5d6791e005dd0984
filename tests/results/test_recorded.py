"""What is recorded with the project: whole, the demo set's, and never in the way of what was measured here."""

import pandas as pd
import pytest

from xdc_lab.errors import DataError
from xdc_lab.evaluation.protocols import EVALUATION_VERSION
from xdc_lab.results.recorded import beside_recorded, recorded_results, recorded_worlds
from xdc_lab.results.shipped import shipped_folder
from xdc_lab.results.summary import CELL, measured
from xdc_lab.studies.tables import TABLES
from xdc_lab.workbench import Workbench

RECORDS = sorted(shipped_folder("measured").glob("*/*.csv"))


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_every_record_is_whole(path):
    rows = recorded_results(path.stem, world=path.parent.name)
    assert set(rows["recipe"]) == {path.stem}
    assert not rows.duplicated([*CELL, "seed", "score"]).any(), "a cell and seed was measured once"
    assert not rows["run"].duplicated().any()
    assert rows["value"].between(0, 100).all()
    for name in ("run", "method", "commit", "device", "created"):
        assert rows[name].notna().all(), name
    for method, mine in rows.groupby("method"):
        cells = mine.groupby("seed").size()
        assert cells.nunique() == 1, f"every seed of {method} with as many cells"


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: f"{path.parent.name} {path.stem}")
def test_every_record_is_of_todays_evaluation(path):
    """A raised version takes the older rows from data/measured, or they are measured anew."""
    rows = recorded_results(path.stem, world=path.parent.name)
    assert set(rows["evaluation"]) == {EVALUATION_VERSION}


def test_table_1_has_its_own_rows_each_with_its_baseline():
    rows = recorded_results("table1")
    assert set(rows["method"]) <= set(TABLES["table1"].rows)
    assert "Scratch" in set(rows["method"])
    seeds = {method: set(mine["seed"]) for method, mine in rows.groupby("method")}
    assert all(mine <= seeds["Scratch"] for mine in seeds.values()), "methods are compared seed by seed"


def test_ones_own_rows_come_first_and_stay(tmp_path, monkeypatch):
    monkeypatch.delenv("XDC_LAB_SCALE", raising=False)
    recorded = recorded_results("table1")
    lab = Workbench(scale="demo", runs=tmp_path)
    assert measured(lab.measured(1)).startswith(f"{len(recorded)} cells ({len(recorded)} recorded with the project)")
    own = recorded.head(2).assign(value=1.0, run=["mine", "mine too"])
    path = lab.place().results("table1")
    path.parent.mkdir(parents=True)
    own.to_csv(path, index=False)
    both = lab.measured(1)
    assert len(both) == len(recorded)
    assert both["value"].tolist()[:2] == [1.0, 1.0]
    assert both["measured"].tolist()[:3] == ["here", "here", "recorded"]
    assert "(2 measured here," in measured(both)


def test_another_k_is_another_cell():
    own = recorded_results("table1").query("method == 'XDC'")
    both = beside_recorded(own.assign(k=64), own)
    assert len(both) == 2 * len(own)


def test_what_is_not_recorded_says_what_is():
    with pytest.raises(DataError, match=r"no table9 is recorded; recorded are: .*table1 \(demo\)"):
        recorded_worlds("table9")
    assert isinstance(recorded_results("table9"), pd.DataFrame)
