import pytest

from xdc_lab.errors import SettingError
from xdc_lab.studies import collection as module
from xdc_lab.studies.collection import Collection, find_collection, parse_collection


def test_a_part_is_drawn_from_all_of_it_and_within_a_larger_part(tiny_set):
    training = Collection("tiny", str(tiny_set)).items().query("split == 'train'")["path"].tolist()
    parts = [Collection("tiny", str(tiny_set), count).items()["path"].tolist() for count in (16, 32, 1000)]
    assert [len(part) for part in parts] == [16, 32, len(training)]
    assert set(parts[0]) < set(parts[1]) and parts[2] == training
    assert parts[0] != training[:16] and parts[0] == sorted(parts[0], key=training.index)


@pytest.mark.parametrize(
    ("text", "collection"),
    [
        ("demo", Collection("demo", "demo")),
        ("demo:1_000", Collection("demo", "demo", 1000)),
        ("Kinetics=/data/k400:240000", Collection("Kinetics", "/data/k400", 240_000)),
        ("/v/ucf101.csv", Collection("ucf101", "/v/ucf101.csv")),
        ("a=b=c", Collection("a", "b=c")),
    ],
)
def test_a_collection_is_written_as_name_path_and_size(text, collection):
    assert parse_collection(text) == collection


def test_a_path_that_is_there_is_taken_whole(tmp_path):
    folder = tmp_path / "a=b:3"
    folder.mkdir()
    assert parse_collection(str(folder)) == Collection("a=b:3", str(folder))


def test_real_data_must_be_given_where_none_is_rendered():
    with pytest.raises(SettingError, match="--pretrain-on FOLDER"):
        find_collection("curated", "paper")
    with pytest.raises(SettingError, match="--video FOLDER"):
        find_collection("labelled", "paper")
    with pytest.raises(SettingError, match="--audio FOLDER"):
        find_collection("esc", "demo")
    assert find_collection("/v/ucf101.csv", "paper") == Collection("ucf101", "/v/ucf101.csv")
    assert find_collection("curated", "demo") == Collection("demo", "demo")


def test_what_stands_for_the_papers_is_rendered_where_it_is_not(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(module, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(module, "render_untrimmed", lambda folder, **words: made.append((folder.name, words)))
    monkeypatch.setattr(module, "render_demo_set", lambda folder, **words: made.append((folder.name, words)))
    assert find_collection("untrimmed", "tiny").name == "tiny-untrimmed"
    assert find_collection("uncurated", "tiny").name == "tiny-uncurated"
    assert made == [("tiny-untrimmed", {"scale": "tiny"}), ("tiny-uncurated", {"scale": "tiny", "curated": False})]
