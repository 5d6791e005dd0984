"""What a table expands to: cells, their folders and commands, and what a collection can't do."""

import shlex
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from xdc_lab.cli import app
from xdc_lab.datasets.items import make_items, write_items
from xdc_lab.errors import DataError, SettingError
from xdc_lab.studies.cells import DONE, Cell, cells_of
from xdc_lab.studies.collection import Collection, parse_collection
from xdc_lab.studies.place import Place
from xdc_lab.studies.plan import plan_of
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.source import Source, make_source, with_choice
from xdc_lab.studies.table import Clusters, change_table
from xdc_lab.studies.tables import TABLES

DEMO = Collection("demo", "demo")
SETTINGS = study_settings("demo").pretraining


def table(number: int, few, **changes):
    """A table on the few clips, with one seed."""
    own = {"collections": (str(few),), "seeds": (0,), **changes}
    return change_table(TABLES[f"table{number}"], **own)


def test_a_row_has_cells_of_the_modalities_and_protocols_that_it_has(few, place):
    rows = ("XDC", "XDC-2-video", "XDC-2-audio")
    cells = cells_of(table(7, few, rows=rows, protocols=("32 frames", "linear SVM")), place)
    assert [(cell.source.row, cell.modality, cell.protocol) for cell in cells] == [
        ("XDC", "video", "32 frames"),
        ("XDC", "audio", "linear SVM"),
        ("XDC-2-video", "video", "32 frames"),
        ("XDC-2-audio", "audio", "linear SVM"),
    ]


def test_the_svm_runs_where_the_paper_has_it(few, place, tmp_path):
    """It has it for DCASE alone (Table 7(b)); the labelled demo items stand for DCASE, too."""
    for file in ("scenes_stereo/bus01.wav", "scenes_stereo/park01.wav"):
        for part in ("scenes_stereo", "scenes_stereo_testset"):
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / Path(file).name).touch()

    def reasons(downstream, **changes):
        changed = table(7, few, rows=("XDC",), downstreams=((str(downstream), "audio"),), **changes)
        return {cell.protocol: cell.reason for cell in cells_of(changed, place)}

    elsewhere = "the paper has it for DCASE alone; --protocols linear-svm asks for it"
    assert reasons(few) == {"full finetuning": "", "linear SVM": elsewhere}
    assert reasons(few, protocols=("linear SVM",)) == {"linear SVM": ""}
    assert reasons("labelled") == reasons(tmp_path) == {"full finetuning": "", "linear SVM": ""}


def test_a_folder_names_what_decides_its_content():
    part = Collection("demo", "demo", 240)
    sources = {
        make_source(row, seed, collection, with_choice(SETTINGS, clusters=clusters, encoder=encoder))
        for row in ("Scratch", "Superv", "SDC", "XDC")
        for seed in (0, 1)
        for collection in (DEMO, part)
        for clusters in (None, Clusters(8), Clusters(video=4, audio=6), Clusters(8, video=4))
        for encoder in (None, "resnet3d_18")
    }
    folders = {source.folder("demo", "video") for source in sources}
    assert len(folders) == len(sources) == 2 * 2 + 2 * 2 * 2 + 2 * 2 * 2 * 2 * 4
    place = Place(Path("runs"), "demo", study_settings("demo"))
    assert len({Cell(place, source, "video", DEMO, "fc-only").run.path for source in sources}) == len(sources)


def test_a_collection_of_ones_own_has_runs_of_its_own_at_each_scale():
    mine = Collection("mine", "/v/mine")
    for row in ("XDC", "Scratch"):
        source = make_source(row, 0, mine, SETTINGS)
        assert source.folder("tiny", "video") != source.folder("demo", "video")


