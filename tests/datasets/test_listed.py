"""One contract for collections whose lists name more than a disk holds, and the traps that each one has."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from xdc_lab.cli import app
from xdc_lab.datasets import audioset, kinetics, vggsound
from xdc_lab.datasets.catalogue import LOADERS, describe_data, load_items, load_listed
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.listed import clip_names, find_clips
from xdc_lab.datasets.table_file import read_csv
from xdc_lab.errors import DataError, SettingError
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.media.writer import write_video

IDS = ["-aaaaaaaaa1", "bbb_bb-bb_2", "12345678901", "NA_null-nan"]  # as YouTube has them
KINETICS = [f"{video}_{start:06d}_{start + 10:06d}" for start, video in enumerate(IDS)]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def write_kinetics_lists(lists: Path) -> None:
    write(
        lists / "train.csv",
        "label,youtube_id,time_start,time_end,split,is_cc\r\n"
        f'"massaging person\'s head",{IDS[0]},0,10,train,0\r\n"shooting goal (soccer)",{IDS[1]},1,11,train,0\r\n',
    )
    write(lists / "val.csv", f'label,youtube_id,time_start,time_end,split\n"tap, dancing",{IDS[2]},2,12,validate\n')
    write(lists / "test.csv", f"youtube_id,time_start,time_end,split\n{IDS[3]},3,13,test\n")


def make_kinetics(folder: Path) -> None:
    write_kinetics_lists(folder)
    touch(folder, *(f"{name}.mp4" for name in KINETICS))


def make_kinetics_in_class_folders(folder: Path) -> None:
    write_kinetics_lists(folder / "annotations")
    places = ["train/massaging_persons_head", "train/shooting_goal_soccer", "val/tap,_dancing", "test"]
    touch(folder, *(f"{place}/{name}.mp4" for place, name in zip(places, KINETICS, strict=True)))


def make_kinetics_of_the_mirror(folder: Path) -> None:
    write_kinetics_lists(folder / "annotations")
    write_kinetics_lists(folder / "annotations" / "deepmind")
    places = ["train", "train", "val", "test"]
    touch(folder, *(f"{place}/{name}.mp4" for place, name in zip(places, KINETICS, strict=True)))
    touch(folder, f"replacement/replacement_for_corrupted_k400/{KINETICS[0]}.mp4")


def make_vggsound(folder: Path) -> None:
    lines = [f'{IDS[0]},0,"playing drum kit, indoors",train', *(f"{video},1,people marching,test" for video in IDS[1:])]
    write(folder / "vggsound.csv", "\n".join(lines) + "\n")
    place = "scratch/shared/beegfs/hchen/train_data/VGGSound_final/video"
    touch(folder, f"{place}/{IDS[0]}_000000.mp4", *(f"{place}/{video}_000001.mp4" for video in IDS[1:]))


SEGMENTS = "# Segments csv\n# num_ytids=2, num_segs=2\n# YTID, start_seconds, end_seconds, positive_labels\n"


def make_audioset(folder: Path, clip: str = "{id}_{start:06d}_{end:06d}.mp4") -> None:
    for name, place in (("balanced_train", 0), ("eval", 2)):
        lines = [f'{IDS[row]}, {row}0.000, {row + 1}0.000, "/m/09x0r,/t/dd00003"\n' for row in (place, place + 1)]
        write(folder / f"{name}_segments.csv", SEGMENTS + "".join(lines))
    names = 'index,mid,display_name\n0,/m/09x0r,"Speech"\n1,/t/dd00003,"Male speech, man speaking"\n'
    write(folder / "class_labels_indices.csv", names)
    times = [{"id": video, "start": 10 * row, "end": 10 * row + 10} for row, video in enumerate(IDS)]
    touch(folder, *("clips/" + clip.format(**of) for of in times))


COLLECTIONS: dict[str, tuple[str, ModuleType, Callable[[Path], None]]] = {
    "kinetics, flat": ("kinetics", kinetics, make_kinetics),
    "kinetics, class folders": ("kinetics", kinetics, make_kinetics_in_class_folders),
    "kinetics, mirror": ("kinetics", kinetics, make_kinetics_of_the_mirror),
    "vggsound": ("vggsound", vggsound, make_vggsound),
    "audioset": ("audioset", audioset, make_audioset),
}


@pytest.fixture(params=COLLECTIONS)
def collection(request, tmp_path) -> tuple[str, ModuleType, Path]:
    name, module, make = COLLECTIONS[request.param]
    make(tmp_path)
    return name, module, tmp_path


def test_it_is_recognised_labelled_and_split(collection, capsys):
    name, module, folder = collection
    assert LOADERS[name].load is module.load
    assert all([module.NAME, module.CITATION, module.LAYOUT, module.LICENCE, module.SOURCE])
    assert describe_data(folder)["licence"] == module.LICENCE
    items = load_items(folder)
    assert [Path(path).name[:11] for path in items["path"]] == IDS
    assert all(Path(path).is_file() for path in items["path"])
    assert set(items["split"]) <= {"train", "val", "test"} and items["split"].iloc[0] == "train"
    assert capsys.readouterr().err == "", "nothing is left out"
    pd.testing.assert_frame_equal(load_listed(folder).items, items)


def test_what_lists_or_disk_lack_is_counted_and_named(collection, capsys):
    _, _, folder = collection
    lost = [path for path in folder.rglob("*.mp4") if path.name.startswith("bbb_")]
    lost[0].unlink()
    touch(folder, "more/unlisted clip.mp4", "more/notes.txt")
    items = load_items(folder)
    assert len(items) == 3
    told = capsys.readouterr().err
    assert f"listed clips that are not there: 1\n    {lost[0].stem}\n" in told
    assert f"files that no list names: 1\n    {folder}/more/unlisted clip.mp4\n" in told
    result = CliRunner().invoke(app, ["check", str(folder), "--json"])
    report = json.loads(result.stdout)
    assert report["missing"] == [lost[0].stem] and report["unlisted"] == [f"{folder}/more/unlisted clip.mp4"]
    assert str(load_listed(folder)) == told.strip()


def test_without_any_of_its_clips_the_names_are_told(collection):
    _, module, folder = collection
    for path in folder.rglob("*.mp4"):
        path.rename(path.with_name(f"x{path.name}"))
    with pytest.raises(DataError, match="none of the 4 listed clips") as error:
        load_items(folder)
    assert module.LAYOUT in str(error.value)
    assert IDS[0] in str(error.value) and f"x{IDS[0]}" in str(error.value)


def test_kinetics_labels_are_those_of_the_lists_in_every_layout(tmp_path):
    for number, (name, _, make) in enumerate(COLLECTIONS.values()):
        if name == "kinetics":
            make(tmp_path / str(number))
            items = load_items(tmp_path / str(number))
            expected = ["massaging person's head", "shooting goal (soccer)", "tap, dancing", ""]
            assert items["label"].tolist() == expected, "the test list has no labels"
            assert items["split"].tolist() == ["train", "train", "val", "test"], "validate is val"
            split = official_splits(items)["1"]
            assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([0, 1], [2])


def test_a_replaced_clip_of_the_mirror_is_taken_from_the_replacements(tmp_path):
    make_kinetics_of_the_mirror(tmp_path)
    touch(tmp_path, f"videos/train/massaging/{KINETICS[0]}.mp4")
    places = [Path(path).parent.name for path in load_items(tmp_path)["path"].tolist()]
    assert places == ["replacement_for_corrupted_k400", "train", "val", "test"]


def test_clips_without_sound_or_content_are_rejected_by_a_check(tmp_path):
    make_kinetics(tmp_path)
    sound = np.zeros(32_000, np.float32)
    for name, waveform in zip(KINETICS[:2], (None, sound), strict=True):
        frames = np.zeros((50, 48, 64, 3), np.uint8)
        write_video(tmp_path / f"{name}.mp4", frames, frame_rate_hz=25.0, waveform=waveform)
    check = check_items(load_items(tmp_path), progress=False)
    assert check.usable["path"].tolist() == [str(tmp_path / f"{KINETICS[1]}.mp4")]
    assert check.counts["no audio track"] == 1 and check.counts["does not decode"] == 2


def test_another_train_csv_is_no_list_of_kinetics(tmp_path):
    write(tmp_path / "train.csv", "path,label\na.mp4,dog\n")
    touch(tmp_path, "a.mp4")
    assert not kinetics.recognise(tmp_path)
    assert len(load_items(tmp_path)) == 1
    with pytest.raises(DataError, match=f"no list of Kinetics.*{kinetics.SOURCE}"):
        kinetics.load(tmp_path)


def test_the_archives_of_deepmind_beside_the_videos(tmp_path):
    write_kinetics_lists(tmp_path / "kinetics700_2020")
    touch(tmp_path, *(f"videos/{name}.mp4" for name in KINETICS))
    assert load_items(tmp_path)["split"].tolist() == ["train", "train", "val", "test"]


def test_a_list_without_splits_is_named_after_its_own(tmp_path):
    write(tmp_path / "k400_validate.csv", f"label,youtube_id,time_start,time_end\nabseiling,{IDS[0]},0,10\n")
    touch(tmp_path, f"{KINETICS[0]}.mp4")
    assert load_items(tmp_path)["split"].tolist() == ["val"]


def test_a_clip_that_two_splits_name_is_told(tmp_path, capsys):
    make_kinetics(tmp_path)
    write(tmp_path / "val.csv", f"label,youtube_id,time_start,time_end,split\nabseiling,{IDS[0]},0,10,val\n")
    items = load_items(tmp_path)
    assert items["path"].is_unique and items["split"].tolist().count("train") == 2, "the training list comes before"
    assert f"clips named twice, with another label or split (the first counts): 1\n    {KINETICS[0]}" in (
        capsys.readouterr().err
    )


def test_vggsound_labels_and_a_header_that_somebody_added(tmp_path):
    make_vggsound(tmp_path)
    items = load_items(tmp_path)
    assert items["label"].tolist() == ["playing drum kit, indoors", *["people marching"] * 3]
    split = official_splits(items)["1"]
    assert (split.train_rows.tolist(), split.test_rows.tolist()) == ([0], [1, 2, 3])
    text = (tmp_path / "vggsound.csv").read_text()
    (tmp_path / "vggsound.csv").unlink()
    write(tmp_path / "data" / "vggsound.csv", "youtube_id,start_seconds,label,split\n" + text)
    pd.testing.assert_frame_equal(load_items(tmp_path), items)


def test_of_a_video_and_its_sound_alone_the_video_counts(tmp_path):
    make_vggsound(tmp_path)
    touch(tmp_path, *(f"{place}/{IDS[0]}_000000.wav" for place in ("audio", "wav")))
    listed = load_listed(tmp_path)
    assert listed.items["path"].str.endswith(".mp4").all() and not listed.unlisted


@pytest.mark.parametrize("clip", audioset.CLIPS)
def test_audioset_has_several_labels_of_a_clip_however_its_files_are_named(tmp_path, clip):
    make_audioset(tmp_path, clip=f"{clip}.m4a")
    items = load_items(tmp_path)
    assert [IDS.index(video) for path in items["path"] for video in IDS if video in path] == [0, 1, 2, 3]
    assert set(items["labels"]) == {"Speech; Male speech, man speaking"} and set(items["label"]) == {""}
    assert items["split"].tolist() == ["train", "train", "test", "test"]


def test_audioset_240k_is_drawn_by_id_whatever_else_is_there_and_in_which_order():
    ids = [f"{number:011d}" for number in range(300)]
    rows = {"id": ids, "split": "train", "subset": ["balanced"] * 100 + ["unbalanced"] * 200}
    items = pd.DataFrame(rows)
    drawn = audioset.draw(items, 60)
    assert set(drawn["subset"]) == {"unbalanced"} and drawn["id"].is_monotonic_increasing and len(drawn) == 60
    assert drawn["id"].head(3).tolist() == ["00000000107", "00000000110", "00000000113"], "the same on every machine"
    assert set(audioset.draw(items[::-1], 60)["id"]) == set(drawn["id"]) > set(audioset.draw(items, 30)["id"])
    gone = set(drawn["id"][:20])
    fewer = audioset.draw(items[~items["id"].isin(gone)], 60)
    assert set(drawn["id"]) - gone < set(fewer["id"]), "only what is gone is replaced"
    assert len(audioset.draw(items[:100], 60)) == 60, "where the unbalanced set is not there, of the balanced one"
    with pytest.raises(DataError, match="201 clips were asked for; .* has 200 here"):
        audioset.draw(items, 201)


def test_a_sample_is_written_out_so_that_others_have_the_same(tmp_path):
    make_audioset(tmp_path / "set")
    write(tmp_path / "set" / "unbalanced_train_segments.csv", f'{SEGMENTS}{IDS[1]}, 10.000, 20.000, "/m/09x0r"\n')
    (tmp_path / "set" / "balanced_train_segments.csv").unlink()
    result = CliRunner().invoke(app, ["sample", f"{tmp_path / 'set'}:1", "--out", str(tmp_path / "one.csv")])
    assert result.exit_code == 0, result.output
    items = load_items(tmp_path / "one.csv")
    assert items[["id", "subset", "labels"]].to_numpy().tolist() == [[IDS[1], "unbalanced", "Speech"]]
    assert isinstance(CliRunner().invoke(app, ["sample", str(tmp_path / "set"), "--out", "x"]).exception, SettingError)


def test_audioset_labels_without_names_are_their_codes_and_lists_may_have_a_folder(tmp_path):
    make_audioset(tmp_path)
    (tmp_path / "class_labels_indices.csv").unlink()
    (tmp_path / "lists").mkdir()
    for path in tmp_path.glob("*.csv"):
        path.rename(tmp_path / "lists" / path.name)
    assert set(load_items(tmp_path)["labels"]) == {"/m/09x0r; /t/dd00003"}


def test_names_of_audioset_labels_without_their_columns(tmp_path):
    make_audioset(tmp_path)
    write(tmp_path / "class_labels_indices.csv", "0,/m/09x0r,Speech\n")
    with pytest.raises(DataError, match=r"class_labels_indices\.csv has no column mid, display_name"):
        load_items(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,people\n", "line 1 has 3 cells, and it should have 4: id, start, label, split"),
        (
            "aaaaaaaaaa1,0,people,train\nbbbbbbbbbb2,soon,people,train\n",
            "'bbbbbbbbbb2,soon' is not id,start in seconds",
        ),
        ("aaaaaaaaaa1,0,people,train\nbbbbbbbbbb2,1,a, b,train\n", "line 2 has 5 cells.* stands in quotes"),
        ("", "vggsound.csv is empty; its lines should have id, start, label, split"),
        ("# no clip\n\n", "is empty"),
        (b"aaaaaaaaaa1,0,caf\xe9,train\n", "not in UTF-8: line 1 has the byte 0xe9"),
        ("a,0,b,c\n".encode("utf-16"), "is in UTF-16"),
        (b"\0\0\1\0", "NUL byte in line 1"),
        ("aaaaaaaaaa1;0;people;train\n", "line 1 has 1 cells"),
        ('aaaaaaaaaa1,0,people,"train\n', "line 1: unexpected end of data"),
    ],
)
def test_lists_that_are_none(tmp_path, text, message):
    write(tmp_path / "vggsound.csv", text)
    touch(tmp_path, "aaaaaaaaaa1_000000.mp4")
    with pytest.raises(DataError, match=message):
        load_items(tmp_path)


def test_a_cell_that_is_not_there_is_told_with_its_row(tmp_path):
    make_kinetics(tmp_path)
    write(tmp_path / "val.csv", f"label,youtube_id,time_start,time_end,split\nabseiling,{IDS[2]}\n")
    with pytest.raises(DataError, match=r"val\.csv: '12345678901,,' is not id,start,end in seconds"):
        load_items(tmp_path)


@given(
    video=st.text("abcXYZ019-_", min_size=11, max_size=11),
    start=st.integers(0, 999_999),
    zeros=st.sampled_from(["", ".0", ".000"]),
)
def test_any_id_and_time_is_found_again(video, start, zeros):
    rows = pd.DataFrame({"id": [video], "start": [f"{start}{zeros}"]})
    name = clip_names(rows, "{id}_{start:06d}", path=Path("list.csv"))[0]
    assert name[:11] == video and name[11] == "_" and len(name) == 18 and int(name[12:]) == start


LABELS = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" ")), min_size=1, max_size=4)


@given(labels=LABELS, mark=st.booleans())
def test_labels_survive_quotes_commas_and_a_byte_order_mark(tmp_path_factory, labels, mark):
    path = tmp_path_factory.mktemp("lists") / "list.csv"
    table = pd.DataFrame({"label": labels, "id": "x"})
    table.to_csv(path, index=False, encoding="utf-8-sig" if mark else "utf-8", quoting=1)
    assert read_csv(path, what="list", stripped=True)["label"].tolist() == [label.strip() for label in labels]


@given(st.lists(st.sampled_from("abcd"), min_size=1, unique=True), st.lists(st.sampled_from("cdef"), unique=True))
def test_every_name_is_an_item_or_missing_and_every_file_an_item_or_unlisted(tmp_path_factory, names, there):
    folder = tmp_path_factory.mktemp("clips")
    touch(folder, *(f"{name}.mp4" for name in [*there, "f"]))
    rows = pd.DataFrame({"name": names, "label": "x", "split": "train"})
    if not set(names) & set(there):
        with pytest.raises(DataError, match=f"none of the {len(names)} listed clips"):
            find_clips(rows, folder, layout="so")
        return
    listed = find_clips(rows, folder, layout="so")
    found = [Path(path).stem for path in listed.items["path"]]
    assert sorted([*found, *listed.missing]) == sorted(names)
    assert {*found, *(Path(path).stem for path in listed.unlisted)} == {*there, "f"}
