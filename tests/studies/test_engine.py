"""Tables at their smallest scale, all in one folder: what one has pretrained, the next one finds."""

import os
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.errors import DataError, SettingError
from xdc_lab.results.rows import COLUMNS, read_results
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import engine
from xdc_lab.studies.engine import run_table
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.table import change_table
from xdc_lab.studies.tables import TABLES


@pytest.fixture
def run(few, place):
    """Run a table on the few clips with one seed, and give its rows."""

    def run_changed(name: str, **changes) -> pd.DataFrame:
        own = {"collections": (str(few),), "seeds": (0,), **changes}
        outcome = run_table(change_table(TABLES[name], **own), place)
        assert not outcome.failed, outcome.left_out
        return outcome.rows

    return run_changed


def finished(out: Path) -> dict[str, int]:
    """When each run of the study was last written."""
    return {str(path.parent): path.stat().st_mtime_ns for path in out.rglob("run.json")}


def test_table_1_has_a_cell_for_every_encoder_that_there_is(run, place):
    rows = ("Scratch", "Superv", "XDC", "XDC-2-audio")
    results = run("table1", rows=rows, protocols=("fc-only",))
    cells = results.groupby("method", sort=False)["modality"].agg(list).to_dict()
    assert cells == {**dict.fromkeys(rows[:3], ["video", "audio"]), "XDC-2-audio": ["audio"]}
    assert list(results.columns) == list(COLUMNS)
    assert results["value"].between(0, 100).all()
    sizes = results.set_index("method")["pretraining_size"].to_dict()
    assert sizes == {"Scratch": 0, "Superv": 32, "XDC": 32, "XDC-2-audio": 32}
    assert results["k"].isna().tolist() == [True] * 4 + [False] * 3
    folder = place.folder("table1")
    figures = {"table1.png", "table1.pdf"}
    names = {"results.csv", "results.tex", "means.csv", "differences.csv", "paper_vs_ours.csv", *figures}
    assert {path.name for path in folder.iterdir()} == names
    columns = ["method", "modality", "value"]
    there = read_results(folder / "results.csv")
    mine = there[there["run"].isin(results["run"])][columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, results[columns], check_dtype=False)
    view = pd.read_csv(folder / "paper_vs_ours.csv", index_col="method")
    assert view.loc["XDC", "paper: ESC50"] == 78.0
    value = results.query("method == 'XDC' and modality == 'audio'")["value"].item()
    assert view.loc["XDC", "ours: few audio, fc-only"] == pytest.approx(value, abs=0.05)


def test_a_second_start_reads_what_is_finished_and_another_table_uses_it(run, few, place, capsys):
    words = {"rows": ("XDC",), "protocols": ("fc-only",)}
    first = run("table1", **words)
    assert capsys.readouterr().out == ""
    before = finished(place.out)
    pd.testing.assert_frame_equal(first, run("table1", **words))
    fifth = run("table5", **words)
    assert fifth["value"].tolist() == first["value"].tolist()
    assert fifth["run"].tolist() == first["run"].tolist()
    assert fifth["recipe"].unique().tolist() == ["table5"]
    assert finished(place.out) == before
    telling = replace(place, execution=Execution(progress=True), out=place.out / "telling")
    scratch = {"collections": (str(few),), "rows": ("Scratch",), "protocols": ("retrieval",)}
    run_table(change_table(TABLES["table1"], seeds=(0,), **scratch), telling)
    assert "[2 of 2 cells]" in capsys.readouterr().out


def test_a_finished_cell_of_other_settings_is_not_taken_for_this_one(few, place, tmp_path):
    table = change_table(
        TABLES["table1"],
        rows=("Scratch",),
        collections=(str(few),),
        downstreams=((str(few), "audio"),),
        protocols=("fc-only",),
        seeds=(0,),
    )
    here = replace(place, out=tmp_path)
    first = run_table(table, here).rows
    other = replace(place.settings, evaluation=replace(place.settings.evaluation, test_clips=3))
    changed = run_table(table, replace(here, settings=other))
    assert changed.failed == 1 and changed.rows.empty
    assert "its settings differ: test_clips 2 (now 3)" in changed.left_out["reason"][0]
    assert run_table(table, here).rows["run"].tolist() == first["run"].tolist()


def test_superv_on_several_labels_is_a_row_of_table_3(run, few, tmp_path):
    """In the layout of AudioSet, the demo set's clips renamed."""
    items, lists = read_items(few), {"unbalanced_train": [], "eval": []}
    for number, (path, label, split) in enumerate(items[["path", "label", "split"]].itertuples(index=False)):
        os.link(path, tmp_path / f"{number:011d}_000000_000010.mp4")
        codes = f"{label.replace(' ', '_')},/m/{number % 2}"
        lists["eval" if split == "downstream_test" else "unbalanced_train"].append(f'{number:011d}, 0, 10, "{codes}"\n')
    for name, lines in lists.items():
        (tmp_path / f"{name}_segments.csv").write_text("# a\n# b\n# c\n" + "".join(lines))
    results = run("table3", collections=(f"AudioSet={tmp_path}",), rows=("Superv",), sizes=(16,))
    assert results["score"].tolist() == ["map_percent"] * 2 and results["value"].between(1, 100).all()
    assert results["pretraining_size"].tolist() == [16, 16]