def test_what_was_asked_for_wrongly_is_said_before_a_stand_in_is_missed(place, tmp_path):
    """The demo set is not there either, but that is not what is wrong."""
    for changes, message in (
        ({"per_class": (0,)}, "per_class of 0; it must be 1 or more"),
        ({"sizes": (None, 0)}, "sizes of 0; it must be 1 or more"),
        ({"downstreams": [[str(tmp_path / "wrong"), "audio"]]}, "wrong does not exist"),
        ({"downstreams": [["esc=/no/such/folder", "audio"]]}, "/no/such/folder does not exist"),
        ({"collections": ["/no/such/folder"]}, "/no/such/folder does not exist"),
    ):
        with pytest.raises((SettingError, DataError), match=message):
            cells_of(change_table(TABLES["esc10"], **changes), replace(place, scale="demo"))
    with pytest.raises(SettingError, match="demo with 0 clips"):
        parse_collection("demo:0")


def test_a_row_is_named_in_any_case():
    assert change_table(TABLES["table1"], rows=("xdc", "SCRATCH")).rows == ("XDC", "Scratch")
    assert make_source("xdc", 0, DEMO, SETTINGS).row == "XDC"


def test_a_source_that_cannot_be_is_refused():
    with pytest.raises(SettingError, match="did you mean XDC"):
        Source("XDV", 0, DEMO, SETTINGS)
    with pytest.raises(SettingError, match="random encoders have none"):
        Source("Scratch", 0, DEMO, SETTINGS)
    with pytest.raises(SettingError, match="random encoders have none"):
        Source("XDC", 0, None, SETTINGS)


def test_what_a_collection_cannot_do_is_a_cell_with_a_reason(few, place):
    flat = str(few.with_name("flat.csv"))
    labelled = ((str(few), "audio"),)
    third = table(3, few, collections=(str(few), flat), downstreams=labelled, sizes=(16, 20, 30, None))
    reasons = {
        (cell.source.row, cell.source.collection.name, cell.source.collection.clips): cell.reason
        for cell in cells_of(third, place)
        if cell.source.collection is not None
    }
    assert reasons == {
        ("Superv", "few", 16): "",
        ("Superv", "few", 20): "",
        ("Superv", "few", 30): "",
        ("Superv", "few", None): "",
        ("Superv", "flat", 16): "needs labels",
        ("Superv", "flat", 20): "is all of it",
        ("Superv", "flat", 30): "has 20 clips",
        ("Superv", "flat", None): "needs labels",
        ("XDC", "few", 16): "",
        ("XDC", "few", 20): "",
        ("XDC", "few", 30): "",
        ("XDC", "few", None): "",
        ("XDC", "flat", 16): "",
        ("XDC", "flat", 20): "is all of it",
        ("XDC", "flat", 30): "has 20 clips",
        ("XDC", "flat", None): "",
    }
    crowded = cells_of(table(1, few, rows=("XDC",), collections=(flat,), downstreams=labelled, ks=(21,)), place)
    assert {cell.reason for cell in crowded} == {"needs 21 clips"}
    nothing = cells_of(table(1, few, rows=("XDC",), downstreams=((flat, "audio"),)), place)
    assert all("no train and test split" in cell.reason for cell in nothing)
    other = cells_of(table(1, few, rows=("XDC",), downstreams=labelled, splits=("7",)), place)
    assert {cell.reason for cell in other} == {"has no split 7"}
    few_labels = change_table(TABLES["few_labels"], collections=(str(few),), per_class=(30,), seeds=(0,))
    assert all("training items" in cell.reason for cell in cells_of(few_labels, place))


def test_ones_own_videos_need_untrimmed_ones_to_localize_in(few, place):
    with pytest.raises(SettingError, match="--video FOLDER"):
        cells_of(table(8, few), place)


def test_sweeps_take_the_scales_values_where_none_are_given(few, place):
    ks = [cell.source.settings.kmeans.k for cell in cells_of(table(2, few), place)]
    assert sorted(set(ks)) == [2, 4]
    whole = cells_of(table(3, few, rows=("XDC",), sizes=(None,)), place)
    assert {cell.source.collection.clips for cell in whole if cell.source.collection is not None} == {None}
    given = cells_of(table(2, few, ks=("3",)), place)
    assert {cell.source.settings.kmeans.k for cell in given} == {3}
    fourth = table(4, few, collections=(str(few.with_name("others.csv")), str(few)))
    collections = {cell.source.collection for cell in cells_of(fourth, place)}
    sizes = {(found.name, found.clips) for found in collections if found is not None}
    assert sizes == {("others", 16), ("others", None), ("few", 16), ("few", None)}


