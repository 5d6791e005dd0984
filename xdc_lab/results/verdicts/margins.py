"""Margins: by how many points a claim holds in rows of results, per downstream set and seed (paper 4.2 to 6)."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from xdc_lab.results.verdicts.findings import Finding, Margin

# Collections that were not gathered by the labels of the downstream video sets.
OTHER = ("AudioSet", "AudioSet-240K", "IG-Random", "ImageNet")
UNCURATED_SUFFIX = "-uncurated"  # of the demo set's uncurated counterpart
DOWNSTREAM = ["downstream", "modality"]
RUN = ("pretraining", "pretraining_size", "k", "network")  # tell a method's rows apart
SIZES = {"smallest": min, "largest": max}


Place = tuple[str, str, str, int]
Margins = Callable[[pd.DataFrame], Iterator[Margin] | Iterator[Finding]]


@dataclass(frozen=True)
class Pick:
    """Rows of a table by what they say; None is any.

    Attributes:
        methods: of these; a place that lacks one of them has no margin.
        any_of: one of the methods is enough.
        kind: "curated" (by the downstream labels) or "other" data to pretrain on.
        size: "smallest" or "largest" of the picked rows.
        protocol: the name of one.
    """

    methods: tuple[str, ...]
    any_of: bool = False
    kind: str | None = None
    size: str | None = None
    protocol: str | None = None

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows; none where a method is missing."""
        table = table[table["method"].isin(self.methods)]
        if self.kind is not None:
            table = table[table["pretraining"].map(kind_of) == self.kind]
        if self.protocol is not None:
            table = table[table["protocol"] == self.protocol]
        if not self.any_of and set(table["method"]) != set(self.methods):
            return table.head(0)
        if self.size is not None and len(table):
            table = table[table["pretraining_size"] == SIZES[self.size](table["pretraining_size"])]
        return table


def kind_of(pretraining: str) -> str:
    """What a collection was gathered by.

    >>> kind_of("IG-Random"), kind_of("demo-uncurated"), kind_of("demo"), kind_of("none")
    ('other', 'other', 'curated', 'none')
    """
    if pretraining in OTHER or pretraining.endswith(UNCURATED_SUFFIX):
        return "other"
    return "none" if pretraining == "none" else "curated"


def above(better: Pick, worse: Pick, *, modality: str | None = None, more_data: bool = False) -> Margins:
    """Each of some rows above each of others: one part for each pair.

    Args:
        better: rows that the claim says are better.
        worse: than these.
        modality: what the claim is about; None: both.
        more_data: only where the better ones saw more clips.
    """

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        table = _of(table, modality).reset_index(drop=True)
        both = table[table["method"].isin({*better.methods, *worse.methods})]
        names = _names(both, RUN if better.protocol is None else (*RUN, "protocol"))
        for place, rows in _places(table, better.protocol is None):
            one, other = better.rows(rows), worse.rows(rows)
            if one.empty or other.empty:
                continue
            if more_data and one["pretraining_size"].min() <= other["pretraining_size"].max():
                continue
            for (a, high), (b, low) in itertools.product(one["value"].items(), other["value"].items()):
                yield Margin(*place, high - low, f"{names[a]} - {names[b]}")

    return margins


def grows(pick: Pick) -> Margins:
    """The mean over the largest data above the mean over the smallest."""

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(table):
            rows = pick.rows(rows)
            if rows["pretraining_size"].nunique() > 1:
                means = rows.groupby("pretraining_size")["value"].mean().sort_index()
                yield Margin(*place, means.iloc[-1] - means.iloc[0])

    return margins


def gap_of_kinds(better: str, worse: str, *, sizes: Sequence[str], modality: str) -> Margins:
    """Data of one kind above data of the other at the same size.

    Args:
        better, worse: kinds of data.
        sizes: "every" (one part each), or of "smallest" and "largest"; of two, the first gap minus the second: it
            shrinks.
        modality: what the claim is about.
    """

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(_of(table, modality)):
            gaps = _gaps(rows, better, worse)
            if gaps.empty or (len(sizes) > 1 and len(gaps) < 2):
                continue
            if sizes == ("every",):
                yield from (Margin(*place, gap, f"{size:,} clips") for size, gap in gaps.items())
                continue
            ends = {"smallest": gaps.iloc[0], "largest": gaps.iloc[-1]}
            first, *second = (ends[size] for size in sizes)
            yield Margin(*place, first - sum(second))

    return margins


