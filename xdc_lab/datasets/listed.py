"""Clips that lists name and a disk holds in part: the items, and what either lacks (collections from YouTube)."""

import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pandas as pd

from xdc_lab.datasets.folder import VIDEO_SUFFIXES, load_folder
from xdc_lab.datasets.items import make_items
from xdc_lab.datasets.labels import LABELS
from xdc_lab.errors import DataError, printable

SHOWN = 5
LACKS = {
    "missing": "listed clips that are not there",
    "unlisted": "files that no list names",
    "twice": "clips named twice, with another label or split (the first counts)",
    "broken": "broken samples or shards",
}


@dataclass(frozen=True, eq=False)
class ListedClips:
    """What lists and a disk agree on, and what they do not; `print` it for every name.

    Attributes:
        items: the listed clips that are there.
        absent: `name`, `label` and `split` of listed clips that are not there: videos leave YouTube.
        unlisted: files that no list names, which are left out.
        twice: names that the lists give different labels or splits; the first counts.
        broken: samples of shards that lack a part, and shards that are cut off, each with what is wrong.
    """

    items: pd.DataFrame
    absent: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["name", "label", "split"]))
    unlisted: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of listed clips that are not there."""
        return tuple(self.absent["name"])

    def __str__(self) -> str:
        """Counts and all names."""
        return "\n".join(self._lines(None))

    def told(self) -> pd.DataFrame:
        """The items; counts and first names of what is left out go to stderr."""
        for line in self._lines(SHOWN):
            print(line, file=sys.stderr)
        return self.items

    def lacks(self) -> dict[str, tuple[str, ...]]:
        """What is missing, unlisted or named twice, where there is any."""
        return {lack: names for lack in LACKS if (names := getattr(self, lack))}

    def _lines(self, shown: int | None) -> list[str]:
        lines = []
        for lack, names in self.lacks().items():
            more = ["    ... (xdc-lab check names all)"] * (shown is not None and len(names) > shown)
            lines += [f"{LACKS[lack]}: {len(names)}", *(printable(f"    {name}") for name in names[:shown]), *more]
        return lines


def find_clips(rows: pd.DataFrame, folder: Path, *, layout: str, rather_below: str = "") -> ListedClips:
    """Look listed clips up below a folder, however deep, by the name of their file without its suffix.

    Of several files of one name a video counts rather than its sound alone.

    Args:
        rows: what the lists say: `name`, `label`, `split` and further columns.
        folder: where the clips lie.
        layout: how they should, for the message.
        rather_below: of several files of one name, one in a folder whose name begins so counts.

    Raises:
        DataError: if none of them is there.
    """
    same = [column for column in ("name", "label", "split") if column in rows]
    rows = rows.drop_duplicates(same)
    again = rows["name"].duplicated()
    twice, rows = tuple(rows.loc[again, "name"]), rows[~again]
    files = load_folder(folder)["path"].tolist()
    there = _by_name(files, rather_below)
    paths = rows["name"].map(there)
    found = rows[paths.notna()].drop(columns="name").assign(path=paths[paths.notna()])
    told = ["name", "label", "split", *(name for name in (LABELS,) if name in rows)]
    absent = rows.loc[paths.isna()].reindex(columns=told, fill_value="")
    listed = set(rows["name"])
    unlisted = tuple(path for path in files if PurePath(path).stem not in listed)
    if found.empty:
        raise DataError(
            f"none of the {len(rows)} listed clips is below {folder}; it should lie as {layout}. The lists name "
            f"{', '.join(absent['name'][:2])}; the files are called "
            f"{', '.join(PurePath(path).name for path in files[:2])}"
        )
    return ListedClips(make_items(found), absent, unlisted, twice)


def _by_name(files: list[str], rather_below: str) -> dict[str, str]:
    """Each name's file; what is preferred comes last, and stays."""

    def preferred(path: str) -> tuple[bool, bool]:
        below = bool(rather_below) and any(part.startswith(rather_below) for part in PurePath(path).parts[:-1])
        return PurePath(path).suffix.lower() in VIDEO_SUFFIXES, below

    return {PurePath(path).stem: path for path in sorted(reversed(files), key=preferred)}


def clip_names(rows: pd.DataFrame, pattern: str, *, path: Path) -> list[str]:
    """The names of clips' files without their suffix.

    Args:
        rows: YouTube's `id`, and times in seconds, as the list writes them.
        pattern: of `str.format`, with the names of the columns.
        path: of the list, for the message.

    Raises:
        DataError: if a time is not a number.

    >>> rows = pd.DataFrame({"id": ["-a_B"], "start": ["420.000"], "end": ["430"]})
    >>> clip_names(rows, "{id}_{start:06d}_{end:06d}", path=Path("train.csv"))
    ['-a_B_000420_000430']
    """
    names, columns = [], [str(name) for name in rows]
    for video, *written in rows.itertuples(index=False, name=None):
        try:
            times = dict(zip(columns[1:], (int(float(time)) for time in written), strict=True))
        except (ValueError, OverflowError) as error:
            raise DataError(f"{path}: {','.join([video, *written])!r} is not {','.join(columns)} in seconds") from error
        names.append(pattern.format(id=video, **times))
    return names