def test_a_random_encoder_is_one_source_on_every_collection(few, place):
    both = table(3, few, rows=("Scratch", "XDC"), collections=(str(few), str(few.with_name("others.csv"))))
    sources = dict.fromkeys(cell.source for cell in cells_of(both, place))
    assert [source.row for source in sources].count("Scratch") == 1


def test_the_plan_names_every_command_once_with_its_state(few, place):
    first = table(1, few, rows=("Superv", "XDC"), collections=(str(few.with_name("flat.csv")),))
    first = change_table(first, downstreams=((str(few), "video"),), protocols=("fc-only", "32 frames"))
    plan = plan_of(cells_of(first, replace(place, out=place.out / "elsewhere")))
    assert plan["state"].tolist() == ["left out", "left out", "to do", "to do", "to do"]
    assert "Superv" in plan["command"][0] and plan["command"][0].endswith("needs labels")
    assert plan["command"][2].startswith("xdc-lab pretrain --method XDC")
    assert plan["command"].is_unique


@pytest.mark.slow
def test_the_commands_of_a_plan_make_what_the_engine_makes(few, place, monkeypatch):
    """Each command by hand, in another folder, at settings that are not the scale's: the same numbers."""
    from xdc_lab.studies.engine import collect, run_table

    small = table(
        1, few, rows=("Scratch", "Superv", "XDC"), protocols=("fc-only", "32 frames"), ks=("audio=3,video=4",)
    )
    elsewhere = replace(place, out=place.out / "by-hand")
    cells = cells_of(small, elsewhere)
    for command in plan_of(cells)["command"]:
        result = CliRunner().invoke(app, shlex.split(command)[1:], catch_exceptions=False)
        assert result.exit_code == 0, result.output
    assert set(plan_of(cells)["state"]) == {DONE}
    by_hand, engine = collect(small, cells, elsewhere), run_table(small, place)
    names = ["method", "pretraining", "pretraining_size", "k", "downstream", "modality", "network", "protocol"]
    assert by_hand.rows[[*names, "value"]].equals(engine.rows[[*names, "value"]])
    assert not by_hand.failed and not engine.failed
    assert engine.rows.query("method == 'XDC'")["k"].tolist() == [3, 3, 4]


def test_what_pictures_and_several_labels_cannot_do_is_said(place, tmp_path):
    for name in ("train/n00000001/a.JPEG", "train/n00000002/b.JPEG", "val/n00000001/c.JPEG"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    rows = {"path": [f"{name}.mp4" for name in "abcd"], "labels": "x; y", "split": ["train", "train", "test", "test"]}
    write_items(make_items(pd.DataFrame(rows)), tmp_path / "several.csv")

    def reasons(collection, **changes):
        changed = table(3, tmp_path / collection, sizes=(None,), **changes)
        return {(cell.source.row, cell.modality, cell.protocol): cell.reason for cell in cells_of(changed, place)}

    full, silent = "full finetuning", "pictures have no sound"
    pictures = reasons("in", rows=("Superv", "SDC", "Scratch"))
    assert pictures["Superv", "video", full] == pictures["Scratch", "video", full] == ""
    assert {key for key, reason in pictures.items() if reason == silent} == {
        *[(row, "audio", full) for row in ("Superv", "SDC", "Scratch")],
        ("SDC", "video", full),
    }
    several = reasons("several.csv", rows=("Superv",), protocols=(full, "retrieval"))
    assert several["Superv", "audio", full] == ""
    assert several["Superv", "audio", "retrieval"] == "is for one label per item"
    few = reasons("several.csv", rows=("Scratch",), per_class=(1,))
    assert few["Scratch", "video", full].startswith("few labels are drawn by an item's one class")
