"""Shards as video2dataset writes them: read where they lie, and what is broken named."""

import io
import json
import tarfile
from pathlib import Path

import pytest
import torch

from xdc_lab.datasets.catalogue import load_items, load_listed, loader_of
from xdc_lab.datasets.check import check_items
from xdc_lab.datasets.decoded import DecodedStore
from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.errors import DataError, MediaError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.decoder import read_frames, read_header, read_waveform
from xdc_lab.media.tar_member import file_stamp


def add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def about(**said: object) -> bytes:
    return json.dumps({"status": "success", "error_message": None, **said, "video_metadata": {"fps": 25}}).encode()


@pytest.fixture
def shards(films: Path, tmp_path: Path) -> Path:
    """Two shards; of the first a sample has no video, one no json; the second is cut off within its last video."""
    film = (films / "dogs" / "one.mp4").read_bytes()
    bell = (films / "bells" / "upright.mp4").read_bytes()
    folder = tmp_path / "sh:ards"
    folder.mkdir()
    with tarfile.open(folder / "00000.tar", "w") as archive:
        add(archive, "000000000.json", about(key="000000000", caption="a dog, barking", label="dog", url="x", level=3))
        add(archive, "000000000.mp4", film)
        add(archive, "000000001.json", about(key="000000001", status="failed_to_download", error_message="gone"))
        add(archive, "./000000002.mp4", bell)
        add(archive, f"{'long' * 40}.mp4", bell)
        add(archive, f"{'long' * 40}.json", about(labels=["bell", "door"], caption=""))
    with tarfile.open(folder / "00001.tar", "w") as archive:
        add(archive, "000010000.cls", b"3\n")
        add(archive, "000010000.mp4", film)
        add(archive, "000010001.json", about(label="dog"))
        add(archive, "000010001.mp4", film)
    whole = (folder / "00001.tar").read_bytes()
    (folder / "00001.tar").write_bytes(whole[: whole.rindex(film) + len(film) // 2])
    return folder


def test_samples_become_items_and_what_is_broken_is_named(shards):
    listed = load_listed(shards)
    assert loader_of(shards) == "webdataset"
    assert listed.items["label"].tolist() == ["dog", "", "", "3"]
    assert listed.items["labels"].fillna("").tolist() == ["", "", "bell; door", ""]
    assert listed.items["caption"].fillna("").tolist() == ["a dog, barking", "", "", ""]
    assert listed.items["level"].tolist()[0] == 3
    assert list(listed.broken) == [
        "00000.tar: 000000001 has no video (gone)",
        "00001.tar is cut off: 000010001.mp4 is not whole",
        "00001.tar: 000010001 has no video (success)",
        "00000.tar: 000000002 has no json: used without a label",
    ]


def test_a_member_reads_as_its_file(shards, films, tmp_path):
    items = load_items(shards)
    write_items(items, tmp_path / "items.csv")
    items = read_items(tmp_path / "items.csv")
    found = check_items(items, cache=tmp_path / "cache.jsonl", progress=False)
    assert len(found.usable) == 4
    for path, name in zip(items["path"], ["dogs/one", "bells/upright", "bells/upright", "dogs/one"], strict=True):
        file = films / f"{name}.mp4"
        assert read_header(path) == read_header(file) and file_stamp(path)[0] == file_stamp(file)[0]
        assert torch.equal(read_frames(path, [0.5, 2.0]).pixels, read_frames(file, [0.5, 2.0]).pixels)
        sounds = [read_waveform(one, start_seconds=0.7, duration_seconds=1.0).samples for one in (path, file)]
        assert torch.equal(*sounds)
    settings = {"video": VideoClipSettings(short_side_px=24, crop_px=24), "audio": AudioClipSettings()}
    store = DecodedStore.build(found.usable, tmp_path / "store", grid_hz=5.0, progress=False, **settings)
    assert store.frames(0, [1.0]).shape[1] == 3


def test_an_archive_that_was_written_anew(shards, films):
    path = load_items(shards)["path"].iloc[-1]
    with tarfile.open(shards / "00001.tar", "w") as archive:
        add(archive, "another.mp4", (films / "dogs" / "one.mp4").read_bytes())
    with pytest.raises(MediaError, match="List it again"):
        read_header(path)
    assert check_items(load_items(shards).assign(path=path), progress=False).usable.empty


def test_a_playlist_in_an_archive_reaches_no_other_file(tmp_path, films):
    neighbour = films / "dogs" / "one.mp4"
    lists = {
        "m3u8": f"#EXTM3U\n#EXTINF:3,\n{neighbour}\n#EXT-X-ENDLIST\n",
        "ffconcat": f"ffconcat version 1.0\nfile {neighbour}\n",
    }
    with tarfile.open(tmp_path / "0.tar", "w") as archive:
        for name, text in lists.items():
            add(archive, f"{name}.mp4", text.encode())
    for path in load_items(tmp_path)["path"]:
        with pytest.raises(MediaError):
            read_header(path)


def test_no_shards(tmp_path, films):
    (tmp_path / "0.tar").write_bytes(b"no archive" * 100)
    with pytest.raises(DataError, match="no shard in"):
        load_items(tmp_path)
    (tmp_path / "film.mp4").write_bytes((films / "dogs" / "one.mp4").read_bytes())
    assert loader_of(tmp_path) == "folder"  # archives beside what was unpacked from them
