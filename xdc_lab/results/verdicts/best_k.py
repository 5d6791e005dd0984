"""The best number of clusters in Table 2, and what the paper claims of it (paper 4.2, Study 2)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.rows import rows_of
from xdc_lab.datasets.catalogue import NAMED
from xdc_lab.results.intervals import interval
from xdc_lab.results.verdicts.findings import AGREES, CANT_TELL, CONTRADICTS, Finding
from xdc_lab.worlds.demo.events import EVENTS

LABELS = {"Kinetics": 400, **dict.fromkeys(NAMED, len(EVENTS))}  # of what was pretrained on
AS_MANY_LABELS = {"HMDB51": "about 50", "ESC50": "about 50"}  # downstream sets; one set, seen and heard, has as many
PLACE = ["downstream", "modality", "protocol"]
CURVE = ["pretraining", "pretraining_size", *PLACE]


def best_k(table: pd.DataFrame) -> pd.DataFrame:
    """The number of clusters with the highest mean over seeds, for each data, downstream and protocol.

    Columns: pretraining, pretraining_size, downstream, modality, protocol, k, value (the mean there), ahead (of the
    second best k; NaN if there is none), range (of the means over all k), seeds (the fewest behind a mean).
    """
    cells = table.dropna(subset=["k"]).groupby([*CURVE, "k"], sort=False)["value"]
    means = cells.agg(value="mean", seeds="count").reset_index()
    rows = []
    for key, curve in means.groupby(CURVE, sort=False):
        ordered = curve.sort_values("value", ascending=False, kind="stable")
        values = ordered["value"].to_numpy()
        rows.append(
            dict(zip(CURVE, key, strict=True))
            | {
                "k": int(ordered["k"].iloc[0]),
                "value": values[0],
                "ahead": values[0] - values[1] if len(values) > 1 else np.nan,
                "range": values[0] - values[-1],
                "seeds": int(curve["seeds"].min()),
            }
        )
    return pd.DataFrame(rows, columns=[*CURVE, "k", "value", "ahead", "range", "seeds"])


def best_k_differs(table: pd.DataFrame) -> Iterator[Finding]:
    """Doublings between the best k of two downstream tasks with as many labels."""
    best = _with_several_k(table)
    alike = best["downstream"].replace(AS_MANY_LABELS)
    groups: Any = best.groupby(["pretraining", "pretraining_size", "protocol", alike], sort=False)
    for (pretraining, _, protocol, _), rows in groups:
        if len(rows) > 1:
            low, high = rows_of(rows.sort_values("k").iloc[[0, -1]])
            yield _compared(table, (pretraining, "", protocol), low, high, holds=low["k"] != high["k"])


def best_k_is_not_the_labels(table: pd.DataFrame) -> Iterator[Finding]:
    """Doublings between the best k and that k of the table which is nearest to the number of pretraining labels."""
    for row in rows_of(_with_several_k(table)):
        if row["pretraining"] in LABELS:
            labels = LABELS[row["pretraining"]]
            ks = table.loc[table["pretraining"] == row["pretraining"], "k"].dropna().unique().tolist()
            nearest = min(ks, key=lambda k, labels=labels: abs(_doublings(k, labels)))
            told = _is_ahead(table, row, nearest)
            word = _word(told, holds=nearest != row["k"])
            value = abs(_doublings(nearest, row["k"]))
            yield Finding(row["downstream"], row["modality"], row["protocol"], value, row["seeds"], word)


def best_k_grows(table: pd.DataFrame) -> Iterator[Finding]:
    """Doublings of the best k from the smallest to the largest data of one kind (AudioSet-240K to AudioSet)."""
    best = _with_several_k(table)
    family = best["pretraining"].str.removesuffix("-240K")
    groups: Any = best.groupby([family, *PLACE], sort=False)
    for (_, *place), rows in groups:
        if rows["pretraining_size"].nunique() > 1:
            small, *_, large = rows_of(rows.sort_values("pretraining_size"))
            yield _compared(table, tuple(place), small, large, holds=small["k"] < large["k"])


def _with_several_k(table: pd.DataFrame) -> pd.DataFrame:
    """`best_k`, where there was a choice."""
    return best_k(table).dropna(subset=["ahead"])


def _compared(
    table: pd.DataFrame, place: tuple[str, ...], one: dict[str, Any], other: dict[str, Any], *, holds: bool
) -> Finding:
    """Two curves' best k, each ahead of the other's on its own curve, or both known to be the same."""
    told = _is_ahead(table, one, other["k"]) and _is_ahead(table, other, one["k"])
    downstream, modality, protocol = place
    value, seeds = _doublings(one["k"], other["k"]), min(one["seeds"], other["seeds"])
    return Finding(downstream, modality, protocol, value, seeds, _word(told, holds=holds))


def _word(told: bool, *, holds: bool) -> str:
    return CANT_TELL if not told else AGREES if holds else CONTRADICTS


def _is_ahead(table: pd.DataFrame, best: dict[str, Any], other: int) -> bool:
    """Whether a best k is above another on its curve: the interval of their difference, seed by seed, is above 0.

    Over flat noise some k is the best, too. So the interval is that of one comparison among as many as there are other
    k (Bonferroni). Where the other is the best itself, it must be ahead of all the others: then it is known.
    """
    curve: Any = table.groupby(CURVE).get_group(tuple(best[name] for name in CURVE))
    values = curve.pivot_table(index="seed", columns="k", values="value")
    others = [k for k in values if k != best["k"]]
    differences = {k: (values[best["k"]] - values[k]).dropna().to_numpy() for k in others}
    asked = others if other == best["k"] else [other]
    return all(interval(differences[k], comparisons=len(others))[0] > 0 for k in asked)


def _doublings(a: float, b: float) -> float:
    return float(np.log2(b / a))
