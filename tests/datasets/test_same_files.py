"""Files that several splits have."""

import os
from pathlib import Path

import pandas as pd

from xdc_lab.datasets import same_files as module
from xdc_lab.datasets.same_files import in_several_splits, same_files


def test_files_are_the_same_by_content_alone(tmp_path):
    head = bytes(module.HEAD_BYTES)
    contents = {"a": head + b"1", "copy": head + b"1", "other end": head + b"2", "other start": b"1" + head}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    os.link(tmp_path / "a", tmp_path / "hard link")
    (tmp_path / "link").symlink_to("a")
    os.mkfifo(tmp_path / "pipe")
    names = ["a", *contents, "hard link", "link", "pipe", "gone", "gone", "pipe", "x\0", "copy"]
    groups = ["train", *["test"] * (len(names) - 2), ""]
    rows = same_files([str(tmp_path / name) for name in names], groups)
    assert [[names[row] for row in own] for own in rows] == [["a", "a", "copy", "hard link", "link"]]


def test_what_few_files_share_is_read_and_no_more(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(module, "_digest", lambda path, bytes_read: read.append(path) or path.encode())
    for name, size in (("a", 1), ("b", 2), ("c", 2), ("d", 1)):
        (tmp_path / name).write_bytes(b"x" * size)
    assert same_files([str(tmp_path / name) for name in "abcd"], ["train", "train", "train", "test"]) == []
    assert read == [str(tmp_path / name) for name in "ad"]


def test_every_split_counts(tmp_path):
    """In the first column both are to train on."""
    for name in "ab":
        (tmp_path / name).write_bytes(b"same")
    paths = [str(tmp_path / name) for name in "ab"]
    items = pd.DataFrame({"path": paths, "split": "train", "split_1": "train", "split_2": ["test", "train"]})
    assert in_several_splits(items) == [paths]
    assert in_several_splits(items[["path", "split"]]) == []


def test_one_of_each_split_is_named_first(tmp_path):
    paths = [str(tmp_path / name) for name in "abc"]
    for path in paths:
        Path(path).write_bytes(b"same")
    items = pd.DataFrame({"path": paths, "split": ["train", "train", "test"]})
    assert in_several_splits(items) == [[paths[0], paths[2], paths[1]]]
