"""An items table as Parquet is the one as CSV; pyarrow is an extra."""

import sys
from types import ModuleType

import pandas as pd
import pytest

from xdc_lab.datasets.catalogue import describe_data, load_items, loader_of
from xdc_lab.datasets.items import write_items
from xdc_lab.errors import DataError, InstallError

ROWS = pd.DataFrame({"path": ["films/a b.mp4", "/films/c.mp4"], "label": ["dog, barking", None], "factor_hue": [1, 2]})


@pytest.fixture
def table(tmp_path, monkeypatch):
    """Where pyarrow is not installed, pandas' answer stands in for it."""
    path = tmp_path / "lists.of.mine" / "films.PARQUET"
    path.parent.mkdir()
    try:
        ROWS.to_parquet(path, engine="pyarrow")
    except ImportError:
        path.touch()
        monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))
        monkeypatch.setattr(pd, "read_parquet", lambda path, engine: ROWS)
    return path


def test_it_is_what_the_same_csv_is(table):
    items = load_items(table)
    assert items["path"].tolist() == [str(table.parent / "films" / "a b.mp4"), "/films/c.mp4"]
    assert items["label"].tolist() == ["dog, barking", ""]
    write_items(items, table.with_suffix(".csv"))
    pd.testing.assert_frame_equal(items, load_items(table.with_suffix(".csv")))
    assert loader_of(table) == "parquet" and describe_data(table)["name"] == "films"


def test_without_pyarrow_its_extra_is_named(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InstallError, match=r'pip install "xdc-lab\[parquet\]"'):
        load_items(table)


def test_what_is_no_parquet_file(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "films.parquet").write_text("path,label\na.mp4,dog\n")
    with pytest.raises(DataError, match=r"films\.parquet is not a Parquet file"):
        load_items(tmp_path / "films.parquet")


def test_a_table_without_paths(tmp_path, monkeypatch):
    path = tmp_path / "films.parquet"
    path.touch()
    monkeypatch.setitem(sys.modules, "pyarrow", ModuleType("pyarrow"))
    monkeypatch.setattr(pd, "read_parquet", lambda path, engine: ROWS.rename(columns={"path": "file"}))
    with pytest.raises(DataError, match="no column path; it has file"):
        load_items(path)
