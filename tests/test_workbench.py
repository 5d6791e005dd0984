"""A table is read where it was measured, and measured where it was not."""

from dataclasses import replace

import pandas as pd
import pytest

from xdc_lab import workbench as module
from xdc_lab.analysis.result import Result
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import DataError, SettingError
from xdc_lab.evaluation.result import EvaluationResult
from xdc_lab.methods import METHODS
from xdc_lab.results.rows import COLUMNS, write_results
from xdc_lab.results.summary import measured
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.engine import Outcome
from xdc_lab.studies.evaluation_job import EvaluatedEncoder
from xdc_lab.studies.table import THRESHOLDS
from xdc_lab.workbench import Workbench
from xdc_lab.worlds.demo.world_settings import COUPLED


@pytest.fixture
def lab(monkeypatch, tmp_path) -> Workbench:
    for name in module.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return Workbench(scale="tiny", runs=tmp_path)


def a_row(run: str, **changes) -> dict:
    row = dict.fromkeys(COLUMNS) | {
        "run": run,
        "method": "XDC",
        "pretraining": "tiny",
        "downstream": "tiny",
        "protocol": "fc-only",
        "seed": 0,
        "score": "top1_percent",
        "value": 10.0,
    }
    return {**row, **changes}


def results_of(lab: Workbench, number: int):
    return lab.runs / "tables" / "tiny" / f"table{number}" / "results.csv"


def test_what_was_measured_is_read_with_every_seed_and_protocol(lab):
    rows = [a_row("a"), a_row("b", seed=1, protocol="full finetuning")]
    write_results(rows, results_of(lab, 2))
    table = lab.table(2)
    assert table["run"].tolist() == ["a", "b"]
    assert measured(table) == "2 cells: seeds 0, 1; fc-only, full finetuning; XDC on tiny"
    before = dict(lab.given)
    assert list(before) == ["table2"]
    write_results([a_row("c", seed=2)], results_of(lab, 2))
    lab.table(2)
    assert lab.given["table2"] != before["table2"], "other rows, another digest"


def test_notes_are_lines_of_whole_words(lab):
    assert max(map(len, lab.note.splitlines())) <= 88
    assert lab.note.split() == module.NOTES["tiny"].split()


def test_what_was_not_is_measured_for_one_seed_at_the_workbenchs_settings(lab, monkeypatch):
    asked = []

    def run_table(table, place):
        asked.append((table, place))
        write_results([a_row("new", recipe=table.name)], place.results(table.name))
        return Outcome(pd.DataFrame(), pd.DataFrame(), 0)

    monkeypatch.setattr(module, "run_table", run_table)
    assert measured(lab.measured(5)) == "not measured here"
    assert lab.table(5, protocols=("fc-only", "retrieval"))["run"].tolist() == ["new"]
    table, place = asked[-1]
    assert (table.seeds, table.protocols, table.collections) == ((0,), ("fc-only", "retrieval"), ("curated",))
    assert (place.settings, place.out) == (lab.settings, lab.runs)
    for number, quickest in ((7, ("fc-only",)), (8, THRESHOLDS)):
        lab.table(number)
        assert asked[-1][0].protocols == quickest
    mine = Workbench(scale="tiny", data=str(make_own(lab.runs)), runs=lab.runs)
    mine.measure("few-labels", rows=("XDC",))
    assert (asked[-1][0].collections, asked[-1][0].rows) == ((mine.data,), ("XDC",))


def test_a_collection_of_ones_own_is_not_shown_the_demo_sets_results(lab, tmp_path):
    mine = Workbench(scale="tiny", data=str(make_own(tmp_path)), runs=tmp_path)
    write_results([a_row("a"), a_row("b", downstream="mine")], results_of(lab, 1))
    assert mine.measured(1)["run"].tolist() == ["b"]
    assert lab.measured(1)["run"].tolist() == ["a", "b"]


def test_a_table_that_is_none_is_an_error(lab):
    with pytest.raises(SettingError, match="Table 6 is of one run"):
        lab.table(6)