def test_table_2_is_a_curve_over_k(run, place):
    results = run("table2", protocols=("fc-only",))
    assert results["k"].tolist() == [2, 2, 4, 4]
    assert (place.folder("table2") / "table2.png").stat().st_size > 10_000


def test_tables_3_and_4_change_type_and_size_of_the_data(run, few, place):
    others = str(few.with_name("others.csv"))
    results = run("table4", collections=(others, str(few)), downstreams=((str(few), "audio"),), protocols=("fc-only",))
    cells = results[["pretraining", "pretraining_size"]].drop_duplicates().to_numpy().tolist()
    assert cells == [["others", 16], ["others", 32], ["few", 16], ["few", 32]]
    differences = pd.read_csv(place.folder("table4") / "differences.csv")
    assert set(differences["against"]) == {"few"}


def test_what_is_left_out_stands_in_the_report(few, place):
    flat = str(few.with_name("flat.csv"))
    table = change_table(
        TABLES["table1"],
        rows=("Superv", "XDC"),
        collections=(flat,),
        downstreams=((str(few), "audio"),),
        protocols=("fc-only",),
        seeds=(0,),
    )
    outcome = run_table(table, place)
    assert outcome.rows["method"].tolist() == ["XDC"] and not outcome.failed
    assert outcome.left_out["reason"].tolist() == ["needs labels"]
    written = pd.read_csv(place.folder("table1") / "left_out.csv")
    assert written[["method", "reason"]].to_numpy().tolist() == [["Superv", "needs labels"]]
    view = pd.read_csv(place.folder("table1") / "paper_vs_ours.csv", index_col="method")
    assert view.loc["Superv", "ours: few audio, fc-only"] == "needs labels"


def test_a_cell_that_fails_is_named_and_ends_no_other(few, place, monkeypatch):
    table = change_table(
        TABLES["table5"], rows=("Random",), collections=(str(few),), protocols=("retrieval",), seeds=(3, 4)
    )
    evaluate = engine.evaluate_source

    def breaks(encoder, collection, out, **words):
        if words["execution"].seed == 3:
            raise DataError("the disk is on fire") if encoder.name == "audio" else ZeroDivisionError("oh")
        return evaluate(encoder, collection, out, **words)

    monkeypatch.setattr(engine, "evaluate_source", breaks)
    outcome = run_table(table, place)
    assert outcome.rows["seed"].tolist() == [4, 4] and outcome.failed == 2
    assert outcome.left_out["reason"].tolist() == ["failed: ZeroDivisionError: oh", "failed: the disk is on fire"]
    files = sorted(place.out.rglob("*.failed.txt"))
    assert "Traceback" in files[1].read_text() and "Traceback" not in files[0].read_text()
    monkeypatch.undo()
    again = run_table(table, place)
    assert again.rows["seed"].tolist() == [3, 3, 4, 4] and not again.failed and again.left_out.empty
    assert not list(place.out.rglob("*.failed.txt"))


def test_a_pretraining_that_fails_fails_its_cells(few, place, monkeypatch):
    def breaks(*args, **words):
        raise DataError("no")

    monkeypatch.setattr(engine, "pretrain_row", breaks)
    table = change_table(TABLES["table1"], rows=("SDC",), collections=(str(few),), seeds=(9,))
    outcome = run_table(table, place)
    assert outcome.failed == 4 and set(outcome.left_out["reason"]) == {"failed: no"}


def test_table_5_has_a_random_encoder_frozen_and_finetuned(run):
    scratch = run("table1", rows=("Scratch",), protocols=("fc-only",))
    results = run("table5", rows=("Random",))
    assert set(results["protocol"]) == {"fc-only", "full finetuning", "retrieval"}
    assert set(results["score"]) == {"top1_percent", "recall_1_percent"}
    assert set(results["method"]) == {"Random"}
    # Table 5's Random and Table 1's Scratch are one encoder, measured once.
    assert results.query("protocol == 'fc-only'")["run"].tolist() == scratch["run"].tolist()


def test_table_7_retrains_what_has_clusters_and_no_other(run, place):
    results = run("table7", rows=("Scratch", "XDC"), protocols=("32 frames", "linear SVM"))
    assert results[["method", "modality", "protocol"]].to_numpy().tolist() == [
        ["Scratch", "video", "32 frames"],
        ["Scratch", "audio", "linear SVM"],
        ["XDC", "video", "32 frames"],
        ["XDC", "audio", "linear SVM"],
    ]
    retrained = [path.parent.parent.name for path in place.out.glob("*/*/retrained/*")]
    assert "XDC-k4-r2plus1d_10-s0" in retrained and all(name.startswith("XDC") for name in retrained)


