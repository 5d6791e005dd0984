"""Which recorded factors a clustering or a feature space follows: why XDC is not SDC (paper 3, 5)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.sparse import csr_matrix

from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.errors import DataError, RunError

EVENT = "event"  # how the label is called beside the other factors
BINS = 8


def factor_table(result: Result, *, iteration: int = -1, bins: int = BINS) -> pd.DataFrame:
    """How much each clustering knows of the event and of every recorded factor.

    Columns: clustering, factor ("event" is the label), values (categories, or quantile bins of a number),
    ami (mutual information, 0 for chance and 1 for the same partition), nmi (the same without correction for chance).

    Raises:
        DataError: if the items have neither labels nor columns factor_*.
    """
    columns = factor_columns(result.items, bins=bins)
    rows = []
    for clustering in result.clusterings:
        assignment = result.clusters(clustering, iteration=iteration).assignment
        for factor, codes in columns.items():
            known = codes >= 0
            a, b = assignment[known], codes[known]
            row = {"clustering": clustering, "factor": factor, "values": len(np.unique(b))}
            rows.append(row | {"ami": measures.ami(a, b), "nmi": measures.nmi(a, b)})
    table = pd.DataFrame(rows)
    return table.sort_values(["clustering", "ami"], ascending=[True, False], kind="stable", ignore_index=True)


def factor_comparison(
    runs: Mapping[str, tuple[Result, int]], modality: str, *, top: int = 6, bins: int = BINS
) -> pd.DataFrame:
    """How much the clusters of several runs know of the event and of the factors that any of them follows most.

    Rows: the event first, then the factors, those that some run knows most of first. Columns: the runs, as named.
    Values: adjusted mutual information, 0 for chance.

    Args:
        runs: name -> a run and the position of its iteration (0: random encoders, -1: the last).
        modality: "audio" or "video": the clusters made of this modality alone.
        top: factors beside the event.
        bins: of numbers.

    Raises:
        DataError: if the items have neither labels nor columns factor_*.
        RunError: if a run has no clusters of this modality alone.
    """
    columns = {}
    for name, (result, position) in runs.items():
        clustering = result.clustering_of(modality)
        if clustering is None:
            raise RunError(f"{name}: {result.path} has no clusters made of {modality} alone")
        table = factor_table(result, iteration=position, bins=bins)
        columns[name] = table[table["clustering"] == clustering].set_index("factor")["ami"]
    return strongest_factors(pd.DataFrame(columns).rename_axis(index="factor"), top=top)


def strongest_factors(table: pd.DataFrame, *, top: int) -> pd.DataFrame:
    """The event's row first, then those of the factors that any column knows most of; rows are factors."""
    order = table.max(axis=1).sort_values(ascending=False, kind="stable").index
    kept = [factor for factor in order if factor != EVENT][:top]
    return table.loc[[EVENT, *kept] if EVENT in order else kept]


def features_explained(features: Float[np.ndarray, "items dim"], items: pd.DataFrame, *, bins: int = BINS) -> pd.Series:
    """The share of the features' variance that the event and each factor explain, largest first; no method involved.

    Variance between the group means over all variance, summed over dimensions and corrected for what as many random
    groups would explain (epsilon squared, so it may be slightly below 0). Shares need not add up to 1.

    Raises:
        DataError: if the items have neither labels nor columns factor_*, or are not as many as the features.
    """
    if len(features) != len(items):
        raise DataError(f"{len(features)} features and {len(items)} items; row i must be item i in both")
    shares = {}
    for factor, codes in factor_columns(items, bins=bins).items():
        known = codes >= 0
        shares[factor] = _between_groups(np.asarray(features[known], dtype=np.float64), codes[known])
    return pd.Series(shares, name="explained").rename_axis("factor").sort_values(ascending=False, kind="stable")


def factor_columns(items: pd.DataFrame, *, bins: int = BINS) -> dict[str, np.ndarray]:
    """Every factor as integer codes, the event first; -1 where it is not recorded, one-valued factors left out.

    Raises:
        DataError: if there is none.
    """
    columns = {EVENT: items["label"].replace("", np.nan)} if "label" in items else {}
    columns |= {
        name.removeprefix("factor_"): pd.Series(items[name]) for name in items.columns if name.startswith("factor_")
    }
    codes = {name: _codes(column, bins) for name, column in columns.items()}
    codes = {name: column for name, column in codes.items() if len(np.unique(column[column >= 0])) > 1}
    if not codes:
        raise DataError(
            "the items have neither labels nor recorded factors (columns factor_*) that vary; the demo set has both"
        )
    return codes


def _codes(column: Any, bins: int) -> np.ndarray:
    """Categories as they are; numbers of more than `bins` different values by quantiles."""
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if is_number and column.nunique() > bins:
        binned = pd.Series(pd.qcut(column, bins, labels=False, duplicates="drop"))
        return binned.fillna(-1).to_numpy(dtype=np.int64)
    return pd.factorize(column, sort=True)[0].astype(np.int64)


def _between_groups(features: np.ndarray, codes: np.ndarray) -> float:
    """Epsilon squared: the explained share of variance, corrected for the number of groups."""
    _, groups, sizes = np.unique(codes, return_inverse=True, return_counts=True)
    items, k = len(groups), len(sizes)
    centred = features - features.mean(axis=0)
    total = float((centred**2).sum())
    if total == 0 or items <= k:
        return 0.0
    member = csr_matrix((np.ones(items), (groups, np.arange(items))), shape=(k, items))
    means = (member @ centred) / sizes[:, None]
    explained = float((sizes[:, None] * means**2).sum()) / total
    return 1 - (1 - explained) * (items - 1) / (items - k)
