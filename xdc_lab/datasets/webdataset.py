"""Load webdataset shards, .tar files of samples as video2dataset writes them, without unpacking them."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets.folder import AUDIO_SUFFIXES, MEDIA_SUFFIXES, VIDEO_SUFFIXES
from xdc_lab.datasets.items import NUMBERS, SPLIT_NAMES, make_items
from xdc_lab.datasets.labels import LABELS
from xdc_lab.datasets.listed import ListedClips
from xdc_lab.errors import DataError
from xdc_lab.media.tar_member import member_path

NAME = "webdataset shards"
SOURCE = "github.com/iejMac/video2dataset, github.com/webdataset/webdataset"
LAYOUT = (
    "00000.tar, 00001.tar, ... in the folder or in folders train, val, test, each with <key>.mp4 and <key>.json "
    "(label, labels, class, caption, split); a label may also be a <key>.cls, a caption a <key>.txt"
)
# Traps. A sample's members share a key, the name up to its first dot. video2dataset writes a json without a video for
# what it could not get (`status`, `error_message`). A download that was stopped leaves a shard cut off. Paths in an
# archive may name folders, or begin with "./". A .tar.gz cannot be read at random: only .tar counts.
_LABEL_NAMES = ("label", "class", "class_name", "category")
_OF_THE_SAMPLE = ("key", "status", "error_message", "path", "problem", "detail", "video", *NUMBERS)
_LARGEST_JSON = 2**24  # bytes


def recognise(folder: Path) -> bool:
    """Whether a folder has shards, and no media files of its own beside them."""
    if not _shards(folder):
        return False
    names = (name for _, _, files in os.walk(folder) for name in files)
    return not any(Path(name).suffix.lower() in MEDIA_SUFFIXES for name in names)


def load(folder: Path) -> ListedClips:
    """Read the items of all shards, and name the samples and shards that are broken.

    Raises:
        DataError: if no shard has a video.
    """
    rows: list[dict[str, Any]] = []
    broken: list[str] = []
    bare: list[str] = []
    for shard in _shards(folder):
        top = shard.relative_to(folder).parts[0].strip().lower()
        split = SPLIT_NAMES.get(top, "")
        for key, sample in _samples(shard, broken).items():
            where = f"{shard.relative_to(folder).as_posix()}: {key}"
            path = _media_path(shard, sample)
            about = _read_json(sample, where, broken)
            if not {".json", ".cls", ".txt"} & sample.keys():
                bare.append(f"{where} has no json: used without a label")
            if path is None:
                broken.append(
                    f"{where} has no video ({about.get('error_message') or about.get('status') or 'missing'})"
                )
                continue
            rows.append({"path": path, "split": split, **_columns(about), **_texts(sample)})
    if not rows:
        raise DataError(f"no shard in {folder} has a video; it should lie as {LAYOUT}. {'; '.join(broken[:3])}")
    broken += bare if len(bare) < len(rows) else []  # else nobody wrote any
    return ListedClips(make_items(pd.DataFrame(rows)), broken=tuple(broken))


def _shards(folder: Path) -> list[Path]:
    found = (path for path in [*folder.glob("*.tar"), *folder.glob("*/*.tar")] if not path.name.startswith("."))
    return sorted(path for path in found if path.is_file())


_Sample = dict[str, tuple[tarfile.TarInfo, bytes]]  # by suffix; the bytes of what is text


def _samples(shard: Path, broken: list[str]) -> dict[str, _Sample]:
    samples: dict[str, _Sample] = {}
    for member, content in _members(shard, broken):
        folder, _, name = member.name.removeprefix("./").rpartition("/")
        stem, _, suffixes = name.partition(".")
        key = f"{folder}/{stem}" if folder else stem
        samples.setdefault(key, {})["." + suffixes.rpartition(".")[2].lower()] = (member, content)
    return samples


def _members(shard: Path, broken: list[str]) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """The files of a shard that are whole, and the content of those that are text."""
    whole = shard.stat().st_size
    try:
        with tarfile.open(shard, "r:") as archive:
            for member in archive:
                if member.isfile() and member.offset_data + member.size > whole:
                    broken.append(f"{shard.name} is cut off: {member.name} is not whole")
                    return
                is_text = member.name.lower().endswith((".json", ".cls", ".txt")) and member.size <= _LARGEST_JSON
                text = archive.extractfile(member) if is_text else None
                if member.isfile():
                    yield member, b"" if text is None else text.read()
            archive.fileobj.seek(archive.offset)  # type: ignore[union-attr] - where the end should be said
            if not archive.fileobj.read(1):  # type: ignore[union-attr]
                broken.append(f"{shard.name} is cut off: it has no end")
    except (tarfile.TarError, OSError) as error:
        broken.append(f"{shard.name} is cut off, or no .tar: {error}")


def _media_path(shard: Path, sample: _Sample) -> str | None:
    for kinds in (VIDEO_SUFFIXES, AUDIO_SUFFIXES):
        for suffix in sorted(kinds & sample.keys()):
            return member_path(os.path.abspath(shard), sample[suffix][0])
    return None


def _read_json(sample: _Sample, where: str, broken: list[str]) -> dict[str, Any]:
    """What a sample's json says, if it has one."""
    try:
        about = json.loads(sample[".json"][1]) if ".json" in sample else {}
    except ValueError as error:
        about = error
    if isinstance(about, dict):
        return about
    broken.append(f"{where} has a json that cannot be read: used without a label")
    return {}


def _columns(about: dict[str, Any]) -> dict[str, Any]:
    """The columns of an item: its label, its labels, and whatever else the json says in one value."""
    told = {name: value for name, value in about.items() if isinstance(value, str | int | float)}
    columns = {
        name: value for name, value in told.items() if name not in (*_OF_THE_SAMPLE, *_LABEL_NAMES) and value != ""
    }
    label = next((told[name] for name in _LABEL_NAMES if told.get(name, "") != ""), "")
    several = {LABELS: about[LABELS]} if isinstance(about.get(LABELS), list) else {}
    return {**columns, "label": str(label), **several}


def _texts(sample: _Sample) -> dict[str, str]:
    names = {".cls": "label", ".txt": "caption"}
    return {
        name: sample[suffix][1].decode(errors="replace").strip() for suffix, name in names.items() if suffix in sample
    }
