"""The items table: read as anybody writes it, written so that it can move with its folder."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        (b"", "is empty; its first line names the columns: path"),
        (b"path,path\na.mp4,b.mp4\n", "column 'path' twice"),
        (b"path;label\na.mp4;dog\n", "separated by ';'"),
        (b"path,label\na.mp4,dog, barking\n", "line 2 has 3 cells"),
    ],
)
def test_tables_that_are_none(tmp_path, content, message):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_items(tmp_path / "t.csv")


def read_text(folder, text: str) -> pd.DataFrame:
    (folder / "t.csv").write_text(text)
    return read_items(folder / "t.csv")


def test_a_table_from_windows_is_read_anywhere(tmp_path):
    """A backslash between folders; where it is a letter of a file's name, or no file is there, it stays one."""
    for name in ("clips/a b.mp4", "odd\\name.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "t.csv").write_bytes(b"path,label\r\nclips\\a b.mp4,x\r\nodd\\name.mp4,y\r\ngone\\c.mp4,y\r\n")
    there = read_items(tmp_path / "t.csv")["path"].tolist()
    assert there == [str(tmp_path / name) for name in ("clips/a b.mp4", "odd\\name.mp4", "gone\\c.mp4")]


def test_on_windows_paths_of_items_have_slashes(monkeypatch):
    monkeypatch.setattr("xdc_lab.datasets.items.os.sep", "\\")
    made = make_items(pd.DataFrame({"path": ["C:\\films\\a.mp4"], "label": ["AC\\DC"]}))
    assert made[["path", "label"]].to_numpy().tolist() == [["C:/films/a.mp4", "AC\\DC"]]


def test_a_comma_at_the_end_of_a_line_shifts_nothing(tmp_path):
    items = read_text(tmp_path, "path,label,split\na.mp4,dog,train,\nb.mp4,bell,test,\n")
    assert [Path(path).name for path in items["path"]] == ["a.mp4", "b.mp4"]
    assert items["label"].tolist() == ["dog", "bell"]
    assert items["split"].tolist() == ["train", "test"]


def test_blanks_and_capitals_make_no_class_and_no_split_of_their_own(tmp_path):
    text = "path,label,split,split_1\na.mp4, dog,Train,TEST \nb.mp4,dog ,train ,Train\nc.mp4,Dog,Validation,\n"
    items = read_text(tmp_path, text)
    assert items["label"].tolist() == ["dog", "dog", "Dog"]
    assert items["split"].tolist() == ["train", "train", "val"]
    assert items["split_1"].tolist() == ["test", "train", ""]


def test_further_columns_are_numbers_only_where_nothing_is_lost(tmp_path):
    text = "path,size,take,big,video,sure\na,1,001,12345678901234567890,7,True\nb,2.50,002,1,8,False\nc,,,,,True\n"
    items = read_text(tmp_path, text)
    assert items["size"].tolist()[:2] == [1.0, 2.5]
    assert np.isnan(items["size"][2])
    assert items["take"].tolist() == ["001", "002", ""]
    assert items["big"].tolist()[0] == "12345678901234567890"
    assert items["video"].tolist() == ["7", "8", ""]
    assert items["sure"].tolist() == [True, False, True]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.sampled_from(
    ["NA", "None", "001", "-a", "--", "=1+1", "", 'a"b', '"', "a\nb", "a\rb", "a\r\nb", ",", "1e3", "nan", " a"]
)
NAMES = TEXTS.filter(lambda name: "/" not in name and name.strip() and name not in (".", ".."))


@given(st.lists(st.tuples(NAMES, TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_every_text_comes_back(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("texts")
    table = pd.DataFrame(rows, columns=["path", "label", "split", "detail"])
    items = make_items(table.assign(path=[str(folder / "films" / name) for name in table["path"]]))
    write_items(items, folder / "items.csv")
    pd.testing.assert_frame_equal(read_items(folder / "items.csv"), items)
    assert items["detail"].tolist() == table["detail"].tolist()


def test_a_name_that_is_no_utf_8_is_refused(tmp_path):
    rows = pd.DataFrame({"path": pd.Series([str(tmp_path / "caf\udce9.mp4")], dtype=object)})
    with pytest.raises(DataError, match=r"caf\\udce9\.mp4.* cannot be written in UTF-8; rename"):
        write_items(make_items(rows), tmp_path / "items.csv")


def test_missing_table(tmp_path):
    with pytest.raises(DataError, match="no items table"):
        read_items(tmp_path / "none.csv")
