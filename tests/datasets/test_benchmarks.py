"""One contract for every benchmark in its official layout, and the traps that each one has."""

import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from xdc_lab.datasets import dcase, esc50, hmdb51, ucf101
from xdc_lab.datasets.catalogue import LOADERS, describe_data, load_items, load_listed
from xdc_lab.errors import DataError
from xdc_lab.evaluation.splits import classes_of, official_splits

ESC10 = Path(os.environ.get("XDC_LAB_ESC10", Path(__file__).parents[3] / "shared" / "data" / "ESC-10"))


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def make_esc50(folder: Path) -> None:
    names = [f"{fold}-1000{take}-A-{take}.wav" for fold in (1, 2, 3) for take in (0, 1)]
    rows = [f"{name},{name[0]},{name[-5]},{['dog', 'rooster'][int(name[-5])]},True,1,A" for name in names]
    write(folder / "meta" / "esc50.csv", "filename,fold,target,category,esc10,src_file,take\n" + "\n".join(rows) + "\n")
    touch(folder / "audio", *names)


def make_ucf101(folder: Path) -> None:
    lists = folder / "ucfTrainTestlist"
    write(lists / "classInd.txt", "1 ApplyEyeMakeup\r\n2 HandstandPushups\r\n")
    eye = [f"ApplyEyeMakeup/v_ApplyEyeMakeup_g0{group}_c01.avi" for group in (1, 8)]
    hand = [f"HandstandPushups/v_HandStandPushups_g0{group}_c01.avi" for group in (1, 8)]
    for number, (test, train) in enumerate([(0, 1), (1, 0)], start=1):
        write(lists / f"trainlist0{number}.txt", f"{eye[train]} 1\r\n{hand[train]} 2\r\n")
        write(lists / f"testlist0{number}.txt", f"{eye[test]}\r\n{hand[test]}\r\n")
    touch(folder / "UCF-101", *eye)
    touch(folder / "UCF-101", *(name.replace("HandstandPushups/", "HandStandPushups/") for name in hand))


def make_hmdb51(folder: Path) -> None:
    lists = folder / "testTrainMulti_7030_splits"
    names = ["a (1)!_&#_walk_f_cm.avi", "b c.avi", "d.avi"]
    for label in ("brush_hair", "walk"):
        for number, roles in enumerate(("121", "210", "012"), start=1):
            lines = [f"{name} {role} " for name, role in zip(names, roles, strict=True)]
            write(lists / f"{label}_test_split{number}.txt", "\n".join(lines) + "\n")
        touch(folder / label, *names)


def make_dcase(folder: Path) -> None:
    for part, numbers in (("scenes_stereo", ("01", "07")), ("scenes_stereo_testset", ("01", "12"))):
        touch(folder / part, *(f"{label}{number}.wav" for label in ("bus", "tubestation") for number in numbers))


BENCHMARKS: dict[str, tuple[ModuleType, Callable[[Path], None]]] = {
    "esc50": (esc50, make_esc50),
    "dcase": (dcase, make_dcase),
    "ucf101": (ucf101, make_ucf101),
    "hmdb51": (hmdb51, make_hmdb51),
}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_is_recognised_labelled_and_split(name, tmp_path):
    module, make = BENCHMARKS[name]
    make(tmp_path)
    assert LOADERS[name].load is module.load
    assert all([module.NAME, module.CITATION, module.LAYOUT, module.LICENCE])
    assert describe_data(tmp_path)["licence"] == module.LICENCE
    items = load_items(tmp_path)
    assert items["path"].map(os.path.isfile).all()
    assert items["path"].is_unique
    assert (items["label"] != "").all()
    assert (items["split"] == items["split_1"]).all()


