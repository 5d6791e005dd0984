"""How well clusterings agree: with the labels, with each other, with the iteration before (paper 5)."""

import itertools
import math

import numpy as np
import pandas as pd
from jaxtyping import Int
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import pdist

from xdc_lab.analysis.concepts import concepts_text
from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.errors import RunError

LABEL = "label"
DIRECTIONS = 16  # of the correspondence analysis: enough to tell blocks apart


def agreement_table(result: Result, *, iteration: int = -1) -> pd.DataFrame:
    """Compare every clustering with the labels and with every other clustering.

    Columns: clustering, other ("label" or a clustering), items (compared), nmi, ami and ari (both 0 for chance),
    hungarian (accuracy under the best one-to-one naming of the clusters, SeLaVi's measure; NaN unless both sides have
    as many groups). With the label all are NaN for fewer items than `measures.FEWEST_LABELLED`, and all but nmi where
    items have several.
    """
    codes = {name: result.clusters(name, iteration=iteration).assignment for name in result.clusterings}
    pairs = list(itertools.combinations(codes, 2))
    rows = [_agreement(a, codes[a], b, codes[b]) for a, b in pairs]
    if result.has_labels:
        rows = [_with_labels(a, codes[a], result) for a in codes] + rows
    return pd.DataFrame(rows, columns=["clustering", "other", "items", "nmi", "ami", "ari", "hungarian"])


def over_iterations(result: Result, *, adjusted: bool = True) -> pd.DataFrame:
    """How each clustering changed: one row per iteration and clustering.

    Columns: iteration, clustering, k, size_max, labelled (items with a label), purity, nmi_label, ami_label (NaN for
    fewer of them than `measures.FEWEST_LABELLED`), nmi_other (mean with the other clusterings; NaN where there is
    none), nmi_previous and churn (with the iteration before; NaN for the first).

    Args:
        result: an opened run.
        adjusted: whether to measure ami_label, which takes longest where there are many items; else it is left out.
    """
    rows = []
    for position, iteration in enumerate(result.iterations):
        now = {name: result.clusters(name, iteration=position) for name in result.clusterings}
        pairs = {
            frozenset(pair): measures.nmi(*(now[name].assignment for name in pair))
            for pair in itertools.combinations(now, 2)
        }
        for name, clusters in now.items():
            others = [pairs[frozenset((name, other))] for other in now if other != name]
            row = {"iteration": iteration, "clustering": name, "k": clusters.k, "size_max": int(clusters.sizes.max())}
            row |= _against_labels(result, clusters.assignment, adjusted=adjusted)
            row |= {"nmi_other": float(np.mean(others)) if others else math.nan}
            rows.append(row | _against_previous(result, name, position))
    return pd.DataFrame(rows)


def churn(before: Int[np.ndarray, " items"], after: Int[np.ndarray, " items"]) -> float:
    """The share of items that moved, after the clusters are paired one to one so that fewest have.

    >>> churn(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]))
    0.25
    """
    counts = contingency_counts(before, after)
    kept = counts[linear_sum_assignment(counts, maximize=True)].sum()
    return float(1 - kept / len(before))


def contingency_counts(a: Int[np.ndarray, " items"], b: Int[np.ndarray, " items"]) -> np.ndarray:
    """Count the items in group i of one side and group j of the other."""
    return _counted(a, b, (int(a.max()) + 1, int(b.max()) + 1))


def contingency(result: Result, a: str = "audio", b: str = "video", *, iteration: int = -1) -> pd.DataFrame:
    """The audio x video matrix: clips in cluster i of one clustering (rows) and j of the other (columns)."""
    one, other = (result.clusters(name, iteration=iteration) for name in (a, b))
    counts = _counted(one.assignment, other.assignment, (one.k, other.k))
    return pd.DataFrame(counts).rename_axis(index=a, columns=b)


