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


def test_what_is_no_media_is_left_out(tmp_path):
    names = ("a.mp4", "notes.txt", ".DS_Store", "._a.mp4", ".trash/b.mp4", "b.jpg", "c.mp4.part", "mp4", "d.csv")
    assert [path for path, _, _ in found(tmp_path, *names)] == ["a.mp4"]


def test_nothing_found(tmp_path):
    with pytest.raises(DataError, match="empty"):
        load_folder(tmp_path)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DataError, match=r"\.txt.*media files end in.*\.mp4"):
        load_folder(tmp_path)
