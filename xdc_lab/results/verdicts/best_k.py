"""The best number of clusters in Table 2, and what the paper claims of it (paper 4.2, Study 2)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.rows import rows_of
from xdc_lab.datasets.catalogue import NAMED
from xdc_lab.results.verdicts.margins import Margin
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


def best_k_differs(table: pd.DataFrame) -> Iterator[Margin]:
    """Doublings between the best k of two downstream tasks with as many labels.

    None where seeds cannot tell the two apart.
    """
    best = best_k(table)
    alike = best["downstream"].replace(AS_MANY_LABELS)
    groups: Any = best.groupby(["pretraining", "pretraining_size", "protocol", alike], sort=False)
    for (pretraining, _, protocol, _), rows in groups:
        ends = list(rows_of(rows.sort_values("k").iloc[[0, -1]]))
        if len(rows) > 1:
            low, high = (row["k"] for row in ends)
            apart = _is_ahead(table, ends[0], high) and _is_ahead(table, ends[1], low)
            yield Margin(pretraining, "", protocol, 0, _doublings(low, high) * apart)


def best_k_is_not_the_labels(table: pd.DataFrame) -> Iterator[Margin]:
    """Doublings between the best k and that k of the table which is nearest to the number of pretraining labels.

    None where seeds cannot tell the two apart.
    """
    for row in rows_of(best_k(table)):
        if row["pretraining"] in LABELS:
            labels = LABELS[row["pretraining"]]
            ks = table.loc[table["pretraining"] == row["pretraining"], "k"].dropna().unique().tolist()
            nearest = min(ks, key=lambda k, labels=labels: abs(_doublings(k, labels)))
            away = abs(_doublings(nearest, row["k"])) * _is_ahead(table, row, nearest)
            yield Margin(row["downstream"], row["modality"], row["protocol"], 0, away)


def best_k_grows(table: pd.DataFrame) -> Iterator[Margin]:
    """Doublings of the best k from the smallest to the largest data of one kind (AudioSet-240K to AudioSet)."""
    best = best_k(table)
    family = best["pretraining"].str.removesuffix("-240K")
    groups: Any = best.groupby([family, *PLACE], sort=False)
    for (_, downstream, modality, protocol), rows in groups:
        if rows["pretraining_size"].nunique() > 1:
            ks = rows.sort_values("pretraining_size")["k"].tolist()
            yield Margin(downstream, modality, protocol, 0, _doublings(ks[0], ks[-1]))


def _is_ahead(table: pd.DataFrame, best: dict[str, Any], other: int) -> bool:
    """Whether a best k is above another by more than the standard error of their difference, seed by seed.

    Over flat noise some k is the best, too. Where there is one seed, as in the paper, there is no such error: the best
    k is taken as it is.
    """
    curve: Any = table.groupby(CURVE).get_group(tuple(best[name] for name in CURVE))
    values = curve.pivot_table(index="seed", columns="k", values="value")
    if len(values) == 1:
        return True
    differences = (values[best["k"]] - values[other]).dropna()
    return bool(differences.mean() > differences.std(ddof=1) / np.sqrt(len(differences)))


def _doublings(a: float, b: float) -> float:
    return float(np.log2(b / a))
