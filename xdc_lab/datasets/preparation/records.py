"""What was done with every item: one line each while parts are at work, one manifest when all are done."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from xdc_lab.datasets.preparation.one_file import source_stamp
from xdc_lab.errors import MediaError
from xdc_lab.media.tar_member import file_stamp
from xdc_lab.runs.folder import append_line, read_lines, write_lines

MANIFEST, PARTS, CLIPS = "manifest.jsonl", "parts", "clips"
_PACKED = "packed.jsonl"


class Records:
    """The records of a prepared folder, by key; `file` is where a prepared item lies, within the folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        # The parts first: another process may be joining them to the manifest now.
        added = [row for path in sorted((folder / PARTS).glob("*-of-*.jsonl")) for row in read_lines(path)]
        packed = read_lines(folder / PARTS / _PACKED)
        self.known: dict[str, dict[str, Any]] = {row["key"]: row for row in [*read_lines(folder / MANIFEST), *added]}
        for key, (file, size) in ((key, moved) for row in packed for key, moved in row.items()):
            if self.known.get(key, {}).get("bytes") == size:
                self.known[key]["file"] = file

    def add(self, part: str, record: dict[str, Any]) -> None:
        """Note what was done with an item."""
        append_line(self.folder / PARTS / f"{part}.jsonl", record)
        self.known[record["key"]] = record

    def pack(self, places: dict[str, str]) -> None:
        """Note the places of a shard's samples, all of them or none."""
        append_line(
            self.folder / PARTS / _PACKED, {key: [file, self.known[key]["bytes"]] for key, file in places.items()}
        )
        for key, file in places.items():
            self.known[key]["file"] = file

    def is_done(self, key: str, source: str) -> bool:
        """Whether an item's record still holds: its original and its new file are as they were."""
        record = self.known.get(key)
        if record is None or tuple(record["stamp"]) != source_stamp(source):
            return False
        if "problem" in record:
            return True
        try:
            return file_stamp(self.folder / record["file"])[0] == record["bytes"]
        except (OSError, MediaError):
            return False

    def join(self, keys: Iterable[str]) -> None:
        """Write the manifest, in the order of the items."""
        write_lines(self.folder / MANIFEST, [self.known[key] for key in dict.fromkeys(keys)])
