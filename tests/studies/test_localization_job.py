"""Table 8 at its tiny scale, and the same by hand: detections, their score, and what G-TAD reads."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import pandas as pd
import pytest
from typer.testing import CliRunner

from xdc_lab.cli import app
from xdc_lab.datasets.untrimmed import load_untrimmed
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.localization.average_precision import TIOUS
from xdc_lab.evaluation.localization.result import DETECTIONS, load_localization, scores_line
from xdc_lab.results.report import table_text
from xdc_lab.results.rows import COLUMNS, read_results, record
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies.cells import cells_of
from xdc_lab.studies.engine import run_table
from xdc_lab.studies.evaluation_job import find_encoder
from xdc_lab.studies.localization_job import detect, export_for_gtad, find_windows, score
from xdc_lab.studies.place import Place
from xdc_lab.studies.plan import evaluate_command
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.table import THRESHOLDS, Table, change_table
from xdc_lab.studies.tables import TABLES
from xdc_lab.worlds.demo import untrimmed_plan
from xdc_lab.worlds.demo.untrimmed import render_untrimmed
from xdc_lab.worlds.demo.untrimmed_plan import UntrimmedSettings


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> Path:
    """A small untrimmed set: three videos of three events."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(untrimmed_plan.SCALES, "tiny", (2, 1))
        settings = UntrimmedSettings(event_seconds=(1.0, 1.5), gap_seconds=(0.6, 0.8))
        folder = tmp_path_factory.mktemp("data") / "small-untrimmed"
        return render_untrimmed(folder, scale="tiny", settings=settings, workers=1, progress=False)


@pytest.fixture(scope="module")
def runs(smallest, tmp_path_factory) -> Place:
    return Place(tmp_path_factory.mktemp("study"), "tiny", smallest, Execution(device="cpu", progress=False))


@pytest.fixture(scope="module")
def table(few, videos) -> Table:
    return change_table(
        TABLES["table8"],
        rows=("Scratch", "XDC"),
        collections=(f"{few}:24",),
        downstreams=((str(videos), "video"),),
        seeds=(0,),
    )


@pytest.fixture(scope="module")
def results(table, runs) -> pd.DataFrame:
    return run_table(table, runs).rows


def test_a_row_and_a_threshold_are_a_number(results):
    assert list(results.columns) == list(COLUMNS)
    cells = results[["method", "pretraining", "modality", "protocol"]].to_numpy().tolist()
    origins = {"Scratch": "none", "XDC": "few"}
    assert cells == [[name, origins[name], "video", tiou] for name in origins for tiou in THRESHOLDS]
    assert results["value"].between(0, 100).all()
    for _, own in results.groupby("method"):
        assert own["value"].is_monotonic_decreasing
        assert own["score"].is_unique
    assert set(results["downstream"]) == {"small-untrimmed"}


def test_ours_stands_beside_the_papers(results, runs):
    text = table_text(results, number=8)
    assert "Table 8, paper" in text and "Table 8, ours" in text
    assert " 51.5 " in text and "IG-Kinetics" in text
    folder = runs.folder("table8")
    assert {path.stem for path in folder.iterdir()} == {"results", "means", "differences", "paper_vs_ours"}
    view = pd.read_csv(folder / "paper_vs_ours.csv")
    assert [name for name in map(str, view) if name.startswith("ours: ")] == [f"ours: {tiou}" for tiou in TIOUS]


def test_a_second_start_reads_what_is_finished(results, table, runs):
    before = {path: path.stat().st_mtime_ns for path in runs.out.rglob("run.json")}
    again = run_table(change_table(table, protocols=("tIoU 0.5",)), runs).rows
    assert again["value"].tolist() == results.query("protocol == 'tIoU 0.5'")["value"].tolist()
    assert {path: path.stat().st_mtime_ns for path in runs.out.rglob("run.json")} == before
    assert len(read_results(runs.results("table8"))) == len(results)


