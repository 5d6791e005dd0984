import pandas as pd
import pytest

from xdc_lab.datasets.items import make_items, write_items
from xdc_lab.datasets.selection import Curation, selected
from xdc_lab.errors import DataError

PATHS = ("/videos/a/one.mp4", "/videos/a/one.mp4", "/videos/b/one.mp4", "/videos/b/two, three.mp4")


@pytest.fixture
def items():
    return make_items(pd.DataFrame({"path": PATHS, "start_seconds": [0.0, 10.0, float("nan"), float("nan")]}))


@pytest.fixture
def selection(tmp_path):
    def write(text: str):
        path = tmp_path / "odd.csv"
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("path\na/one.mp4\n", [0, 1]),
        ("path,start_seconds\na/one.mp4,10.0\n", [1]),
        ("path,start_seconds\nb/one.mp4,\n", [2]),
        ('path,selection\n"two, three.mp4",odd\nb/one.mp4,odd\nb/one.mp4,odd\n', [2, 3]),
        ("path\n/videos/b/one.mp4\n", [2]),
        ("path\nb\\one.mp4\n", [2]),
    ],
)
def test_a_selection_names_clips_by_the_end_of_their_path(items, selection, text, rows):
    assert selected(items, selection(text)).nonzero()[0].tolist() == rows


def test_keep_throw_out_and_both(items, selection, capsys):
    odd = selection("path,start_seconds\na/one.mp4,0\nb/one.mp4,\ngone.mp4,\n")
    assert Curation(only=odd).of(items)["path"].tolist() == [PATHS[0], PATHS[2]]
    assert Curation(without=odd).of(items)["path"].tolist() == [PATHS[1], PATHS[3]]
    told = capsys.readouterr().err
    assert "1 clip of 3 not in this collection: gone.mp4" in told and "2 of 4 clips stay" in told
    assert Curation().of(items) is items
    assert Curation(only="x/keep.csv", without="odd.csv").name == "only-keep-without-odd"
    with pytest.raises(DataError, match="no clip of 4 is left"):
        Curation(only=odd, without=odd).of(items)


def test_an_items_table_is_a_selection_wherever_it_lies(items, tmp_path):
    for folder in (tmp_path, tmp_path / "deep" / "er"):
        folder.mkdir(parents=True, exist_ok=True)
        write_items(items.iloc[[1, 3]], folder / "keep.csv")
        assert selected(items, folder / "keep.csv").tolist() == [False, True, False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path\none.mp4\n", "fits 2 files"),
        ("path\nelsewhere.mp4\n", "another collection"),
        ("path\n", "is empty"),
        ("file\none.mp4\n", "no column path"),
    ],
)
def test_a_selection_that_cannot_be_meant_is_refused(items, selection, text, words):
    with pytest.raises(DataError, match=words):
        selected(items, selection(text))


def test_a_missing_selection_says_what_one_is(items, tmp_path):
    with pytest.raises(DataError, match="as an explorer exports it"):
        selected(items, tmp_path / "none.csv")