@pytest.mark.parametrize("name", ["esc50", "ucf101"])
def test_every_file_is_tested_once_over_all_splits(name, tmp_path):
    BENCHMARKS[name][1](tmp_path)
    items = load_items(tmp_path)
    columns = [column for column in items if str(column).startswith("split_")]
    assert ((items[columns] == "test").sum(axis=1) == 1).all()
    for split in official_splits(items).values():
        assert len(split.train_rows) + len(split.test_rows) == len(items)
        assert len(classes_of(items, split)[0]) == 2


@pytest.mark.parametrize("name", ["esc50", "ucf101", "hmdb51"])
def test_a_missing_file_is_named_and_without_any_the_layout_is_told(name, tmp_path, capsys):
    module, make = BENCHMARKS[name]
    make(tmp_path)
    whole = load_items(tmp_path)
    lost = Path(whole["path"].iloc[0])
    lost.unlink()
    assert load_items(tmp_path)["path"].tolist() == whole["path"].tolist()[1:]
    assert lost.name.lower() in capsys.readouterr().err.lower()
    absent = load_listed(tmp_path).absent.to_dict("records")
    assert [(row["label"], row["split"]) for row in absent] == [tuple(whole.loc[0, ["label", "split"]])]
    for path in whole["path"][1:]:
        Path(path).unlink()
    with pytest.raises(DataError, match=f"none of the . files of {module.NAME} is there") as error:
        load_items(tmp_path)
    assert module.LAYOUT in str(error.value)


def test_ucf101_lists_have_windows_line_ends_and_a_class_written_in_two_ways(tmp_path):
    make_ucf101(tmp_path)
    items = load_items(tmp_path)
    assert set(items["label"]) == {"ApplyEyeMakeup", "HandstandPushups"}
    hand = items[items["label"] == "HandstandPushups"]
    assert all("HandStandPushups/v_HandStandPushups_g" in path for path in hand["path"])
    assert hand["split_1"].tolist() == ["test", "train"]
    assert hand["split_2"].tolist() == ["train", "test"]


def test_ucf101_splits_whose_lists_are_not_there_are_left_out(tmp_path):
    make_ucf101(tmp_path)
    (tmp_path / "ucfTrainTestlist" / "trainlist02.txt").unlink()
    assert list(official_splits(load_items(tmp_path))) == ["1"]
    (tmp_path / "ucfTrainTestlist" / "testlist01.txt").unlink()
    with pytest.raises(DataError, match=r"no label file .*testlist01\.txt"):
        load_items(tmp_path)


def test_hmdb51_lines_end_in_a_blank_and_zero_is_unused(tmp_path):
    make_hmdb51(tmp_path)
    items = load_items(tmp_path)
    assert items["label"].tolist() == ["brush_hair"] * 3 + ["walk"] * 3
    assert [Path(path).name for path in items["path"][:3]] == ["a (1)!_&#_walk_f_cm.avi", "b c.avi", "d.avi"]
    assert items["split_1"].tolist()[:3] == ["train", "test", "train"]
    assert items["split_2"].tolist()[:3] == ["test", "train", ""]
    assert items["split_3"].tolist()[:3] == ["", "train", "test"]
    assert official_splits(items)["3"].train_rows.tolist() == [1, 4]


def test_a_line_of_hmdb51_that_is_none_is_quoted(tmp_path):
    make_hmdb51(tmp_path)
    write(tmp_path / "testTrainMulti_7030_splits" / "walk_test_split1.txt", "d.avi 3 \n")
    with pytest.raises(DataError, match=r"'d\.avi 3' is not"):
        load_items(tmp_path)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("filename,fold,category\n1-a.wav,1,dog,cat\n", "esc50.csv, line 2 has 4 cells"),
        ("filename,fold,category\n1-a.wav,first,dog\n", "column fold, row 1: 'first' is not a whole number"),
        ("filename,fold,category\n", "names no sound"),
        ("filename;fold;category\n1-a.wav;1;dog\n", "separated by ';'"),
        ("", "is empty"),
    ],
)
def test_esc50_says_what_is_wrong_with_its_table(tmp_path, table, message):
    write(tmp_path / "meta" / "esc50.csv", table)
    with pytest.raises(DataError, match=message):
        load_items(tmp_path)