def test_thresholds_and_protocols_do_not_mix(table):
    with pytest.raises(SettingError, match="unknown protocol 'tIoU 0.3'"):
        change_table(table, protocols=("tIoU 0.3", "fc-only"))


def test_the_command_of_a_cell_makes_what_the_engine_makes(results, table, runs, tmp_path):
    (_, made), (_, cell) = (cells_of(table, place) for place in (runs, replace(runs, out=tmp_path)))
    words = evaluate_command(cell)
    words[3] = str(made.pretraining.path)  # XDC's encoder is there already
    done = CliRunner().invoke(app, words[1:], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found = load_localization(cell.run.path)
    mine = results.query("method == 'XDC'")["value"].tolist()
    assert [round(value, 4) for value in found.map_percent.values()] == mine


@pytest.fixture
def run(results, runs) -> RunFolder:
    """The pretraining of XDC."""
    return RunFolder(runs.out / "few-tiny" / "XDC-n24-k4-r2plus1d_10-s0")


def test_a_row_by_hand_is_recorded_and_its_detections_have_its_score(results, run, videos, tmp_path):
    encoder = find_encoder(run.path)
    words = {"windows": find_windows(encoder), "execution": Execution(device="cpu", progress=False)}
    found = detect(encoder, videos, tmp_path / "by-hand", **words)
    assert list(found.map_percent.values()) == pytest.approx(
        results.query("method == 'XDC'")["value"].tolist(), abs=1e-4
    )
    assert score(found.run.path / DETECTIONS, videos).splitlines()[0] == scores_line(found.map_percent)
    table = read_results(record(found.run.path, tmp_path / "results.csv"))
    assert table["protocol"].tolist() == list(THRESHOLDS)
    assert table["method"].unique().tolist() == ["XDC"]


def test_what_g_tad_reads_is_written_beside_the_encoder(run, videos):
    encoder = find_encoder(run.path)
    words = {"windows": find_windows(encoder), "execution": Execution(device="cpu", progress=False)}
    export = export_for_gtad(encoder, videos, **words)
    assert export.run.path == run.path / "localizations" / "video-small-untrimmed-export"
    read = load_untrimmed(videos)
    train = read.videos[read.videos["split"] == "train"]["video"].tolist()
    with h5py.File(export.run.path / "features_val.h5") as file:
        assert sorted(file) == sorted(train)
    scored = load_untrimmed(export.run.path, annotations_alone=True)
    assert len(scored.segments) == len(read.segments)


def test_windows_are_the_clips_of_the_encoders_own_run(run, smallest, tmp_path):
    for source in (run.path, run.encoder("video")):
        windows = find_windows(find_encoder(source))
        assert (windows.video, windows.audio) == (smallest.evaluation.video, smallest.evaluation.audio)
    assert find_windows(find_encoder(run.path), frames=7, stride_frames=3).video.frames == 7
    alone = tmp_path / "mine.safetensors"
    save_encoder(build_encoder("r2plus1d_10", width=8), alone, about={})
    windows = find_windows(find_encoder(alone), scale="demo")
    assert windows.video == study_settings("demo").evaluation.video


def test_detections_of_another_detector_are_scored(videos, tmp_path):
    truth = load_untrimmed(videos).of_split("test").segments
    results: dict[str, list] = {"elsewhere": [{"label": truth["label"][0], "score": 1.0, "segment": [0, 1]}]}
    for row in truth.to_dict("records"):
        segment = [row["start_seconds"], row["end_seconds"]]
        results.setdefault(row["video"], []).append({"label": row["label"], "score": 0.5, "segment": segment})
    path = tmp_path / "gtad.json"
    path.write_text(json.dumps({"version": "", "results": results, "external_data": {}}))
    first, *rest = score(path, videos).splitlines()
    assert first.startswith("mAP in percent: 100.0 at tIoU 0.3") and first.endswith("100.0 at tIoU 0.7")
    assert rest[1].startswith("left out: 1 that are of videos that are not tested")