def less_sensitive_to_kind(method: str, other: str) -> Margins:
    """The gap between kinds of data, of either sign, is narrower for one method than for the other (smallest size).

    Each seed's own gaps are compared by their size: noise widens both alike.
    """

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(table):
            gaps = [_gaps(Pick((name,), size="smallest").rows(rows), "curated", "other") for name in (method, other)]
            if all(len(gap) for gap in gaps):
                narrow, wide = (abs(gap.iloc[0]) for gap in gaps)
                yield Margin(*place, wide - narrow)

    return margins


def closer_to(rows_of: Pick, *, near: Pick, far: Pick) -> Margins:
    """Some rows are nearer to `near` than to `far`, which lies above both: they are below the middle between the two.

    Args:
        rows_of: the rows in question.
        near: what they are said to be like.
        far: what they are not like.
    """

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(table):
            values = [pick.rows(rows)["value"] for pick in (rows_of, near, far)]
            if all(len(value) for value in values):
                own, like, unlike = (value.mean() for value in values)
                yield Margin(*place, unlike + like - 2 * own, f"nearer to {'/'.join(near.methods)}")
                yield Margin(*place, unlike - like, f"{'/'.join(far.methods)} - {'/'.join(near.methods)}")

    return margins


def finetuning_helps(methods: tuple[str, ...]) -> Margins:
    """Full finetuning above fc-only for most encoders: the median over them."""

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(table, False):
            pairs = _transfers(Pick(methods).rows(rows))
            if len(pairs):
                yield Margin(*place, float((pairs["full finetuning"] - pairs["fc-only"]).median()))

    return margins


def same_order(methods: tuple[str, ...]) -> Margins:
    """The encoders' order by fc-only is that by full finetuning: Kendall's tau, 1 to -1."""

    def margins(table: pd.DataFrame) -> Iterator[Margin]:
        for place, rows in _places(table, False):
            pairs = _transfers(Pick(methods).rows(rows))
            if len(pairs) > 1:
                found: Any = stats.kendalltau(pairs["full finetuning"], pairs["fc-only"])
                yield Margin(*place, float(np.nan_to_num(found.statistic)))

    return margins


def _names(rows: pd.DataFrame, columns: Sequence[str]) -> dict[Any, str]:
    """What to call each row: its method, and what tells it from the method's other rows in its place."""
    names = {}
    for (*_, method), group in rows.groupby([*DOWNSTREAM, "method"], sort=False):
        differ = [name for name in columns if name in group and group[name].nunique(dropna=False) > 1]
        names |= {index: " ".join(map(str, [method, *group.loc[index, differ]])) for index in group.index}
    return names


def _of(table: pd.DataFrame, modality: str | None) -> pd.DataFrame:
    return table if modality is None else table[table["modality"] == modality]


def _places(table: pd.DataFrame, by_protocol: bool = True) -> Iterator[tuple[Place, pd.DataFrame]]:
    """The rows of each downstream, modality, protocol (or all protocols) and seed."""
    protocol = table["protocol"] if by_protocol else pd.Series("", index=table.index, name="protocol")
    keys: Any = table.groupby([*DOWNSTREAM, protocol, "seed"], sort=False)
    for (downstream, modality, name, seed), rows in keys:
        yield (downstream, modality, name, int(seed)), rows


def _gaps(rows: pd.DataFrame, better: str, worse: str) -> pd.Series:
    """Mean of one kind minus mean of the other, by size, smallest first; sizes that lack one are left out."""
    kinds = rows["pretraining"].map(kind_of).rename("kind")
    means = rows.groupby(["pretraining_size", kinds])["value"].mean().unstack()
    means = means.reindex(columns=[better, worse]).dropna().sort_index()
    return means[better] - means[worse]


def _transfers(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each encoder, with both of Table 5's protocols."""
    wide = rows.pivot_table(index=["method", "pretraining"], columns="protocol", values="value", aggfunc="mean")
    return wide.reindex(columns=["fc-only", "full finetuning"]).dropna()
