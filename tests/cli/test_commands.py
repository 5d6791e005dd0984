import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from xdc_lab.cli import app
from xdc_lab.encoders import released
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import load_encoder
from xdc_lab.errors import DataError, SettingError
from xdc_lab.studies import catalogue
from xdc_lab.worlds.demo import render


def run(*words: str) -> str:
    """Call the command line as `main` does, but let errors through."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def old_world(tmp_path: Path, monkeypatch) -> Path:
    """A folder that an older version of the world was rendered into; rendering itself writes an empty file."""

    def touch(clip, folder, world) -> Path:
        path = Path(folder) / clip.path
        path.parent.mkdir(exist_ok=True)
        path.touch()
        return path

    monkeypatch.setattr(render, "render_clip", touch)
    run("demo-set", "--scale", "tiny", "--out", str(tmp_path), "--workers", "1")
    stamp = tmp_path / render.STAMP_NAME
    stamp.write_text(json.dumps({**json.loads(stamp.read_text()), "world_version": 0}))
    return tmp_path


def test_a_folder_of_an_older_world_is_refused_and_rendered_anew_on_request(old_world):
    first = next(old_world.glob("train/*.mp4"))
    first.write_bytes(b"old")
    words = ["demo-set", "--scale", "tiny", "--out", str(old_world), "--workers", "1"]
    with pytest.raises(DataError, match="demo-set --overwrite"):
        run(*words)
    assert first.read_bytes() == b"old"
    assert "items.csv" in run(*words, "--overwrite")
    assert first.read_bytes() == b""
    assert json.loads((old_world / render.STAMP_NAME).read_text())["world_version"] == render.WORLD_VERSION


@pytest.fixture
def asked(monkeypatch) -> dict[int, dict]:
    """What the recipes were called with, each in the place of a study of hours."""
    calls: dict[int, dict] = {}
    columns = ["method", "pretraining", "pretraining_size", "downstream", "modality", "protocol", "value"]

    def recipe(number: int):
        def table(out=None, *, uncurated_data=None, **words) -> pd.DataFrame:
            calls[number] = {"uncurated_data": uncurated_data, **words}
            return pd.DataFrame(columns=columns)

        return table

    monkeypatch.setattr(catalogue, "RECIPES", {**catalogue.RECIPES, 3: recipe(3), 4: recipe(4)})
    return calls


@pytest.mark.parametrize("number", [3, 4])
def test_uncurated_videos_of_ones_own_come_to_the_tables_that_compare_them(number, asked):
    run("table", str(number), "--data", "chosen", "--uncurated", "random", "--seeds", "2")
    assert asked[number]["uncurated_data"] == "random"
    assert asked[number]["data"] == "chosen"
    assert asked[number]["seeds"] == (0, 1)
    run("table", str(number))
    assert asked[number]["uncurated_data"] is None


def test_a_table_that_compares_no_data_refuses_uncurated_videos(asked):
    with pytest.raises(SettingError, match="Table 1 has no uncurated_data; Tables 3, 4 have"):
        run("table", "1", "--uncurated", "random")


def test_a_recorded_table_is_printed_without_measuring_it(monkeypatch):
    monkeypatch.setattr(catalogue, "find_recipe", lambda number: pytest.fail("it was measured"))
    printed = run("table", "1", "--recorded")
    assert "Table 1, paper and ours" in printed
    assert "Above Scratch, seed by seed" in printed
    assert "recorded with the project" in printed


def test_the_released_checkpoints_are_listed_and_one_is_written_as_an_encoder(monkeypatch, tmp_path):
    assert "xdc_ig65m_random" in run("released")
    with pytest.raises(DataError, match="get it with: curl"):
        run("released", "fs_kinetics")
    path, out = tmp_path / "theirs.pth", tmp_path / "ours.safetensors"
    torch.save(build_encoder("r2plus1d_18", width=8).state_dict(), path)
    entry = released.ReleasedEntry(path.name, "", "made here", width=8)
    monkeypatch.setitem(released.RELEASED, "made", entry)
    assert "audit: missing: fc.weight, fc.bias" in run("released", str(path), "--out", str(out))
    assert load_encoder(out).width == 8


def test_localization_is_a_command_of_its_own(tmp_path, monkeypatch):
    from xdc_lab.studies import localize

    asked: dict = {}
    monkeypatch.setattr(localize, "export_for_gtad", lambda *words, **more: asked.update(more, words=words))
    run("localization", "export", "RUN", "--data", "films", "--stride", "8", "--rows-like", "tsn.h5")
    assert asked["words"] == ("RUN", Path("films"), None)
    assert (asked["stride_frames"], asked["rows_like"], asked["encoder"]) == (8, Path("tsn.h5"), "video")
    (tmp_path / "segments.csv").write_text("video,split,label,start_seconds,end_seconds\na,test,jump,1,2\n")
    found = {"label": "jump", "score": 0.5, "segment": [1.0, 1.6]}
    (tmp_path / "found.json").write_text(json.dumps({"results": {"a": [found]}}))
    shown = run("localization", "score", str(tmp_path / "found.json"), "--data", str(tmp_path))
    assert shown.startswith("mAP in percent: 100.0 at tIoU 0.3") and "0.0 at tIoU 0.7" in shown
