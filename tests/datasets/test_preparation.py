"""A prepared collection: the same labels and splits, kills and parts without a trace, originals untouched."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from xdc_lab.cli import app
from xdc_lab.datasets import prepared_sound
from xdc_lab.datasets.catalogue import describe_data, load_items, load_listed, loader_of
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.clips import ClipDataset, ClipKey
from xdc_lab.datasets.items import make_items, read_items, write_items
from xdc_lab.datasets.preparation import engine, limits
from xdc_lab.datasets.preparation.engine import prepare_collection
from xdc_lab.datasets.preparation.one_file import Job, prepare_file
from xdc_lab.datasets.preparation.parts import Part, held, own_part
from xdc_lab.datasets.prepared_sound import PreparedSound
from xdc_lab.datasets.untrimmed import load_untrimmed
from xdc_lab.errors import DataError, RunError, SettingError
from xdc_lab.evaluation.splits import official_splits
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import read_waveform
from xdc_lab.media.reencode import ReencodeSettings
from xdc_lab.media.spectrogram import LogMel
from xdc_lab.media.writer import write_video
from xdc_lab.studies.collection import Collection

SMALL = ReencodeSettings(short_side_px=24, log_mels=False)
WITH_LOG_MELS = replace(SMALL, log_mels=True)


@pytest.fixture
def here(monkeypatch):
    """Prepare in this process: one of its own takes seconds to start. Gives the names of what was prepared."""
    done: list[str] = []

    def prepared(jobs, settings, *, workers):
        for job in jobs:
            done.append(job.key.rpartition("-")[0])
            yield prepare_file(job, settings)

    monkeypatch.setattr(engine, "prepared_files", prepared)
    return done


@pytest.fixture
def collection(films, tmp_path) -> Path:
    """A table of four films, parts of one twice, one with sound alone, and one that is no film."""
    folder = tmp_path / "mine"
    shutil.copytree(films, folder)
    (folder / "torn.mp4").write_bytes((films / "dogs" / "one.mp4").read_bytes()[:20_000])
    rows = [
        ("dogs/one.mp4", "dog", "train", np.nan, np.nan, "1"),
        ("dogs/two.mp4", "dog, small", "test", np.nan, np.nan, "02"),
        ("dogs/one.mp4", "dog", "train", 0.5, 1.75, ""),
        ("torn.mp4", "dog", "train", np.nan, np.nan, ""),
        ("bells/upright.mp4", "bell", "train", 1.0, np.nan, "x"),
        ("dogs/one.mp4", "again", "train", np.nan, np.nan, ""),
    ]
    names = ["path", "label", "split", "start_seconds", "end_seconds", "note"]
    table = make_items(pd.DataFrame(rows, columns=names))
    write_items(table.assign(path=[str(folder / path) for path in table["path"]]), folder / "items.csv")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_items_but_for_their_files(here, collection, tmp_path):
    before = contents(collection)
    found = prepare_collection(collection, tmp_path / "out", settings=SMALL, progress=False)
    assert contents(collection) == before
    old, new = load_items(collection), load_items(tmp_path / "out")
    assert old.drop(index=3)["label"].tolist() == new["label"].tolist() == ["dog", "dog, small", "dog", "bell", "again"]
    assert new["split"].tolist() == ["train", "test", "train", "train", "train"]
    assert new["note"].fillna("").tolist() == ["1", "02", "", "x", ""]
    assert new["duration_seconds"].round(2).tolist() == [3.0, 2.5, 1.25, 2.0, 3.0]
    assert new["start_seconds"].isna().all() and new["path"][0] == new["path"][4]
    assert min(new["width_px"]) == 24 and len(check_items(new, progress=False).usable) == 5
    rejected = read_items(tmp_path / "out" / "rejected.csv")
    assert rejected["path"].tolist() == [str(collection / "torn.mp4")] and rejected["detail"][0]
    assert "torn.mp4" in str(found) and "5 of 6 items" in str(found)
    manifest = [json.loads(line) for line in (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()]
    assert [Path(row["source"]).stem for row in manifest] == ["one", "two", "one", "torn", "upright"]
    part = read_waveform(new["path"][2], start_seconds=0.25, duration_seconds=1.0).samples
    whole = read_waveform(old["path"][0], start_seconds=0.75, duration_seconds=1.0).samples
    assert (part - whole).abs().max() < 1e-4


@pytest.mark.parametrize("megabytes", [None, 0.15])
def test_log_mels_lie_in_the_files_and_are_those_of_their_sound(
    here, collection, tmp_path, megabytes, capsys, monkeypatch
):
    prepare_collection(collection, tmp_path / "out", settings=WITH_LOG_MELS, shard_megabytes=megabytes, progress=False)
    items, audio = load_items(tmp_path / "out"), AudioClipSettings()
    store = PreparedSound.of(items, audio)
    read, computed = (ClipDataset(items, modality="audio", store=own) for own in (store, None))
    video = ClipDataset(items, modality="video", video=VideoClipSettings(short_side_px=24, crop_px=20), store=store)
    assert video.store is None and video.grid_hz == 10.0, "the two modalities begin at the same moments"
    for row, offset in [(0, 0.0), (0, 0.7), (0, 1.0), (0, 2.4), (1, 0.3), (2, 0.0), (3, 0.0)]:
        expected = LogMel(audio)(computed.clip_at(row, offset)[None])[0]
        torch.testing.assert_close(read.clip_at(row, offset), expected, rtol=0, atol=2e-6)
    assert read[ClipKey(0, 3)].shape == (1, 40, 100)
    monkeypatch.setattr(prepared_sound, "clip_waveforms", None)
    assert read.clip_at(0, 0.5).shape == (1, 40, 100), "nothing is decoded"
    assert PreparedSound.of(items, replace(audio, window_seconds=0.016)) is None
    assert "'window_seconds': 0.016" in capsys.readouterr().err
    whole = PreparedSound.of(load_items(collection), audio)
    assert whole is None and capsys.readouterr().err == "", "originals have none"


def test_a_file_without_log_mels_has_them_computed(here, collection, tmp_path):
    """And so has an item that is a part of a file."""
    prepare_collection(collection, tmp_path / "out", settings=WITH_LOG_MELS, progress=False)
    with pytest.raises(DataError, match="'log_mels': True.*now.*'log_mels': False"):
        prepare_collection(collection, tmp_path / "out", settings=SMALL, progress=False)
    items, audio = load_items(tmp_path / "out"), AudioClipSettings()
    part = items.iloc[:1].assign(start_seconds=0.3, end_seconds=2.5)
    mixed = make_items(pd.concat([items.iloc[:1], load_items(collection).iloc[:1].assign(duration_seconds=3.0), part]))
    store = PreparedSound.of(mixed, audio)
    read, computed = (ClipDataset(mixed, modality="audio", store=own) for own in (store, None))
    for row in range(3):
        expected = LogMel(audio)(computed.clip_at(row, 0.2)[None])[0]
        torch.testing.assert_close(read.clip_at(row, 0.2), expected, rtol=0, atol=2e-6)
    (tmp_path / "out" / "prepare.json").write_text(json.dumps(old_settings(tmp_path / "out")))
    with pytest.raises(DataError, match="'log_mels': False.*now.*'log_mels': True"):
        prepare_collection(collection, tmp_path / "out", settings=WITH_LOG_MELS, progress=False)
    assert not prepare_collection(collection, tmp_path / "out", settings=SMALL, progress=False).made, "as it was"


def old_settings(folder: Path) -> dict:
    """What prepare.json said before there were log-mels."""
    told = json.loads((folder / "prepare.json").read_text())
    del told["settings"]["log_mels"]
    return told


def test_a_prepared_benchmark_is_still_that_one(here, films, tmp_path):
    """Its finetuning and its licence follow from which one it is."""
    for folder, names in {"bells": ["upright"], "dogs": ["one", "two"]}.items():
        (tmp_path / "ESC-50" / "audio").mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copy(films / folder / f"{name}.mp4", tmp_path / "ESC-50" / "audio" / f"{name}.wav")
    (tmp_path / "ESC-50" / "meta").mkdir()
    (tmp_path / "ESC-50" / "meta" / "esc50.csv").write_text(
        "filename,fold,target,category,esc10,src_file,take\n"
        "upright.wav,1,0,bell,True,1,A\none.wav,2,1,dog,True,1,A\ntwo.wav,3,1,dog,True,1,A\n"
    )
    prepare_collection(tmp_path / "ESC-50", tmp_path / "out", settings=SMALL, progress=False)
    assert loader_of(tmp_path / "out") == loader_of(tmp_path / "out" / "items.csv") == "esc50"
    assert describe_data(tmp_path / "out")["licence"] == describe_data(tmp_path / "ESC-50")["licence"]
    assert Collection("out", str(tmp_path / "out")).data_set == "ESC50"
    old, new = (official_splits(load_items(tmp_path / name)) for name in ("ESC-50", "out"))
    assert str(old) == str(new)


def test_untrimmed_videos_keep_their_segments(here, films, tmp_path):
    """But those of a video that cannot be used: `localization` and `table 8` take the prepared folder."""
    folder, out = tmp_path / "mine", tmp_path / "out"
    shutil.copytree(films / "dogs", folder)
    (folder / "torn.mp4").write_bytes((films / "dogs" / "one.mp4").read_bytes()[:20_000])
    (folder / "items.csv").write_text("path,split\none.mp4,train\ntwo.mp4,test\ntorn.mp4,train\n")
    rows = "video,split,label,start_seconds,end_seconds\none,train,bark,0,1\ntorn,train,bark,0,1\ntwo,test,bark,1,2\n"
    (folder / "segments.csv").write_text(rows)
    found = prepare_collection(folder, out, settings=SMALL, progress=False)
    assert "2 of 3 segments" in str(found)
    before, after = load_untrimmed(folder), load_untrimmed(out)
    assert after.segments.equals(before.segments.drop(index=1).reset_index(drop=True)) and after.ignored.empty
    assert after.videos["video"].tolist() == ["one", "two"]
    assert after.videos["path"].str.startswith(str(out)).all()


def test_the_same_call_again_does_what_is_missing(here, collection, tmp_path):
    out = tmp_path / "out"
    prepare_collection(collection, out, settings=SMALL, progress=False)
    before, _ = contents(out), here.clear()
    (out / ".items.csv.1.partial.csv").touch()  # of a killed command
    assert prepare_collection(collection, out, settings=SMALL, progress=False).made == 0
    assert contents(out) == before and here == []
    shutil.copy(collection / "dogs" / "two.mp4", collection / "torn.mp4")  # now it is a film
    Path(load_items(out)["path"][1]).write_bytes(b"cut off")
    table = collection / "items.csv"
    table.write_text(table.read_text().replace("dog, small", "puppy"))
    prepare_collection(collection, out, settings=SMALL, progress=False)
    assert sorted(here) == ["torn", "two"]
    assert load_items(out)["label"].tolist() == ["dog", "puppy", "dog", "dog", "bell", "again"]
    with pytest.raises(DataError, match="'short_side_px': 24.*now.*'short_side_px': 32"):
        prepare_collection(collection, out, settings=ReencodeSettings(short_side_px=32), progress=False)


@pytest.mark.parametrize("megabytes", [None, 0.15])
def test_stopped_anywhere_it_ends_in_the_same_bytes(here, collection, tmp_path, monkeypatch, megabytes):
    words = {"settings": SMALL, "shard_megabytes": megabytes, "progress": False}
    prepare_collection(collection, tmp_path / "out", **words)
    whole, stops = contents(tmp_path / "out"), 0
    replace = os.replace
    while True:  # at the first moment a file is put in its place, then at the second, ...
        moved = []

        def stopped(source, target, moved=moved, stops=stops):
            if len(moved) == stops:
                raise KeyboardInterrupt
            replace(source, target)
            moved.append(target)

        shutil.rmtree(tmp_path / "out")
        monkeypatch.setattr(os, "replace", stopped)
        try:
            prepare_collection(collection, tmp_path / "out", **words)
        except KeyboardInterrupt:
            monkeypatch.undo()
            here_again(monkeypatch)
            prepare_collection(collection, tmp_path / "out", **words)
        else:
            break
        assert contents(tmp_path / "out") == whole
        stops += 3
    assert stops >= 9


def here_again(monkeypatch) -> None:
    monkeypatch.setattr(
        engine, "prepared_files", lambda jobs, settings, *, workers: (prepare_file(job, settings) for job in jobs)
    )


def test_parts_come_to_the_same_as_one(here, collection, tmp_path):
    prepare_collection(collection, tmp_path / "out", settings=SMALL, progress=False)
    for number in (3, 1):
        found = prepare_collection(collection, tmp_path / "parts", settings=SMALL, part=Part(number, 3), progress=False)
        assert found.waiting and "not done yet" in str(found)
        with pytest.raises(DataError, match="is being prepared"):
            load_items(tmp_path / "parts")
    assert not prepare_collection(
        collection, tmp_path / "parts", settings=SMALL, part=Part(2, 3), progress=False
    ).waiting
    assert contents(tmp_path / "parts") == contents(tmp_path / "out")


def test_shards_read_as_the_folder(here, collection, tmp_path):
    prepare_collection(collection, tmp_path / "out", settings=SMALL, progress=False)
    prepare_collection(collection, tmp_path / "tars", settings=SMALL, shard_megabytes=0.15, progress=False)
    assert {path.name for path in (tmp_path / "tars" / "shards").iterdir()} == {f"0000{n}.tar" for n in range(3)}
    files, members = load_items(tmp_path / "out"), load_items(tmp_path / "tars")
    pd.testing.assert_frame_equal(files.drop(columns="path"), members.drop(columns="path"))
    for file, member in zip(files["path"], members["path"], strict=True):
        sounds = [read_waveform(path, start_seconds=0.1, duration_seconds=1.0).samples for path in (file, member)]
        assert (sounds[0] == sounds[1]).all()
    here.clear()
    prepare_collection(collection, tmp_path / "tars", settings=SMALL, shard_megabytes=0.15, progress=False)
    assert here == []
    shards = load_listed(tmp_path / "tars" / "shards")  # without the table
    assert shards.broken == () and shards.items["label"].tolist() == ["dog", "dog, small", "dog", "bell"]
    assert shards.items["split"].tolist() == ["train", "test", "train", "train"]
    assert len(check_items(shards.items, progress=False).usable) == 4


def test_a_folder_of_its_own(here, collection, tmp_path):
    (tmp_path / "link").symlink_to(collection)
    for out in (collection, collection / "out", tmp_path / "link" / "out"):
        with pytest.raises(DataError, match="never touched"):
            prepare_collection(collection, out, progress=False)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    with pytest.raises(DataError, match="holds other files"):
        prepare_collection(collection, tmp_path / "full", progress=False)
    (tmp_path / "full" / "prepare.json").write_text('{"data": {')
    with pytest.raises(DataError, match="damaged"):
        prepare_collection(collection, tmp_path / "full", progress=False)


def test_one_process_a_part(tmp_path):
    with held(tmp_path, Part(1, 2)) as work:
        (work / "half.mp4").touch()
        with held(tmp_path, Part(2, 2)):
            pass
        for part in (Part(1, 2), Part(), Part(1, 3)):
            with pytest.raises(RunError, match="part 1-of-2"), held(tmp_path, part):
                pass
    (tmp_path / "1-of-2.work").mkdir()
    (tmp_path / "1-of-2.work" / "of a killed one.mp4").touch()
    with held(tmp_path, Part(1, 2)) as work:
        assert not list(work.iterdir())


@pytest.mark.parametrize(
    ("text", "environment", "part"),
    [
        ("2/4", {"RANK": "0", "WORLD_SIZE": "8"}, Part(2, 4)),
        (None, {}, Part(1, 1)),
        (None, {"RANK": "3", "WORLD_SIZE": "8"}, Part(4, 8)),
        (None, {"SLURM_PROCID": "5", "SLURM_NTASKS": "6", "SLURM_STEP_ID": "0"}, Part(6, 6)),
        (None, {"SLURM_PROCID": "0", "SLURM_NTASKS": "6"}, Part(1, 1)),
        (
            None,
            {
                "SLURM_ARRAY_TASK_ID": "14",
                "SLURM_ARRAY_TASK_MIN": "10",
                "SLURM_ARRAY_TASK_STEP": "2",
                "SLURM_ARRAY_TASK_COUNT": "3",
            },
            Part(3, 3),
        ),
    ],
)
def test_which_part_is_ones_own(text, environment, part):
    assert own_part(text, environment) == part


@pytest.mark.parametrize("text", ["0/4", "5/4", "1", "a/b"])
def test_no_part(text):
    with pytest.raises(SettingError, match=r"part|I/N"):
        own_part(text, {})


def test_a_file_that_takes_too_long_costs_itself_alone(films, tmp_path, monkeypatch):
    long, noise = tmp_path / "long.mp4", np.random.default_rng(0).integers(0, 255, (1500, 12, 16, 3), np.uint8)
    write_video(long, noise.repeat(4, axis=1).repeat(4, axis=2))

    def jobs():
        for path, seconds in ((films / "dogs" / "one.mp4", 100), (long, 0.0), (films / "dogs" / "two.mp4", 100)):
            monkeypatch.setattr(limits, "_SECONDS", seconds)
            yield Job(path.stem, str(path), 0.0, None, tmp_path, tmp_path / "new" / path.name)

    monkeypatch.setattr(limits, "_BYTES_A_SECOND", 1e12)
    records = {row["key"]: row for row in limits.prepared_files(jobs(), SMALL, workers=1)}
    assert "took longer" in records["long"]["detail"]
    assert (tmp_path / "new" / "two.mp4").stat().st_size == records["two"]["bytes"]
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"one.mp4", "two.mp4"}


def test_the_command(here, collection, tmp_path):
    words = ["prepare", str(collection), str(tmp_path / "out"), "--short-side", "24", "--workers", "1"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0 and "xdc-lab pretrain --data" in done.output
    assert "1/0" in str(CliRunner().invoke(app, [*words, "--shard", "1/0"]).exception)
