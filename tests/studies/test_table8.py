"""Table 8 at its tiny scale, and the same by hand: a run in, what G-TAD reads and a score out."""

import json
from pathlib import Path
from typing import Any

import h5py
import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.datasets.untrimmed import load_untrimmed
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.evaluation.localization.average_precision import TIOUS
from xdc_lab.evaluation.localization.result import DETECTIONS, scores_line
from xdc_lab.results.report import beside_the_paper
from xdc_lab.results.rows import COLUMNS, read_results, record
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import demo_data
from xdc_lab.studies.demo_data import untrimmed
from xdc_lab.studies.localization_job import detect, export_for_gtad, find_slider, score
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.table8 import PROTOCOLS, table8
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
def words(tiny_set, videos, smallest, tmp_path_factory) -> dict[str, Any]:
    """The arguments of every start."""
    few = read_items(tiny_set).query("split == 'train'").head(24).reset_index(drop=True)
    write_items(few, tmp_path_factory.mktemp("few") / "few.csv")
    return {
        "out": tmp_path_factory.mktemp("study"),
        "scale": "tiny",
        "seeds": (0,),
        "rows": ("Scratch", "XDC"),
        "data": str(tmp_path_factory.getbasetemp() / "few0" / "few.csv"),
        "downstream": [(str(videos), "video")],
        "settings": smallest,
        "progress": False,
    }


@pytest.fixture(scope="module")
def results(words) -> pd.DataFrame:
    return table8(**words)


def test_a_row_and_a_threshold_are_a_number(results):
    assert list(results.columns) == list(COLUMNS)
    cells = results[["method", "pretraining", "modality", "protocol"]].to_numpy().tolist()
    origins = {"Scratch": "none", "XDC": "few"}
    assert cells == [[name, origins[name], "video", tiou] for name in origins for tiou in PROTOCOLS]
    assert results["value"].between(0, 100).all()
    for _, own in results.groupby("method"):
        assert own["value"].is_monotonic_decreasing
        assert own["score"].is_unique
    assert set(results["downstream"]) == {"small-untrimmed"}


def test_ours_stands_beside_the_papers(results, words):
    text = beside_the_paper(8, results)
    assert "Table 8, paper" in text and "Table 8, ours" in text
    assert " 51.5 " in text and "IG-Kinetics" in text
    folder = words["out"] / "tables" / "tiny" / "table8"
    assert {path.stem for path in folder.iterdir()} == {"results", "means", "differences", "paper_vs_ours"}
    view = pd.read_csv(folder / "paper_vs_ours.csv")
    assert [name for name in map(str, view) if name.startswith("ours: ")] == [
        f"ours: {tiou}" for tiou in TIOUS
    ]


def test_a_second_start_reads_what_is_finished(results, words):
    before = {path: path.stat().st_mtime_ns for path in words["out"].rglob("run.json")}
    again = table8(**words, protocols=("tIoU 0.5",))
    assert again["value"].tolist() == results.query("protocol == 'tIoU 0.5'")["value"].tolist()
    assert {path: path.stat().st_mtime_ns for path in words["out"].rglob("run.json")} == before
    there = read_results(words["out"] / "tables" / "tiny" / "table8" / "results.csv")
    assert len(there) == len(results)


@pytest.mark.slow
def test_two_processes_measure_what_one_does(results, words, tmp_path):
    both = table8(**{**words, "out": tmp_path / "runs"}, jobs=2)
    assert both["value"].tolist() == pytest.approx(results["value"].tolist(), abs=0.5)


def test_what_cannot_be_asked(words):
    with pytest.raises(SettingError, match="Table 8 has no 'fc-only'; it has tIoU 0.3"):
        table8(**words, protocols=("fc-only",))
    with pytest.raises(SettingError, match="the collection 'few' has no untrimmed videos"):
        table8(**{**words, "downstream": None})
    with pytest.raises(SettingError, match="scale 'paper' has no untrimmed videos"):
        untrimmed("paper", None)


def test_the_scales_own_videos_are_rendered(monkeypatch, tmp_path):
    made = []
    monkeypatch.setattr(demo_data, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(demo_data, "render_untrimmed", lambda folder, scale: made.append((folder, scale)))
    ((collection, modality),) = untrimmed("tiny", None)
    assert made == [(tmp_path / "tiny-untrimmed", "tiny")]
    assert (collection.name, modality) == ("tiny-untrimmed", "video")


def test_a_row_by_hand_is_recorded_and_its_detections_have_its_score(results, words, videos, tmp_path):
    run = words["out"] / "few-tiny" / "XDC-k4-s0"
    found = detect(run, videos, tmp_path / "by-hand", device="cpu", progress=False)
    assert list(found.map_percent.values()) == pytest.approx(
        results.query("method == 'XDC'")["value"].tolist()
    )
    assert score(found.run.path / DETECTIONS, videos).splitlines()[0] == scores_line(found.map_percent)
    table = read_results(record(found.run.path, tmp_path / "results.csv"))
    assert table["protocol"].tolist() == list(PROTOCOLS)
    assert table["method"].unique().tolist() == ["XDC"]


def test_what_g_tad_reads_is_written_beside_the_encoder(words, results, videos):
    run = words["out"] / "few-tiny" / "XDC-k4-s0"
    export = export_for_gtad(run, videos, device="cpu", progress=False)
    assert export.run.path == run / "localizations" / "video-small-untrimmed-export"
    read = load_untrimmed(videos)
    train = read.videos[read.videos["split"] == "train"]["video"].tolist()
    with h5py.File(export.run.path / "features_val.h5") as file:
        assert sorted(file) == sorted(train)
    scored = load_untrimmed(export.run.path, annotations_alone=True)
    assert len(scored.segments) == len(read.segments)


def test_windows_are_the_clips_of_the_encoders_own_run(words, results, smallest, tmp_path):
    run = RunFolder(words["out"] / "few-tiny" / "XDC-k4-s0")
    for source in (run.path, run.encoder("video")):
        windows = find_slider(source).windows
        assert (windows.video, windows.audio) == (smallest.evaluation.video, smallest.evaluation.audio)
    assert find_slider(run.path, frames=7, stride_frames=3).windows.video.frames == 7
    alone = tmp_path / "mine.safetensors"
    save_encoder(build_encoder("r2plus1d_10", width=8), alone, about={})
    assert find_slider(alone, scale="demo").windows.video == study_settings("demo").evaluation.video
    with pytest.raises(RunError, match="no run folder with an encoder 'video'"):
        find_slider(tmp_path)
    with pytest.raises(DataError, match="get it with: curl"):
        find_slider("xdc_audioset")


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
