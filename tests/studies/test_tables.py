"""Each recipe at its tiny scale, all in one folder: what one has pretrained, the next one finds."""

import inspect
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.methods import METHODS
from xdc_lab.results.rows import COLUMNS, read_results
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.esc10 import esc10
from xdc_lab.studies.few_labels import few_labels
from xdc_lab.studies.table1 import ROWS, table1
from xdc_lab.studies.table2 import table2
from xdc_lab.studies.table3 import table3
from xdc_lab.studies.table4 import table4
from xdc_lab.studies.table5 import table5
from xdc_lab.studies.table7 import table7
from xdc_lab.studies.table8 import table8

TABLES = [table1, table2, table3, table4, table5, table7, table8]


@pytest.fixture(scope="module")
def data(tiny_set, tmp_path_factory) -> str:
    """A part of the tiny demo set: enough clips of every split for a study of seconds."""
    items = read_items(tiny_set)
    few = items.groupby("split", sort=False).head(32).reset_index(drop=True)
    folder = tmp_path_factory.mktemp("data")
    write_items(few, folder / "few.csv")
    write_items(few, folder / "others.csv")
    return str(folder / "few.csv")


@pytest.fixture(scope="module")
def shared(data, smallest, tmp_path_factory) -> dict:
    """The arguments that all recipes have."""
    return {
        "out": tmp_path_factory.mktemp("study"),
        "scale": "tiny",
        "seeds": (0,),
        "data": data,
        "settings": smallest,
        "progress": False,
    }


def finished(out: Path) -> dict[str, int]:
    """When each run of the study was last written."""
    return {str(path.parent): path.stat().st_mtime_ns for path in out.rglob("run.json")}