def test_the_coupled_set_is_rendered_and_is_not_shown_the_demo_sets_results(tmp_path, monkeypatch):
    made = []

    def render(folder, **words):
        made.append((folder.name, words))
        folder.mkdir()
        make_own(folder).rename(folder / "items.csv")

    monkeypatch.setenv("XDC_LAB_DATA", str(tmp_path))
    monkeypatch.setattr(module, "render_demo_set", render)
    coupled = Workbench(scale="tiny", data="tiny-coupled", runs=tmp_path)
    assert made == [("tiny-coupled", {"scale": "tiny", "world": COUPLED})]
    assert not coupled.embedded and coupled.measured(1).empty
    tiny = Workbench(scale="tiny", runs=tmp_path)
    assert tiny.embedded and len(tiny.items) and made[1:] == [("tiny", {"scale": "tiny", "world": None})]


def make_own(folder):
    path = folder / "mine.csv"
    path.write_text("path\nclip.mp4\n")
    return path


def test_real_sounds_are_a_folder_in_the_layout_of_esc_50(lab, tmp_path, monkeypatch):
    assert lab.esc is None
    with pytest.raises(DataError, match=r"has no meta/esc50\.csv; real sounds should lie as audio"):
        Workbench(scale="tiny", runs=tmp_path, esc=tmp_path)
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "esc50.csv").touch()
    assert Workbench(scale="tiny", runs=tmp_path, esc=tmp_path).esc == tmp_path
    monkeypatch.setenv(module.ESC_VARIABLE, str(tmp_path))
    overruled = Workbench(scale="tiny", runs=tmp_path)
    assert overruled.esc == tmp_path
    assert "overruled by XDC_LAB_ESC" in repr(overruled)


def test_a_method_of_ones_own_gets_a_folder_of_its_own(lab, monkeypatch):
    asked = {}

    def pretrain(items, out, **words):
        asked.update(words)
        return RunFolder(out)

    monkeypatch.setattr(module, "pretrain", pretrain)
    monkeypatch.setattr(module, "load_result", lambda path: Result(path, {}, pd.DataFrame(), (), ()))
    monkeypatch.setitem(vars(lab), "items", pd.DataFrame())
    mine = replace(METHODS["XDC"], name="audio teaches", supervision={"video": ("audio",), "audio": ("audio",)})
    assert lab.pretrain(mine).path == lab.folder("audio teaches") == lab.runs / "tiny" / "audio-teaches-k8-s0"
    assert asked["method"] is mine
    assert lab.pretrain("SDC", k=4, seed=2).path == lab.folder("SDC", k=4, seed=2)
    assert asked["method"] is METHODS["SDC"] and asked["settings"].kmeans.k == 4
    with pytest.raises(SettingError, match="unknown method 'audio teaches'"):
        lab.pretrain("audio teaches")


def test_only_whole_pretrainings_of_the_same_k_are_there(lab, monkeypatch):
    for seed, k, status in ((10, 8, "finished"), (2, 8, "finished"), (3, 8, "running"), (4, 4, "finished")):
        RunFolder(lab.folder("XDC", k=k, seed=seed)).write_about({"status": status})
    monkeypatch.setattr(module, "load_result", lambda path: Result(path, {}, pd.DataFrame(), (), ()))
    assert [run.path.name for run in lab.finished()] == ["XDC-k8-s2", "XDC-k8-s10"]
    assert [run.path.name for run in lab.finished(k=4)] == ["XDC-k4-s4"]
    assert lab.finished("SDC") == []


def test_an_encoder_is_evaluated_where_its_run_lies_with_the_workbenchs_settings(lab, monkeypatch):
    asked = {}
    result = EvaluationResult(RunFolder(lab.runs), {}, pd.DataFrame(), pd.DataFrame())
    monkeypatch.setattr(
        module,
        "evaluate_source",
        lambda encoder, collection, **words: asked.update(words, encoder=encoder, on=collection) or result,
    )
    network = build_encoder("audio_resnet_18", width=8)
    monkeypatch.setattr(module, "find_encoder", lambda path, name: EvaluatedEncoder(network, name, RunFolder(path)))
    monkeypatch.setattr(lab, "pretrain", lambda method, progress: RunFolder(lab.folder(method)))
    assert lab.evaluate("audio", "linear SVM", method="SDC") is result
    assert (asked["encoder"].run.path, asked["encoder"].name) == (lab.folder("SDC"), "audio")
    assert (asked["protocol"], asked["on"].data) == ("linear SVM", "tiny")
    assert (asked["settings"], asked["execution"].store) == (lab.settings.evaluation, lab.store)