def _counted(a: np.ndarray, b: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    cells = a.astype(np.int64) * shape[1] + b
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def block_order(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order the rows and columns of a matrix of counts so that those that share most lie together, as blocks.

    By correspondence analysis, which lays rows and columns out in one space, and a tree of all of them there.

    >>> rows, columns = block_order(np.array([[5, 0, 1], [0, 9, 0], [4, 0, 2]]))
    >>> abs(list(rows).index(0) - list(rows).index(2))
    1
    """
    rows, columns = (np.sqrt(np.maximum(counts.sum(axis=axis), 1e-12)) for axis in (1, 0))
    left, strength, right = np.linalg.svd(counts / rows[:, None] / columns, full_matrices=False)
    kept = slice(0, min(DIRECTIONS, len(strength)))
    sides = (left[:, kept] / rows[:, None], right[kept].T / columns[:, None])
    places = np.concatenate(sides) * strength[kept]
    places /= np.maximum(np.linalg.norm(places, axis=1, keepdims=True), 1e-12)
    apart = pdist(places)
    leaves = leaves_list(optimal_leaf_ordering(linkage(apart, "average"), apart))
    return leaves[leaves < len(counts)], leaves[leaves >= len(counts)] - len(counts)


def shared_clips(result: Result, pair: tuple[int, int], a: str = "audio", b: str = "video", *, iteration: int = -1):
    """The items (array of rows) that lie in both clusters of a cell of the matrix."""
    one, other = (result.clusters(name, iteration=iteration).assignment for name in (a, b))
    return np.flatnonzero((one == pair[0]) & (other == pair[1]))


def shared_table(
    result: Result, a: str = "audio", b: str = "video", *, count: int | None = 20, iteration: int = -1
) -> pd.DataFrame:
    """The pairs of clusters that share most, and what they share.

    Columns: the two cluster ids (named as the clusterings), clips, share_of_<a>, share_of_<b> (of the
    clusters' clips), jaccard (shared among all clips of either; the order of the rows), text (concepts of the
    shared clips).
    """
    counts = contingency(result, a, b, iteration=iteration).to_numpy()
    rows, columns = np.nonzero(counts)
    shared = counts[rows, columns]
    of_a, of_b = counts.sum(axis=1)[rows], counts.sum(axis=0)[columns]
    table = pd.DataFrame({a: rows, b: columns, "clips": shared})
    table[f"share_of_{a}"], table[f"share_of_{b}"] = shared / of_a, shared / of_b
    table["jaccard"] = shared / (of_a + of_b - shared)
    table = table.sort_values(["jaccard", "clips"], ascending=False, kind="stable", ignore_index=True)
    table = table.head(len(table) if count is None else count)
    cells = zip(table[a], table[b], strict=True)
    texts = [item_concepts(result, shared_clips(result, cell, a, b, iteration=iteration)) for cell in cells]
    return table.assign(text=texts)


def item_concepts(result: Result, items: Int[np.ndarray, " some"], *, concepts: int = 3) -> str:
    """The commonest labels of some items, as Table 6 writes them."""
    counts = result.label_sets.matrix[items].sum(axis=0)
    labelled = (result.label_codes[items] >= 0).sum()
    order = [label for label in np.argsort(-counts, kind="stable")[:concepts] if counts[label]]
    return concepts_text([(result.label_names[label], counts[label] / labelled) for label in order])


def audio_and_video(result: Result) -> tuple[str, str]:
    """The names of the clustering that heard and of the one that saw.

    Raises:
        RunError: if the method has not one of each.
    """
    heard, seen = result.clustering_of("audio"), result.clustering_of("video")
    if heard is None or seen is None:
        raise RunError(
            f"{result.meta['method']['name']} has no pair of audio and video clusters to compare; "
            f"its clusterings are {', '.join(result.clusterings)}"
        )
    return heard, seen


def _with_labels(clustering: str, codes: np.ndarray, result: Result) -> dict:
    known = result.label_codes >= 0
    if known.sum() >= measures.FEWEST_LABELLED and not result.has_several_labels:
        return _agreement(clustering, codes[known], LABEL, result.label_codes[known])
    nmi = measures.against_labels(codes, result.label_grouping)["nmi_label"]
    unknown = dict.fromkeys(("ami", "ari", "hungarian"), math.nan)
    return {"clustering": clustering, "other": LABEL, "items": int(known.sum()), "nmi": nmi, **unknown}


def _agreement(a: str, a_codes: np.ndarray, b: str, b_codes: np.ndarray) -> dict:
    about = {"clustering": a, "other": b, "items": len(a_codes)}
    same = len(np.unique(a_codes)) == len(np.unique(b_codes))
    return {
        **about,
        "nmi": measures.nmi(a_codes, b_codes),
        "ami": measures.ami(a_codes, b_codes),
        "ari": measures.ari(a_codes, b_codes),
        "hungarian": measures.accuracy(a_codes, b_codes) if same else math.nan,
    }


def _against_labels(result: Result, assignment: np.ndarray, *, adjusted: bool) -> dict:
    if result.has_several_labels:
        return measures.against_labels(assignment, result.label_grouping)
    known = result.label_codes >= 0
    return measures.against_labels(assignment[known], result.label_codes[known], adjusted=adjusted)


def _against_previous(result: Result, name: str, position: int) -> dict:
    if position == 0:
        return {"nmi_previous": math.nan, "churn": math.nan}
    before, after = (result.clusters(name, iteration=p).assignment for p in (position - 1, position))
    return {"nmi_previous": measures.nmi(before, after), "churn": churn(before, after)}
