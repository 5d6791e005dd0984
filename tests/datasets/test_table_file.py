"""A .csv as people and spreadsheets make it: right columns, or an error that names the line."""

import pandas as pd
import pytest

from xdc_lab.datasets.table_file import read_csv, write_csv
from xdc_lab.errors import DataError


def read(folder, content: str | bytes) -> pd.DataFrame:
    (folder / "t.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(folder / "t.csv", what="table", columns=["a", "b"])


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,x y\n",
        "a,b\n1,x y",
        "a,b\n1,x y,\n",
        "a,b,\n1,x y,\n",
        "a,b\n1,x y,,,\n,,,,\n\n",
        "\n,\n a , b\n1,x y\n",
        "\ufeffa,b\r\n1,x y\r\n",
        "a,b\r1,x y\r",
        ',a,b\n0,1,"x y"\n',
        '"a","b"\n"1","x y"\n',
    ],
)
def test_one_table_written_in_many_ways(tmp_path, content):
    assert read(tmp_path, content).to_dict("list") == {"a": ["1"], "b": ["x y"]}


def test_a_header_alone_is_a_table_of_nothing(tmp_path):
    assert read(tmp_path, "a,b\n").to_dict("list") == {"a": [], "b": []}


def test_cells_that_a_line_lacks_are_empty(tmp_path):
    assert read(tmp_path, "a,b\n1\n2,x\n").to_dict("list") == {"a": ["1", "2"], "b": ["", "x"]}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; its first line names the columns: a, b"),
        ("\n,,\n", "is empty"),
        ("a\n1\n", "has no column b; it has a"),
        ("a;b\n1;2\n", "no column a, b; .*separated by ';'; save it as CSV"),
        ("a\tb\n1\t2\n", r"separated by '\\t'"),
        ("a,b,a\n1,2,3\n", "column 'a' twice"),
        ("a,b, ,d\n1,2,3,4\n", "no name for column 3"),
        ("a,b\n1,2\n3,4,5\n", "line 3 has 3 cells, and the first line names 2"),
        ('a,b\n"1\n2",3\n4,5,6\n', "line 4 has 3 cells"),
        ('a,b\n1,2\n3,"4\n', "line 3: unexpected end of data"),
        ('a,b\n1,"6" pipe"\n', "line 2: .*doubled"),
        ("a,b\n1,caf\u00e9\n".encode("latin-1"), "not in UTF-8: line 2 has the byte 0xe9; save it as CSV in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "is in UTF-16; save it"),
        (b"a,b\n1,2\n\0\0\0\0", "NUL byte in line 3"),
        ("a,b\n1,2\n".encode("utf-16-le"), "NUL byte in line 1"),
    ],
)
def test_what_is_no_table_is_said_with_its_line(tmp_path, content, message):
    with pytest.raises(DataError, match=message):
        read(tmp_path, content)


def test_a_list_without_a_first_line(tmp_path):
    """As AudioSet has them: comments, a blank after each comma, labels in quotes."""
    (tmp_path / "t.csv").write_text('\ufeff# a, "b\n#x\n-0RW, 1.0, "/m/0, /t/1"\n\n#1,2,3\n_z , 2 , 3,\n')
    rows = read_csv(tmp_path / "t.csv", what="list", names=["id", "start", "codes"], stripped=True)
    assert rows.to_numpy().tolist() == [["-0RW", "1.0", "/m/0, /t/1"], ["_z", "2", "3"]]
    with pytest.raises(DataError, match="line 3 has 3 cells, and it should have 2: id, start"):
        read_csv(tmp_path / "t.csv", what="list", names=["id", "start"], stripped=True)


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path, what="table")


def test_missing_values_are_empty_and_numbers_keep_every_digit(tmp_path):
    write_csv(pd.DataFrame({"a": [0.1 + 0.2, None], "b": ['6" pipe', None], "c": [1, 2]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == 'a,b,c\n0.30000000000000004,"6"" pipe",1\n,,2\n'


def test_a_nul_is_refused(tmp_path):
    with pytest.raises(DataError, match="line 3 would have a NUL"):
        write_csv(pd.DataFrame({"a": ["x", "y\0"]}), tmp_path / "t.csv")
    assert not list(tmp_path.iterdir())
