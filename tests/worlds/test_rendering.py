import json
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.errors import DataError
from xdc_lab.worlds.rendering import STAMP_NAME, complete_folder, settle_folder


def touch(name: str, folder: Path) -> Path:
    (folder / "train" / name).write_text(name)
    return folder / "train" / name


def complete(folder: Path, *names: str) -> Path:
    plans = {f"train/{name}": name for name in names}
    render = partial(touch, folder=folder)
    return complete_folder(pd.DataFrame({"path": list(plans)}), plans, folder, render=render, workers=1, title=None)


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "train").mkdir()
    settle_folder(tmp_path, {"seed": 0}, splits=["train"], overwrite=False)
    return tmp_path


def test_finished_files_are_kept_and_the_table_is_of_all(folder):
    complete(folder, "a.mp4")
    (folder / "train" / "a.mp4").write_text("kept")
    table = complete(folder, "a.mp4", "b.mp4")
    assert [path.read_text() for path in sorted(folder.glob("train/*"))] == ["kept", "b.mp4"]
    assert pd.read_csv(table)["path"].tolist() == ["train/a.mp4", "train/b.mp4"]
    assert sorted(path.name for path in folder.iterdir()) == ["items.csv", "train", STAMP_NAME]


def test_clips_made_from_something_else_are_refused_or_deleted(folder):
    complete(folder, "a.mp4")
    settle_folder(folder, {"seed": 0}, splits=["train"], overwrite=False)
    with pytest.raises(DataError, match="xdc-lab digit-set` with --overwrite"):
        settle_folder(folder, {"seed": 1}, splits=["train"], overwrite=False, command="digit-set")
    assert (folder / "train" / "a.mp4").exists() and (folder / "items.csv").exists()
    settle_folder(folder, {"seed": 1}, splits=["train"], overwrite=True)
    assert not list(folder.glob("train/*")) and not (folder / "items.csv").exists()
    assert json.loads((folder / STAMP_NAME).read_text()) == {"seed": 1}
