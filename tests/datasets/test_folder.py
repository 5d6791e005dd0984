"""Folders of media, as people have them."""

import pytest

from xdc_lab.datasets.folder import load_folder
from xdc_lab.errors import DataError


def found(root, *names: str) -> list[tuple[str, str, str]]:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    items = load_folder(root)
    paths = [path.removeprefix(f"{root}/") for path in items["path"]]
    return list(zip(paths, items["label"], items["split"], strict=True))


def test_class_folders(tmp_path):
    assert found(tmp_path, "dog/b.MP4", "dog/a.mkv", "bell/!x (1).webm", "top.avi") == [
        ("bell/!x (1).webm", "bell", ""),
        ("dog/a.mkv", "dog", ""),
        ("dog/b.MP4", "dog", ""),
        ("top.avi", "", ""),
    ]


def test_no_class_folders(tmp_path):
    assert found(tmp_path, "b.mp4", "a.mp4") == [("a.mp4", "", ""), ("b.mp4", "", "")]


def test_one_folder_is_no_classification(tmp_path):
    assert found(tmp_path, "videos/b.mp4", "videos/a.mp4") == [("videos/a.mp4", "", ""), ("videos/b.mp4", "", "")]


def test_split_folders_and_folders_within(tmp_path):
    assert found(tmp_path, "train/pets/dog/a.mp4", "Validation/pets/cat/b.mp4", "test/c.mp4") == [
        ("Validation/pets/cat/b.mp4", "pets/cat", "val"),
        ("test/c.mp4", "", "test"),
        ("train/pets/dog/a.mp4", "pets/dog", "train"),
    ]


def test_classes_that_are_called_as_splits_are(tmp_path):
    assert found(tmp_path, "Training/a.mp4", "Test/b.mp4", "Running/c.mp4") == [
        ("Running/c.mp4", "Running", ""),
        ("Test/b.mp4", "Test", ""),
        ("Training/a.mp4", "Training", ""),
    ]


def test_splits_with_classes_in_them_stay_splits_beside_another_folder(tmp_path):
    assert found(tmp_path, "Train/dog/a.mp4", "train/cat/b.mp4", "test /dog/c.mp4", "more/d.mp4") == [
        ("Train/dog/a.mp4", "dog", "train"),
        ("more/d.mp4", "more", ""),
        ("test /dog/c.mp4", "dog", "test"),
        ("train/cat/b.mp4", "cat", "train"),
    ]


def test_blanks_around_the_name_of_a_folder_make_no_class(tmp_path):
    assert {label for _, label, _ in found(tmp_path, "dog/a.mp4", "dog /b.mp4", " dog/c.mp4", "cat/d.mp4")} == {
        "cat",
        "dog",
    }


def test_a_class_whose_name_is_no_utf_8_is_written_with_escapes(tmp_path):
    assert found(tmp_path, "caf\udce9/a.mp4", "dog/b.mp4") == [
        ("caf\\udce9/a.mp4", "caf\\udce9", ""),
        ("dog/b.mp4", "dog", ""),
    ]


def test_linked_folders_are_followed_and_loops_are_not(tmp_path):
    found(tmp_path / "elsewhere", "a.mp4", "deep/b.mp4")
    root = tmp_path / "set"
    found(root, "cat/c.mp4")
    (root / "dog").symlink_to(tmp_path / "elsewhere")
    (root / "cat" / "up").symlink_to(root)
    (tmp_path / "elsewhere" / "deep" / "round").symlink_to(tmp_path / "elsewhere")
    (root / "cat" / "self").symlink_to("self")
    assert found(root) == [("cat/c.mp4", "cat", ""), ("dog/a.mp4", "dog", ""), ("dog/deep/b.mp4", "dog/deep", "")]


def test_a_set_that_is_a_link_itself(tmp_path):
    found(tmp_path / "real", "dog/a.mp4")
    (tmp_path / "link").symlink_to("real")
    assert found(tmp_path / "link") == [("dog/a.mp4", "", "")]


def test_what_is_no_media_is_left_out(tmp_path):
    names = ("a.mp4", "notes.txt", ".DS_Store", "._a.mp4", ".trash/b.mp4", "b.jpg", "c.mp4.part", "mp4", "d.csv")
    assert [path for path, _, _ in found(tmp_path, *names)] == ["a.mp4"]


def test_nothing_found(tmp_path):
    with pytest.raises(DataError, match="empty"):
        load_folder(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match=r"\.txt.*media files end in.*\.mp4"):
        load_folder(tmp_path)
