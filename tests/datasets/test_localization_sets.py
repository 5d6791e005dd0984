"""THUMOS14's own layout, G-TAD's files and plain tables come to the same segments; what is odd is counted."""

from pathlib import Path

import pandas as pd
import pytest

from xdc_lab.datasets import thumos14
from xdc_lab.datasets.catalogue import describe_data, load_items
from xdc_lab.datasets.gtad_annotations import read_gtad_annotations, write_gtad_annotations
from xdc_lab.datasets.items import make_items, write_items
from xdc_lab.datasets.segments import beyond_the_end, make_segments, write_segments
from xdc_lab.datasets.untrimmed import describe_untrimmed, load_untrimmed
from xdc_lab.errors import DataError

LISTS = {
    "detclasslist.txt": "7 BaseballPitch\r\n22 Diving\r\n",
    "BaseballPitch_val.txt": "video_validation_0000051  67.5 75.9\r\nvideo_validation_0000051  85.9 90.6\r\n",
    "Diving_val.txt": "video_validation_0000053  1.0 2.0\n",
    "BaseballPitch_test.txt": "video_test_0000004  0.2 1.1\n",
    "Diving_test.txt": "video_test_0000004  5.0 6.5\nvideo_test_0000006  5.0 5.0\nvideo_test_0000004  5.0 6.5\n",
    "Ambiguous_test.txt": "video_test_0000004  8.0 9.0\nvideo_test_0001292  1.0 2.0\n",
}
VIDEOS = (
    *("validation/video_validation_0000051.mp4", "validation/video_validation_0000053.mp4"),
    *("test/video_test_0000004.mp4", "test/video_test_0000006.mp4", "test/video_test_0001292.mp4"),
)


@pytest.fixture
def thumos(tmp_path: Path) -> Path:
    """A few videos in the layout of the archives."""
    folder = tmp_path / "THUMOS14"
    for name, text in LISTS.items():
        path = folder / "annotation" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    for name in VIDEOS:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return folder


def test_segments_and_ambiguous_parts_lie_apart(thumos):
    read = load_untrimmed(thumos)
    assert read.segments.to_numpy().tolist() == [
        ["video_test_0000004", "test", "BaseballPitch", 0.2, 1.1],
        ["video_validation_0000051", "train", "BaseballPitch", 67.5, 75.9],
        ["video_validation_0000051", "train", "BaseballPitch", 85.9, 90.6],
        ["video_test_0000004", "test", "Diving", 5.0, 6.5],
        ["video_validation_0000053", "train", "Diving", 1.0, 2.0],
    ]
    assert read.ignored["video"].tolist() == ["video_test_0000004", "video_test_0001292"]
    assert read.class_ids == {"BaseballPitch": 7, "Diving": 22}
    assert read.videos.set_index("video")["split"].to_dict() == {
        Path(name).stem: "train" if "validation" in name else "test" for name in VIDEOS
    }
    assert all(Path(path).is_file() for path in read.videos["path"].tolist())


def test_what_is_odd_is_counted_and_named(thumos):
    before, twice, unclear = load_untrimmed(thumos).oddities
    assert before == "segments that end before they start, left out: 1 (video_test_0000006 Diving 5.0 to 5.0)"
    assert twice == "segments that are listed twice, counted once: 1 (video_test_0000004 Diving 5.0 to 6.5)"
    assert unclear == "1 videos have ambiguous parts and nothing else: video_test_0001292"


def test_each_archive_may_lie_in_a_folder_of_its_own(thumos):
    whole = load_untrimmed(thumos).segments
    (thumos / "validation" / "annotation").mkdir()
    for path in sorted((thumos / "annotation").glob("*_val.txt")):
        path.rename(thumos / "validation" / "annotation" / path.name)
    pd.testing.assert_frame_equal(load_untrimmed(thumos).segments, whole)


def test_annotations_are_enough_to_score(thumos):
    for name in VIDEOS:
        (thumos / name).unlink()
    assert len(load_untrimmed(thumos, annotations_alone=True).segments) == 5
    assert len(load_untrimmed(thumos / "annotation", annotations_alone=True).segments) == 5
    with pytest.raises(DataError, match=r"5 of 5 annotated videos .* missing.*\n?.*video_test_0000004"):
        load_untrimmed(thumos)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("detclasslist.txt", "no folder of untrimmed videos"),
        ("Diving_test.txt", "1 annotation files .* Diving_test.txt; it should lie as"),
    ],
)
def test_a_missing_list_is_named(thumos, lost, words):
    (thumos / "annotation" / lost).unlink()
    with pytest.raises(DataError, match=words):
        load_untrimmed(thumos)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("Diving_val.txt", "video_validation_0000053 1.0\n", "'video_validation_0000053 1.0' is not"),
        ("detclasslist.txt", "BaseballPitch\n", "'BaseballPitch' is not '7 BaseballPitch'"),
        ("Juggling_val.txt", "", "does not have Juggling"),
    ],
)
def test_a_line_that_is_none_is_quoted(thumos, name, text, words):
    (thumos / "annotation" / name).write_text(text)
    with pytest.raises(DataError, match=words):
        load_untrimmed(thumos)


