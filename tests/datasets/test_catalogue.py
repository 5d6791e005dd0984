"""From what a user types to items."""

import pandas as pd
import pytest

from xdc_lab.datasets.catalogue import DATA_FOLDER_VARIABLE, describe_data, load_items
from xdc_lab.datasets.items import make_items, write_items
from xdc_lab.errors import DataError
from xdc_lab.studies.collection import parse_collection


def test_a_folder_and_a_table(films, tmp_path):
    assert len(load_items(films)) == 4
    (tmp_path / "mine.CSV").write_text(f"path,label\n{films / 'dogs' / 'one.mp4'},dog\n")
    assert load_items(str(tmp_path / "mine.CSV"))["label"].tolist() == ["dog"]
    assert describe_data(films)["path"] == str(films)


def test_a_folder_with_an_items_table_is_read_from_it(tmp_path):
    (tmp_path / "other.mp4").touch()
    write_items(make_items(pd.DataFrame({"path": ["/a.mp4"], "label": ["x"]})), tmp_path / "items.csv")
    assert load_items(tmp_path)["label"].tolist() == ["x"]


def test_a_collection_has_one_name_in_records_and_in_tables(tmp_path):
    folder = tmp_path / "my.videos"
    folder.mkdir()
    (folder / "a.mp4").touch()
    assert describe_data(folder)["name"] == parse_collection(f"{folder}/").name == "my.videos"
    for table in (folder / "items.csv", folder / "half.csv"):
        write_items(make_items(pd.DataFrame({"path": ["/a.mp4"]})), table)
    names = {"items.csv": "my.videos", "half.csv": "half", ".": "my.videos"}
    for file, name in names.items():
        assert describe_data(folder / file)["name"] == parse_collection(str(folder / file)).name == name


@pytest.mark.parametrize(
    ("name", "options"),
    [("demo", "demo"), ("tiny", "tiny"), ("demo-coupled", "demo --coupled"), ("tiny-coupled", "tiny --coupled")],
)
def test_the_demo_sets(tmp_path, monkeypatch, name, options):
    monkeypatch.setenv(DATA_FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=f"xdc-lab demo-set --scale {options}$"):
        load_items(name)
    write_items(make_items(pd.DataFrame({"path": [str(tmp_path / name / "a.mp4")]})), tmp_path / name / "items.csv")
    assert load_items(name)["path"].tolist() == [str(tmp_path / name / "a.mp4")]
    described = describe_data(name)
    assert described["name"] == name and described["licence"]


def test_a_relative_folder_that_is_named_like_a_set(tmp_path, monkeypatch):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.mp4").touch()
    monkeypatch.chdir(tmp_path)
    assert load_items("./demo")["path"].tolist() == [str(tmp_path / "demo" / "mine.mp4")]


def test_what_is_no_data(tmp_path):
    (tmp_path / "film.mp4").touch()
    with pytest.raises(DataError, match="does not exist"):
        load_items(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"not a \.csv"):
        load_items(tmp_path / "film.mp4")