def test_esc50_with_a_comma_at_the_end_of_its_lines(tmp_path):
    make_esc50(tmp_path)
    labels, before = tmp_path / "meta" / "esc50.csv", load_items(tmp_path)
    head, *lines = labels.read_text().splitlines()
    write(labels, "\n".join([head, *(f"{line}," for line in lines)]))
    pd.testing.assert_frame_equal(load_items(tmp_path), before)


@pytest.mark.parametrize(
    "name", ["ucfTrainTestlist/classInd.txt", "testTrainMulti_7030_splits/a_test_split1.txt", "esc50.csv"]
)
def test_label_files_that_are_not_in_utf_8_are_named(tmp_path, name):
    path = tmp_path / name if "/" in name else tmp_path / "meta" / name
    path.parent.mkdir()
    path.write_bytes("caf\u00e9.avi 1".encode("latin-1"))
    with pytest.raises(DataError, match=f"{path.name} is not in UTF-8: line 1"):
        load_items(tmp_path)


def test_a_listed_name_that_is_too_long_for_a_file_is_missing(tmp_path):
    lists = tmp_path / "ucfTrainTestlist"
    lists.mkdir()
    for name, text in (("classInd", "1 Jump"), ("trainlist01", "Jump/a.avi 1"), ("testlist01", f"Jump/{'a' * 300}")):
        (lists / f"{name}.txt").write_text(text)
    with pytest.raises(DataError, match="none of the 2 files of UCF101 is there"):
        load_items(tmp_path)


def test_dcase_learns_from_one_part_and_is_tested_on_the_other(tmp_path):
    make_dcase(tmp_path)
    touch(tmp_path / "scenes_stereo", "._bus01.wav")  # what a Mac leaves in an archive
    items = load_items(tmp_path)
    assert items["label"].tolist() == ["bus", "bus", "tubestation", "tubestation"] * 2
    split = official_splits(items)["1"]
    assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([0, 1, 2, 3], [4, 5, 6, 7])
    assert all("scenes_stereo_testset" in items["path"].tolist()[row] for row in split.test_rows)


def test_dcase_looks_a_renamed_file_up_in_the_key(tmp_path):
    make_dcase(tmp_path)
    test = tmp_path / "scenes_stereo_testset"
    (test / "bus12.wav").rename(test / "1.wav")
    with pytest.raises(DataError, match=r"class of .*1\.wav is not known"):
        load_items(tmp_path)
    write(tmp_path / dcase.KEY, "fold,number,file,original\r\nfold1,2,2.wav,park03.wav\r\nfold1,1,1.wav, bus12.wav\r\n")
    items = load_items(tmp_path)
    assert items.loc[items["path"].str.endswith("/1.wav"), "label"].tolist() == ["bus"]


def test_dcase_without_its_test_sounds_is_an_error(tmp_path):
    make_dcase(tmp_path)
    for path in (tmp_path / "scenes_stereo_testset").iterdir():
        path.unlink()
    with pytest.raises(DataError, match=r"scenes_stereo_testset has no \.wav files; DCASE should lie as"):
        load_items(tmp_path)


@pytest.mark.skipif(not ESC10.is_dir(), reason="ESC-10 is not on this machine")
def test_esc10_is_400_real_sounds_in_five_folds():
    items = load_items(ESC10)
    assert len(items) == 400
    assert (items["label"].value_counts() == 40).all()
    splits = official_splits(items)
    assert list(splits) == ["1", "2", "3", "4", "5"]
    assert {len(split.test_rows) for split in splits.values()} == {80}
    assert sorted(row for split in splits.values() for row in split.test_rows) == list(range(400))
    own = np.array([Path(path).name.split("-")[1] for path in items["path"].tolist()])
    for split in splits.values():
        assert not set(own[split.train_rows]) & set(own[split.test_rows])  # no source recording on both sides