def test_the_videos_are_items_too(thumos):
    items = load_items(thumos)
    assert items["split"].value_counts().to_dict() == {"test": 3, "train": 2}
    assert describe_data(thumos)["licence"] == describe_untrimmed(thumos)["licence"] == thumos14.LICENCE
    assert all([thumos14.NAME, thumos14.CITATION, thumos14.LAYOUT])


def test_what_g_tad_reads_is_written_and_read_back(thumos, tmp_path):
    read = load_untrimmed(thumos).of_split("test")
    path = tmp_path / "gtad" / "test_Annotation.csv"
    rates = {"video_test_0000004": 30.0}
    write_gtad_annotations(read.segments, path, class_ids=read.class_ids, frame_rates_hz=rates)
    assert path.read_text().splitlines()[:2] == [
        "video,type,type_idx,start,end,startFrame,endFrame",
        "video_test_0000004,BaseballPitch,7,0.2,1.1,6.0,33.0",
    ]
    with path.open("a") as file:
        file.write("video_test_0000004,Ambiguous,0,8.0,9.0,240.0,270.0\n")
    again = read_gtad_annotations(path, split="test")
    pd.testing.assert_frame_equal(again.segments, read.segments)
    assert (again.class_ids, again.oddities) == (read.class_ids, ())
    assert again.ignored["start_seconds"].tolist() == [8.0]
    scored = load_untrimmed(path.parent, annotations_alone=True)
    pd.testing.assert_frame_equal(scored.segments, read.segments)
    with pytest.raises(DataError, match="no videos"):
        load_untrimmed(path.parent)
    with pytest.raises(DataError, match="frame rate of video_test_0000004 is not known"):
        write_gtad_annotations(read.segments, path, class_ids=read.class_ids, frame_rates_hz={})


def test_tables_of_ones_own(tmp_path):
    items = make_items(pd.DataFrame({"path": [str(tmp_path / "a.mp4")], "split": ["test"]}))
    write_items(items, tmp_path / "items.csv")
    rows = {"video": ["a", "a"], "split": "test", "label": ["None", "jump"], "start_seconds": [0, 1]}
    segments, _ = make_segments(pd.DataFrame(rows).assign(end_seconds=[1.0, 9.0]))
    write_segments(segments, tmp_path / "segments.csv")
    read = load_untrimmed(tmp_path)
    assert read.segments["label"].tolist() == ["None", "jump"]
    assert read.videos["video"].tolist() == ["a"]
    late = beyond_the_end(read.segments, read.videos.assign(duration_seconds=5.0))
    assert late == ("segments that end after their video: 1 (a jump 1.0 to 9.0)",)
    write_segments(segments.assign(video="b"), tmp_path / "segments.csv")
    with pytest.raises(DataError, match=r"b is not in items\.csv"):
        load_untrimmed(tmp_path)
    with pytest.raises(DataError, match="no segment is of split 'train'"):
        read.of_split("train")


SEGMENTS = "video,split,label,start_seconds,end_seconds\n"
GTAD = "video,type,type_idx,start,end\n"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("segments.csv", "", "segments.csv is empty"),
        ("segments.csv", SEGMENTS, "no segment is of split 'test'; there are segments of no split"),
        ("segments.csv", f"{SEGMENTS}a,test,jump,1,2,3\n", "line 2 has 6 cells"),
        ("segments.csv", f"{SEGMENTS}a,test,,1,2\n", "row 1 of the segments has no video or no label"),
        ("segments.csv", SEGMENTS.replace(",", ";"), "separated by ';'"),
        ("test_Annotation.csv", "video,type\n", "no column type_idx, start, end"),
        ("test_Annotation.csv", f"{GTAD}a,Jump,x,1,2\n", "column type_idx, row 1: 'x' is not a whole number"),
        ("test_Annotation.csv", f"{GTAD}a,Jump\udce9,7,1,2\n", "not in UTF-8: line 2"),
    ],
)
def test_tables_of_segments_that_are_none(tmp_path, name, text, words):
    (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DataError, match=words):
        load_untrimmed(tmp_path, annotations_alone=True).of_split("test")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("segments.csv", f"{SEGMENTS}a,Test,jump ,1,2,\na,test, jump,3,4,\n"),
        ("test_Annotation.csv", f"{GTAD}a,jump ,7,1,2,\na,jump,7,3,4,\n"),
    ],
)
def test_commas_at_the_end_blanks_and_capitals_change_no_segment(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    read = load_untrimmed(tmp_path, annotations_alone=True).of_split("test")
    assert read.segments["label"].tolist() == ["jump", "jump"]
    assert read.segments["start_seconds"].tolist() == [1.0, 3.0]
    assert list(read.class_ids) == ["jump"]


def test_times_that_are_none_are_refused():
    rows = pd.DataFrame({"video": ["a"], "split": "", "label": "x", "start_seconds": "soon", "end_seconds": 2})
    with pytest.raises(DataError, match="start_seconds='soon' is not a number of seconds"):
        make_segments(rows)
    with pytest.raises(DataError, match="no column end_seconds"):
        make_segments(rows.drop(columns="end_seconds"))


def test_a_folder_of_no_layout_is_one_error_whoever_asks(tmp_path):
    for ask in (load_untrimmed, describe_untrimmed):
        with pytest.raises(DataError, match="is no folder of untrimmed videos with segments"):
            ask(tmp_path)
