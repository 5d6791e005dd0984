"""A table of the paper, or a study of one's own, as a value that an engine expands to cells (paper 4.2, 6, 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from xdc_lab.encoders.catalogue import encoders_for
from xdc_lab.errors import SettingError
from xdc_lab.evaluation.localization.average_precision import TIOUS
from xdc_lab.evaluation.protocols import MODALITIES, PROTOCOLS, find_protocol
from xdc_lab.methods import METHODS
from xdc_lab.results.report import Comparison
from xdc_lab.results.rows import tiou_name
from xdc_lab.settings import did_you_mean, read_toml

SUPERVISED = "Superv"
RANDOM = ("Scratch", "Random")  # two tables' names for one encoder: the first names its folder
ROWS = (*RANDOM, SUPERVISED, *METHODS)
THRESHOLDS = tuple(map(tiou_name, TIOUS))
LOCALIZATION = "localization"  # the protocol of a cell that gives all thresholds
SWEEPS = ("sizes", "ks")


@dataclass(frozen=True)
class Clusters:
    """Numbers of k-means clusters: one for all clusterings, or one per modality (Table 6: 128 audio, 64 video).

    >>> Clusters.parse("audio=128,video=64")
    Clusters(k=None, video=64, audio=128)
    >>> str(Clusters.parse("32")), str(Clusters.parse("audio=128,video=64"))
    ('32', '128a64v')
    >>> str(Clusters(32, video=8))
    '32.8v'
    """

    k: int | None = None
    video: int | None = None
    audio: int | None = None

    @classmethod
    def parse(cls, text: str | int) -> "Clusters":
        """Read "32" or "audio=128,video=64".

        Raises:
            SettingError: if it is neither.
        """
        try:
            if "=" not in str(text):
                return cls(k=int(text))
            return cls(**{name.strip(): int(value) for name, value in (p.split("=") for p in str(text).split(","))})
        except (TypeError, ValueError) as error:
            raise SettingError(f"k={text!r}; write a number, or audio=128,video=64") from error

    def __str__(self) -> str:
        own = [f"{number}{name[0]}" for name in ("audio", "video") if (number := getattr(self, name))]
        return ".".join([str(self.k)] * (self.k is not None) + ["".join(own)] * bool(own))


@dataclass(frozen=True)
class Table:
    """What is measured: rows x collections x sizes x k, each on downstream sets x protocols x splits, for some seeds.

    Attributes:
        title: what it compares.
        rows: keys of `METHODS`, "Superv", "Scratch" (or "Random").
        name: of its folder of results.
        number: of the paper's table that it stands beside; None: a study of one's own.
        collections: to pretrain on; roles (`xdc_lab.studies.collection.ROLES`) or NAME[=PATH][:SIZE].
        downstreams: pairs of what to evaluate on (a role, or NAME[=PATH]) and the modality.
        protocols: names of protocols; of a table of localization, thresholds.
        splits: the first so many official splits, or their names; None: all of them.
        sizes: numbers of pretraining clips, None is all; not given: all, or the scale's where the table sweeps them.
        ks: numbers of clusters, None is the scale's; not given: that, or several where the table sweeps them.
        encoders: video encoders; None among them is the scale's.
        per_class: labelled items per class; None among them is all.
        only_on: pairs of a protocol and the only data set that it runs on, which the labelled demo items stand for;
            a table that is given its protocols runs them everywhere.
        sweeps: "sizes" or "ks": what the table is about.
        seeds: of everything random; rows are compared seed by seed.
        report: what the rows are compared with; None: nothing.

    Raises:
        SettingError: if a row, protocol, encoder or modality is not known, or a number of items is below 1.
    """

    title: str
    rows: tuple[str, ...]
    name: str = "study"
    number: int | None = None
    collections: tuple[str, ...] = ("curated",)
    downstreams: tuple[tuple[str, str], ...] = (("labelled", "video"), ("labelled", "audio"))
    protocols: tuple[str, ...] = ("full finetuning",)
    splits: int | tuple[str, ...] | None = 1
    sizes: tuple[int | None, ...] = ()
    ks: tuple[Clusters | None, ...] = ()
    encoders: tuple[str | None, ...] = (None,)
    per_class: tuple[int | None, ...] = (None,)
    only_on: tuple[tuple[str, str], ...] = ()
    sweeps: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    report: Comparison | None = None

    def __post_init__(self):
        names = THRESHOLDS if self.localizes else tuple(PROTOCOLS)
        protocols = self.protocols
        if not self.localizes:
            protocols = tuple(find_protocol(name).name for name in protocols)
            object.__setattr__(self, "protocols", protocols)
        object.__setattr__(self, "rows", tuple(map(find_row, self.rows)))
        for what, values, allowed in (
            ("row", self.rows, ROWS),
            ("protocol", protocols, names),
            ("encoder", [name for name in self.encoders if name], encoders_for("video")),
            ("modality", [modality for _, modality in self.downstreams], MODALITIES),
            ("sweep", self.sweeps, SWEEPS),
        ):
            for value in values:
                if value not in allowed:
                    meant = did_you_mean(value, tuple(allowed))
                    raise SettingError(f"{self.title}: there is no {what} {value!r}{meant}")
        for what in ("per_class", "sizes"):
            if wrong := [count for count in getattr(self, what) if count is not None and count < 1]:
                raise SettingError(f"{self.title}: {what} of {wrong[0]}; it must be 1 or more")
        for what in ("rows", "collections", "downstreams", "protocols", "seeds"):
            if not getattr(self, what):
                raise SettingError(f"{self.title}: it has no {what}, and so nothing to measure")

    @property
    def localizes(self) -> bool:
        """Whether its protocols are the thresholds of temporal action localization (Table 8)."""
        return all(name in THRESHOLDS for name in self.protocols)


def find_row(name: str) -> str:
    """A row by its name in any case; what is no row's is given back.

    >>> find_row("xdc"), find_row("scratch"), find_row("XYZ")
    ('XDC', 'Scratch', 'XYZ')
    """
    return next((row for row in ROWS if row.lower() == name.lower()), name)


def change_table(table: Table, **changes: Any) -> Table:
    """The same table with other dimensions; lists become tuples, and what is None stays as it was.

    Raises:
        SettingError: if a dimension or a value is not known.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    known = [field.name for field in fields(Table)]
    for name in given:
        if name not in known:
            raise SettingError(f"a table has no {name!r}{did_you_mean(name, known)}")
    if "protocols" in given:
        given.setdefault("only_on", ())
    if "ks" in given:
        given["ks"] = tuple(_clusters(k) for k in given["ks"])
    if "downstreams" in given:
        given["downstreams"] = tuple((where, modality) for where, modality in given["downstreams"])
    return replace(table, **{name: _tuple(value) for name, value in given.items()})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _clusters(k: Any) -> Clusters | None:
    return k if k is None or isinstance(k, Clusters) else Clusters.parse(k)


def read_table(file: str | Path) -> Table:
    """Read a study of one's own from a TOML file: the fields of `Table`, of which `title` and `rows` are needed.

    Raises:
        SettingError: if it is no such file.
    """
    values: Mapping[str, Any] = read_toml(file)
    if missing := [name for name in ("title", "rows") if name not in values]:
        raise SettingError(f"{file} names no {' and no '.join(missing)}; a study needs both")
    report = values.get("report")
    try:
        comparison = report and Comparison(**{name: _tuple(value) for name, value in report.items()})
    except TypeError as error:
        raise SettingError(f"{file}: [report] takes against, column and within ({error})") from error
    plain = {name: value for name, value in values.items() if name not in ("report", "number")}
    own = Table("", ("XDC",), name=Path(file).stem, report=comparison)
    return change_table(own, **plain)