def test_tables_1_to_5_are_of_split_1_and_table_7_of_all(run, few, place):
    words = {"downstreams": ((str(few.with_name("folds.csv")), "audio"),), "rows": ("Scratch",)}
    first, every = (run(name, **words, protocols=("linear SVM",)) for name in ("table1", "table7"))
    assert (first["splits"].tolist(), every["splits"].tolist()) == ([1], [2])
    assert first["spread"].isna().all() and every["spread"].notna().all()
    names = {path.name for path in place.out.glob("cells/tiny/*folds-linear-svm*")}
    start = "Scratch-r2plus1d_10-s0-audio-folds-linear-svm"
    assert {f"{start}-split-1", start} <= names


def test_few_labels_are_learned_from_as_long_as_all(run, few, place):
    downstreams = ((str(few), "audio"),)
    results = run("few_labels", rows=("Scratch",), per_class=(1,), downstreams=downstreams)
    assert results["downstream"].tolist() == ["few 1-shot"]
    name = "Scratch-r2plus1d_10-s0-audio-few-1-shot-full-finetuning"
    cell = RunFolder(place.out / "cells" / "tiny" / name)
    settings = {row["name"]: row["value"] for row in cell.read_about()["settings"]}
    used = read_items(cell.items)
    assert settings["full.clips_per_epoch"] == 32
    assert (used["split_1"] == "train").sum() == used["label"].nunique()


@pytest.mark.parametrize(("clips", "size"), [(8, 8), (None, 31)], ids=["asked for", "all"])
def test_a_size_is_the_one_that_was_asked_for_where_one_was(few, place, tmp_path, clips, size):
    from xdc_lab.studies.collection import Collection

    items = read_items(few)
    write_items(items, tmp_path / "broken.csv")
    (tmp_path / "empty.mp4").touch()
    in_a_part = Collection("broken", str(tmp_path / "broken.csv"), 8).items()["path"][0]
    write_items(items.replace({"path": {in_a_part: str(tmp_path / "empty.mp4")}}), tmp_path / "broken.csv")
    collection = str(tmp_path / "broken.csv") + (f":{clips}" if clips else "")
    table = change_table(
        TABLES["table1"],
        rows=("Superv",),
        collections=(f"broken={collection}",),
        downstreams=((str(few), "audio"),),
        protocols=("retrieval",),
        seeds=(0,),
    )
    outcome = run_table(table, replace(place, out=tmp_path / "runs"))
    (run,) = (RunFolder(path.parent) for path in tmp_path.glob("runs/broken-tiny/*/run.json"))
    assert len(read_items(run.items)) == (7 if clips else 31)
    assert outcome.rows["pretraining_size"].tolist() == [size]


def test_a_random_encoder_is_trained_as_a_network_from_scratch_is(few, place, monkeypatch):
    from xdc_lab.studies import evaluation_job

    asked = []

    def note(*args, **words):
        asked.append((words["settings"].full.reading, words["settings"].full.learning_rate))
        raise InterruptedError

    monkeypatch.setattr(evaluation_job, "evaluate", note)
    settings = study_settings("paper").evaluation
    paper = replace(place, settings=replace(place.settings, evaluation=settings))
    for row in ("Scratch", "XDC"):
        table = change_table(TABLES["table1"], rows=(row,), collections=(str(few),), seeds=(0,))
        (cell, *_) = (cell for cell in engine.cells_of(table, paper) if cell.protocol == "full finetuning")
        engine.pretrain_cell(cell)
        with pytest.raises(InterruptedError):
            engine.evaluate_cell(cell)
    assert asked == [("ours, from scratch", 0.01), ("ours, after VMZ", 1.6e-3)]
    assert study_settings("demo").evaluation.full == study_settings("demo").evaluation.from_scratch


def test_a_table_is_not_for_torchrun(monkeypatch, place):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SettingError, match="no torchrun"):
        run_table(TABLES["table1"], place)


@pytest.mark.slow
def test_processes_side_by_side_measure_what_one_does_and_one_that_is_killed_ends_no_other(few, place, monkeypatch):
    table = change_table(
        TABLES["table1"], rows=("Scratch",), collections=(str(few),), protocols=("fc-only",), seeds=(0, 1)
    )
    one = run_table(table, replace(place, threads=1)).rows
    two = replace(place, out=place.out / "two", jobs=2)
    monkeypatch.setattr(engine, "_run_on_gpu", kill_the_second)
    killed = run_table(table, two)
    assert killed.rows["seed"].tolist() == [0, 0] and killed.failed == 2
    assert killed.left_out["reason"].str.contains("ended with code -9").all()
    monkeypatch.undo()
    columns = ["method", "seed", "modality", "value"]
    assert run_table(table, two).rows[columns].equals(one[columns])


def kill_the_second(group, number) -> None:
    """In the place of `_run_on_gpu`: as if the system killed the process of seed 1."""
    import os
    import signal

    if group[0].source.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    engine.run_group(group)
