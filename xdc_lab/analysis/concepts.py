"""The labels that clusters gather: the ranked tables of the paper (paper 5, Table 6)."""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import entr

from xdc_lab.analysis.purity import chance_purity, chance_purity_of_several, wilson_interval
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.clustering import measures
from xdc_lab.errors import SettingError, counted

# ranking -> the column it sorts by, and whether large comes first
RANKINGS = {
    "purity": ("purity", False),
    "surest purity": ("purity_low", False),
    "entropy": ("entropy", True),
    "size": ("size", False),
    "distance": ("mean_distance", True),
}
NO_LABELS = "no labels"
COLUMNS = (
    *("rank", "cluster", "size", "labelled", "purity", "purity_low", "purity_high", "chance_purity"),
    *("entropy", "mean_distance", "concepts", "text"),
)


def cluster_table(
    result: Result,
    clustering: str,
    *,
    iteration: int = -1,
    concepts: int = 3,
    rank_by: str | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Describe every cluster, best first (paper 5, Table 6).

    Of a clip with several labels each counts, so shares may sum to more than 1.

    Columns: rank (from 1), cluster (its id), size, labelled (members with a label), purity (share of them that have
    the commonest label), purity_low and purity_high (95 %), chance_purity (of as many items drawn blindly),
    entropy (of the label shares, bits), mean_distance (to the centroid, as the clustering measured it), concepts
    (list of (label, share)) and text, "play bagpipes (0.70), play harmonica (0.04)".

    Without labels the purity columns are NaN, `concepts` is empty, and the most compact cluster comes first.

    Args:
        result: an opened run.
        clustering: its name.
        iteration: position; -1 is the last one.
        concepts: labels to list per cluster.
        rank_by: a key of `RANKINGS`; default "purity", or "distance" where there are no labels.
        seed: of the blind draws.

    Raises:
        SettingError: if `rank_by` is unknown, or needs labels that this run does not have.
    """
    rank_by = rank_by or ("purity" if result.has_labels else "distance")
    _demand_ranking(result, rank_by)
    clusters = result.clusters(clustering, iteration=iteration)
    counts = label_counts(result, clustering, iteration=iteration)
    labelled = labelled_counts(result, clustering, iteration=iteration)
    distances = np.bincount(clusters.assignment, weights=clusters.distance, minlength=clusters.k)
    chance = _chances(result, {int(count) for count in labelled}, seed)
    rows = []
    for cluster, size in enumerate(np.bincount(clusters.assignment, minlength=clusters.k)):
        mean_distance = distances[cluster] / size if size else math.nan
        about = _label_columns(result, counts[cluster], int(labelled[cluster]), concepts=concepts)
        about["chance_purity"] = chance[about["labelled"]]
        if 0 < about["labelled"] < size:  # "bell (1.00)" of one labelled clip in thirty says little
            about["text"] += f"; {about['labelled']} of {size} labelled"
        rows.append({"cluster": cluster, "size": int(size), "mean_distance": mean_distance, **about})
    return _ranked(pd.DataFrame(rows), rank_by)


def label_counts(result: Result, clustering: str, *, iteration: int = -1) -> np.ndarray:
    """Count the clips of each label in each cluster: an array (clusters, labels); one with several counts in each."""
    clusters = result.clusters(clustering, iteration=iteration)
    if result.has_several_labels:
        return measures.carried(clusters.assignment, result.label_sets.matrix, k=clusters.k)
    known, labels = result.label_codes >= 0, len(result.label_names)
    cells = clusters.assignment[known].astype(np.int64) * labels + result.label_codes[known]
    return np.bincount(cells, minlength=clusters.k * labels).reshape(clusters.k, labels)


def labelled_counts(result: Result, clustering: str, *, iteration: int = -1) -> np.ndarray:
    """Count the clips of each cluster that have a label."""
    clusters = result.clusters(clustering, iteration=iteration)
    return np.bincount(clusters.assignment[result.label_codes >= 0], minlength=clusters.k)


def concepts_text(concepts: list[tuple[str, float]]) -> str:
    """Write concepts as Table 6 does.

    >>> concepts_text([("play bagpipes", 0.7), ("play harmonica", 0.041)])
    'play bagpipes (0.70), play harmonica (0.04)'
    """
    return ", ".join(f"{label} ({share:.2f})" for label, share in concepts) or NO_LABELS


def table6(result: Result, *, top: int = 4, bottom: int = 2, concepts: int = 3, iteration: int = -1) -> pd.DataFrame:
    """The first and last ranks of every clustering side by side, those that hear on the left (paper Table 6).

    Columns, for each clustering: "<name> #" (the cluster's id, as everywhere), "<name> rank" and "<name> concepts".
    A clustering of fewer clusters has each of them once and "" below. Without labels the text says the size and the
    mean distance instead.
    """
    sides = []
    for clustering in result.clusterings:
        table = cluster_table(result, clustering, iteration=iteration, concepts=concepts)
        k = len(table)
        kept = table.iloc[sorted({*range(min(top, k)), *range(max(0, k - bottom), k)})]
        texts = kept["text"] if result.has_labels else [_compactness(row) for row in rows_of(kept)]
        numbers = {"#": kept["cluster"].astype(str), "rank": kept["rank"].astype(str)}
        side = pd.DataFrame({**numbers, "concepts": list(texts)}).add_prefix(f"{clustering} ")
        sides.append(side.reset_index(drop=True))
    return pd.concat(sides, axis=1).fillna("")


def _compactness(row: dict[str, Any]) -> str:
    return f"{counted(row['size'], 'clip')}, mean distance {row['mean_distance']:.2f}"


def _demand_ranking(result: Result, rank_by: str) -> None:
    if rank_by not in RANKINGS:
        raise SettingError(f"no ranking {rank_by!r}; clusters are ranked by {', '.join(RANKINGS)}")
    if not result.has_labels and rank_by not in ("size", "distance"):
        raise SettingError(f"this run's items have no labels, so no {rank_by}; rank by size or distance")


def _chances(result: Result, sizes: set[int], seed: int) -> dict[int, float]:
    labels = result.label_sets.matrix
    if result.has_several_labels:
        return {size: chance_purity_of_several(labels, size, seed=seed) for size in sizes}
    counts = labels.sum(axis=0)
    return {size: chance_purity(counts, size, seed=seed) for size in sizes}


def _label_columns(result: Result, counts: np.ndarray, labelled: int, *, concepts: int) -> dict:
    names = result.label_names
    if not labelled:
        unknown = ("purity", "purity_low", "purity_high", "entropy")
        return {"labelled": 0, **dict.fromkeys(unknown, math.nan), "concepts": [], "text": NO_LABELS}
    low, high = wilson_interval(int(counts.max()), labelled)
    order = np.argsort(-counts, kind="stable")[:concepts]
    listed = [(names[label], float(counts[label] / labelled)) for label in order if counts[label]]
    return {
        "labelled": labelled,
        "purity": float(counts.max() / labelled),
        "purity_low": low,
        "purity_high": high,
        "entropy": float(entr(counts / counts.sum()).sum() / math.log(2)),
        "concepts": listed,
        "text": concepts_text(listed),
    }


def _ranked(table: pd.DataFrame, rank_by: str) -> pd.DataFrame:
    """Sort; ties go to the larger cluster, then to the smaller id; a cluster without a value comes last."""
    column, ascending = RANKINGS[rank_by]
    table = table.sort_values(
        [column, "size", "cluster"], ascending=[ascending, False, True], na_position="last", ignore_index=True
    )
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    return table.reindex(columns=COLUMNS)
