from typing import Any

import pandas as pd
import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.errors import SettingError
from xdc_lab.runs.folder import RunFolder
from xdc_lab.studies import study
from xdc_lab.studies.demo_data import curated, downstreams, uncurated
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.sources import Collection, Source, make_source, open_place
from xdc_lab.studies.study import Cell, cells_of, run_study

DEMO = Collection("demo", "demo")
BOTH = [(DEMO, "video"), (DEMO, "audio")]


def test_same_modality_xdc_has_cells_of_its_modality_alone():
    sources = [make_source(row, 0, DEMO) for row in ("XDC", "XDC-2-video", "XDC-2-audio")]
    cells = cells_of(sources, protocols=("fc-only",), downstreams=BOTH)
    assert [(cell.source.method, cell.modality) for cell in cells] == [
        ("XDC", "video"),
        ("XDC", "audio"),
        ("XDC-2-video", "video"),
        ("XDC-2-audio", "audio"),
    ]


def test_a_protocol_is_left_out_where_it_is_for_another_modality():
    cells = cells_of([make_source("XDC", 0, DEMO)], protocols=("32 frames", "linear SVM"), downstreams=BOTH)
    assert [(cell.modality, cell.protocol) for cell in cells] == [
        ("video", "32 frames"),
        ("audio", "linear SVM"),
    ]


def test_a_folder_names_what_decides_its_content():
    part = Collection("demo", "demo", 240)
    sources = [
        make_source(row, seed, collection, k=k)
        for row in ("Scratch", "Superv", "SDC", "XDC")
        for seed in (0, 1)
        for collection in (DEMO, part)
        for k in (None, 8)
    ]
    different = set(sources)
    assert len({source.folder("demo") for source in different}) == len(different) == 2 + 4 + 8 + 8
    cells = {Cell(source, "video", "fc-only", DEMO).folder("demo") for source in different}
    assert len(cells) == len(different)


def test_a_source_that_cannot_be_is_refused():
    with pytest.raises(SettingError, match="a row is one of SDC"):
        Source("XCD", 0, DEMO)
    with pytest.raises(SettingError, match="random encoders have none"):
        Source("Scratch", 0, DEMO)
    with pytest.raises(SettingError, match="random encoders have none"):
        Source("XDC", 0)


def test_real_data_must_be_given_where_none_is_rendered():
    with pytest.raises(SettingError, match="give data="):
        curated("paper", None)
    with pytest.raises(SettingError, match="uncurated_data="):
        uncurated("paper", None)
    with pytest.raises(SettingError, match="give downstreams="):
        downstreams("paper", None)
    assert downstreams("paper", [("/v/ucf101.csv", "video")]) == [
        (Collection("ucf101", "/v/ucf101.csv"), "video")
    ]
    assert curated("demo", None) == DEMO


def test_a_collection_of_ones_own_has_runs_of_its_own_at_each_scale():
    mine = Collection("mine", "/v/mine")
    for source in (make_source("XDC", 0, mine, k=8), make_source("Scratch", 0, mine)):
        assert source.folder("tiny") != source.folder("demo")
        cells = [Cell(source, "video", "fc-only", mine).folder(scale) for scale in ("tiny", "demo")]
        assert cells[0] != cells[1]


def test_a_part_of_a_collection_is_drawn_from_all_of_it_and_within_a_larger_part(tiny_set):
    training = Collection("tiny", str(tiny_set)).items().query("split == 'train'")["path"].tolist()
    parts = [Collection("tiny", str(tiny_set), count).items()["path"].tolist() for count in (16, 32, 1000)]
    assert [len(part) for part in parts] == [16, 32, len(training)]
    assert set(parts[0]) < set(parts[1]) and parts[2] == training
    assert parts[0] != training[:16] and parts[0] == sorted(parts[0], key=training.index)


def test_a_random_encoder_is_trained_as_one_that_knows_nothing(monkeypatch):
    asked = {}

    def note(*args, **words):
        asked.update(words)
        raise InterruptedError

    monkeypatch.setattr(study, "evaluate", note)
    monkeypatch.setattr(study, "_encoder", lambda cell, place: (build_encoder("r2plus1d_10", width=4), None))
    settings = study_settings("paper")
    for row in ("Scratch", "XDC"):
        place = open_place("table1", None, "paper", settings, device="cpu", progress=False)
        source = Source("Scratch", 0) if row == "Scratch" else Source("XDC", 0, DEMO, 8)
        monkeypatch.setattr(Collection, "items", lambda self, *, seed=0: labelled())
        with pytest.raises(InterruptedError):
            study.run_cell(Cell(source, "video", "full finetuning", DEMO), place)
        assert asked["settings"].full.epochs == (45 if row == "Scratch" else 8)
    assert study_settings("demo").evaluation.full == study_settings("demo").evaluation.from_scratch


def labelled() -> pd.DataFrame:
    return pd.DataFrame({"path": ["a", "b"], "label": "x", "split": ["train", "test"]})


def test_a_table_is_not_for_torchrun(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SettingError, match="no torchrun"):
        study.run_study(
            [], open_place("t", None, "tiny", study_settings("tiny"), device="cpu", progress=False)
        )


@pytest.fixture(scope="module")
def broken(tiny_set, tmp_path_factory) -> str:
    """32 clips to pretrain on, one of which cannot be read, and as many to judge on."""
    folder = tmp_path_factory.mktemp("broken")
    items = read_items(tiny_set).groupby("split", sort=False).head(32).reset_index(drop=True)
    (folder / "empty.mp4").touch()
    write_items(items, folder / "broken.csv")
    in_a_part = Collection("broken", str(folder / "broken.csv"), 8).items()["path"][0]
    write_items(items.replace({"path": {in_a_part: str(folder / "empty.mp4")}}), folder / "broken.csv")
    return str(folder / "broken.csv")


@pytest.mark.parametrize(("clips", "size"), [(8, 8), (None, 31)], ids=["asked for", "all"])
def test_a_size_is_the_one_that_was_asked_for_where_one_was(broken, smallest, tmp_path, clips, size):
    source = make_source("Superv", 0, Collection("broken", broken, clips))
    cells = cells_of(
        [source], protocols=("retrieval",), downstreams=[(Collection("broken", broken), "audio")]
    )
    place = open_place("table4", tmp_path, "tiny", smallest, device="cpu", progress=False)
    results = run_study(cells, place)
    run = source.folder("tiny")
    used = len(read_items(RunFolder(tmp_path / run.with_name(f"{run.name}-audio")).items))
    assert used == (7 if clips else 31)
    assert results["pretraining_size"].tolist() == [size]


@pytest.mark.slow
def test_two_processes_measure_what_one_does(tiny_set, smallest, tmp_path):
    from xdc_lab.studies.table1 import table1

    words: dict[str, Any] = {
        "scale": "tiny",
        "seeds": (0, 1),
        "rows": ("Scratch",),
        "protocols": ("fc-only",),
        "data": str(tiny_set),
        "settings": smallest,
        "progress": False,
    }
    one = table1(tmp_path / "one", **words)
    two = table1(tmp_path / "two", jobs=2, **words)
    columns = ["method", "seed", "modality", "value"]
    assert one[columns].equals(two[columns])
