"""The items table: read as anybody writes it, written so that it can move with its folder."""

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets.items import COLUMNS, make_items, read_items, write_items
from xdc_lab.errors import DataError


def test_what_is_written_reads_back(tmp_path):
    items = make_items(
        pd.DataFrame(
            {
                "path": [str(tmp_path / "set" / name) for name in ("a b.mp4", 'é,"q".mp4', "-c!.mp4")],
                "label": ["dog, barking", "", "None"],
                "split": ["train", "test", "NA"],
                "start_seconds": [np.nan, 0.1 + 0.2, 3.0],
                "end_seconds": [np.nan, 7.0, np.nan],
                "duration_seconds": [2.5, 10.0, 1 / 3],
                "factor_hue": [0.1, 0.2, 0.3],
                "factor_place": ["left", "right", "left"],
            }
        )
    )
    write_items(items, tmp_path / "set" / "items.csv")
    pd.testing.assert_frame_equal(read_items(tmp_path / "set" / "items.csv"), items)
    assert not list(tmp_path.glob("set/.*")), "nothing half-written stays"


def test_some_rows_of_a_table_are_written_with_their_own_paths(tmp_path):
    items = make_items(pd.DataFrame({"path": [str(tmp_path / f"{name}.mp4") for name in "abcd"]}))
    write_items(items[[False, True, False, True]], tmp_path / "some.csv")
    assert read_items(tmp_path / "some.csv")["path"].tolist() == items["path"].tolist()[1::2]


def test_the_table_moves_with_its_folder(tmp_path):
    write_items(make_items(pd.DataFrame({"path": [str(tmp_path / "old" / "a.mp4")]})), tmp_path / "old" / "items.csv")
    (tmp_path / "old").rename(tmp_path / "new")
    assert read_items(tmp_path / "new" / "items.csv")["path"].tolist() == [str(tmp_path / "new" / "a.mp4")]


def test_a_table_of_nothing(tmp_path):
    empty = make_items(pd.DataFrame({"path": []}))
    write_items(empty, tmp_path / "rejected.csv")
    assert list(read_items(tmp_path / "rejected.csv").columns) == list(COLUMNS)
    assert len(read_items(tmp_path / "rejected.csv")) == 0


def test_tables_as_spreadsheets_write_them(tmp_path):
    """A byte order mark, line ends of Windows, spaces around names, labels that look like numbers or nothing."""
    text = '\ufeffpath , label,split\r\n"my films/a, b.mp4",None,train\r\nb.mp4,007,\r\n/elsewhere/c.mp4,,test\r\n'
    (tmp_path / "t.csv").write_bytes(text.encode())
    items = read_items(tmp_path / "t.csv")
    expected = [str(tmp_path / "my films" / "a, b.mp4"), str(tmp_path / "b.mp4"), "/elsewhere/c.mp4"]
    assert items["path"].tolist() == expected
    assert items["label"].tolist() == ["None", "007", ""]
    assert items["split"].tolist() == ["train", "", "test"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"file,label\na.mp4,x\n", "no column path"),
        (b"path,start_seconds\na.mp4,early\n", "'early' is not a number"),
        (b"path,start_seconds,end_seconds\na.mp4,5,3\n", "no part of a file"),
        (b"path,start_seconds\na.mp4,-1\n", "no part of a file"),
        (b"path,label\n,dog\n", "empty path"),
        (b"", "is not a CSV"),
        (b"path\n\xff\xfe\x00a.mp4\n", "is not a CSV file in UTF-8"),
    ],
)
def test_tables_that_are_none(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_items(tmp_path / "t.csv")


def test_missing_table(tmp_path):
    with pytest.raises(DataError, match="no items table"):
        read_items(tmp_path / "none.csv")
