"""What a check found, as files beside the collection: tables, JSON, a page (paper 4.1); and its cache of probes."""

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from xdc_lab.datasets.check import Check
from xdc_lab.datasets.check_page import MISSING, check_page
from xdc_lab.datasets.items import write_items
from xdc_lab.datasets.labels import count_labels
from xdc_lab.datasets.listed import LACKS, ListedClips
from xdc_lab.datasets.probe_cache import CACHE_FILE
from xdc_lab.datasets.same_files import say_shared
from xdc_lab.runs.folder import write_text

FOLDER = ".xdc-lab"  # hidden: a folder of videos does not read it


def report_folder(data: str | Path) -> Path:
    """Where reports on a collection lie: in it, or beside its table; where neither can be written, in the user's cache.

    Args:
        data: the collection's folder or table.
    """
    path = Path(os.path.abspath(data))
    own = path / FOLDER if path.is_dir() else path.parent / FOLDER / path.stem
    if os.access(path if path.is_dir() else path.parent, os.W_OK):
        return own
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.path.expanduser("~")) / ".cache")
    if not os.access(next(place for place in (cache, *cache.parents) if place.exists()), os.W_OK):
        cache = Path(tempfile.gettempdir())
    return cache / "xdc-lab" / f"{path.stem}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def probe_cache_of(data: Mapping[str, str] | None, otherwise: Path) -> Path:
    """The cache that a collection's check fills and its pretrainings read; of one without a place, another folder's."""
    return (report_folder(data["path"]) if data and os.path.exists(data.get("path", "")) else otherwise) / CACHE_FILE


@dataclass(frozen=True, eq=False)
class Report:
    """A check beside what lists and disk lack; `print` it.

    Attributes:
        check: which items can be used.
        listed: what is missing, or there and named by no list.
        shared: the paths of each content that several splits have (`xdc_lab.datasets.same_files.in_several_splits`).
    """

    check: Check
    listed: ListedClips
    shared: Sequence[Sequence[str]] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all that is listed is there and can be used (a file in several splits can)."""
        return self.check.rejected.empty and not self.listed.lacks()

    @property
    def counts(self) -> dict[str, Any]:
        """By split and by label: how many items are usable, have each problem, or are missing."""
        found = {"usable": self.check.usable, **dict(list(self.check.rejected.groupby("problem", sort=False)))}
        found |= {MISSING: self.listed.absent} if len(self.listed.absent) else {}
        counted = {"split": lambda items: items["split"].value_counts(sort=False), "label": count_labels}
        return {
            column: (
                pd.DataFrame({name: count(items) for name, items in found.items()})
                .fillna(0)
                .astype(int)
                .to_dict(orient="index")
            )
            for column, count in counted.items()
        }

    def told(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        rejected = self.check.rejected[["path", "problem", "detail"]].to_dict("records")
        found = {"usable": len(self.check.usable), "counts": self.check.counts, "rejected": rejected}
        counts = {f"by_{name}": counts for name, counts in self.counts.items()}
        return {**found, **counts, **self.listed.lacks(), "in_several_splits": self.shared}

    def __str__(self) -> str:
        """Counts and every name."""
        return "\n".join(filter(None, [str(self.check), str(self.listed), say_shared(self.shared)]))

    def write(self, folder: Path, *, name: str) -> Path:
        """Write items.csv (the usable ones), rejected.csv, check.json and check.html; give the page.

        Args:
            folder: new or not.
            name: of the collection.
        """
        write_items(self.check.usable, folder / "items.csv")
        write_items(self.check.rejected, folder / "rejected.csv")
        write_text(folder / "check.json", json.dumps(self.told(), indent=1) + "\n")
        lists: dict[str, Sequence[str]] = {LACKS[lack]: names for lack, names in self.listed.lacks().items()}
        if self.shared:
            lists["files that several splits have, by content"] = [" = ".join(paths) for paths in self.shared]
        write_text(folder / "check.html", check_page(self.check, self.counts, lists, name=name))
        return folder / "check.html"