def test_the_rows_of_table_1_are_the_papers_and_every_method():
    assert ROWS == ("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC", "XDC-2-video", "XDC-2-audio")
    assert set(ROWS[2:]) == set(METHODS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_every_table_takes_the_same_dial(table):
    parameters = inspect.signature(table).parameters
    assert {"out", "scale", "seeds", "rows", "protocols", "data", "downstream", "jobs", "device"} <= set(
        parameters
    )
    assert parameters["scale"].default == "demo"


def test_table_1_has_a_cell_for_every_encoder_that_there_is(shared):
    rows = ("Scratch", "Superv", "XDC", "XDC-2-audio")
    results = table1(**shared, rows=rows, protocols=("fc-only",))
    cells = results.groupby("method", sort=False)["modality"].agg(list).to_dict()
    assert cells == {**dict.fromkeys(rows[:3], ["video", "audio"]), "XDC-2-audio": ["audio"]}
    assert list(results.columns) == list(COLUMNS)
    assert results["value"].between(0, 100).all()
    assert results.set_index("method")["pretraining_size"].to_dict() == {
        "Scratch": 0,
        "Superv": 32,
        "XDC": 32,
        "XDC-2-audio": 32,
    }
    assert results["k"].isna().tolist() == [True] * 4 + [False] * 3
    folder = shared["out"] / "tables" / "tiny" / "table1"
    assert {path.name for path in folder.iterdir()} == {
        "results.csv",
        "means.csv",
        "differences.csv",
        "paper_vs_ours.csv",
        "table1.png",
    }
    pd.testing.assert_frame_equal(
        read_results(folder / "results.csv")[["method", "modality", "value"]],
        results[["method", "modality", "value"]],
        check_dtype=False,
    )
    view = pd.read_csv(folder / "paper_vs_ours.csv", index_col="method")
    assert view.loc["XDC", "paper: ESC50"] == 78.0
    assert view.loc["XDC", "ours: few audio, fc-only"] == pytest.approx(
        results.query("method == 'XDC' and modality == 'audio'")["value"].item(), abs=0.05
    )


def test_a_second_start_reads_what_is_finished_and_another_table_uses_it(shared, capsys):
    words: dict[str, Any] = {"rows": ("XDC",), "protocols": ("fc-only",)}
    first = table1(**shared, **words)
    assert capsys.readouterr().out == ""
    table1(**{**shared, "progress": True}, **words)
    assert "[2 of 2 cells]" in capsys.readouterr().out
    before = finished(shared["out"])
    again = table1(**shared, **words)
    pd.testing.assert_frame_equal(first, again)
    assert finished(shared["out"]) == before
    fifth = table5(**shared, **words)
    assert fifth["value"].tolist() == first["value"].tolist()
    assert fifth["run"].tolist() == first["run"].tolist()
    assert fifth["recipe"].unique().tolist() == ["table5"]
    assert finished(shared["out"]) == before


def test_table_2_is_a_curve_over_k(shared):
    results = table2(**shared, protocols=("fc-only",))
    assert results["k"].tolist() == [2, 2, 4, 4]
    assert (shared["out"] / "tables" / "tiny" / "table2" / "table2.png").stat().st_size > 10_000


def test_tables_3_and_4_change_type_and_size_of_the_data(shared, data):
    others = data.replace("few.csv", "others.csv")
    results = table4(**shared, uncurated_data=others, protocols=("fc-only",))
    cells = results[["pretraining", "pretraining_size"]].drop_duplicates().to_numpy().tolist()
    assert cells == [["others", 16], ["few", 16], ["others", 32], ["few", 32]]
    differences = pd.read_csv(shared["out"] / "tables" / "tiny" / "table4" / "differences.csv")
    assert set(differences["against"]) == {"few"}
    third = table3(
        **shared, uncurated_data=others, sizes=(None,), rows=("Scratch", "XDC"), protocols=("fc-only",)
    )
    rows = third[["method", "pretraining"]].drop_duplicates().to_numpy().tolist()
    assert rows == [["Scratch", "none"], ["XDC", "few"], ["XDC", "others"]]


def test_table_5_has_a_random_encoder_frozen_and_finetuned(shared):
    scratch = table1(**shared, rows=("Scratch",), protocols=("fc-only",))
    results = table5(**shared, rows=("Random",))
    assert set(results["protocol"]) == {"fc-only", "full finetuning", "retrieval"}
    assert set(results["score"]) == {"top1_percent", "recall_1_percent"}
    assert set(results["method"]) == {"Random"}
    # Table 5's Random and Table 1's Scratch are one encoder, measured once.
    assert results.query("protocol == 'fc-only'")["run"].tolist() == scratch["run"].tolist()


def test_table_7_retrains_what_has_clusters_and_no_other(shared):
    results = table7(**shared, rows=("Scratch", "XDC"), protocols=("32 frames", "linear SVM"))
    assert results[["method", "modality", "protocol"]].to_numpy().tolist() == [
        ["Scratch", "video", "32 frames"],
        ["Scratch", "audio", "linear SVM"],
        ["XDC", "video", "32 frames"],
        ["XDC", "audio", "linear SVM"],
    ]
    retrained = list((shared["out"] / "retraining" / "few-tiny").iterdir())
    assert [path.name for path in retrained] == ["XDC-k4-s0-video"]


@pytest.fixture(scope="module")
def folds(data) -> str:
    """Stands for ESC-50: a collection that has two splits of its own."""
    items = read_items(data)
    labelled = items[items["split"].str.startswith("downstream")].reset_index(drop=True)
    first = labelled["split"].str.removeprefix("downstream_")
    path = Path(data).with_name("folds.csv")
    write_items(labelled.assign(split_1=first, split_2=first.map({"train": "test", "test": "train"})), path)
    return str(path)


def test_tables_1_to_5_judge_on_split_1_and_table_7_on_all(shared, folds):
    words: dict[str, Any] = {**shared, "downstream": [(folds, "audio")], "rows": ("Scratch",)}
    first, every = (table(**words, protocols=("linear SVM",)) for table in (table1, table7))
    assert (first["splits"].tolist(), every["splits"].tolist()) == ([1], [2])
    assert first["spread"].isna().all() and every["spread"].notna().all()
    names = {path.name for path in (shared["out"] / "cells" / "tiny").glob("*linear-svm*")}
    assert {"Scratch-s0-audio-folds-linear-svm-split-1", "Scratch-s0-audio-folds-linear-svm"} <= names


def test_real_sounds_are_judged_in_folds(shared, folds):
    results = esc10(folds, **shared, rows=("Scratch", "XDC"), protocols=("fc-only",))
    assert results[["method", "modality", "splits"]].to_numpy().tolist() == [
        ["Scratch", "audio", 2],
        ["XDC", "audio", 2],
    ]
    assert results["spread"].notna().all()


def test_few_labels_are_learned_from_as_long_as_all(shared):
    data = shared["data"]
    results = few_labels(**shared, rows=("Scratch", "XDC"), per_class=(1,), downstream=[(data, "audio")])
    assert results[["method", "downstream"]].to_numpy().tolist() == [
        ["Scratch", "few 1-shot"],
        ["XDC", "few 1-shot"],
    ]
    cell = RunFolder(shared["out"] / "cells" / "tiny" / "Scratch-s0-audio-few-1-shot-full-finetuning")
    settings = {row["name"]: row["value"] for row in cell.read_about()["settings"]}
    used = read_items(cell.items)
    assert settings["full.clips_per_epoch"] == 32
    assert (used["split_1"] == "train").sum() == used["label"].nunique()
