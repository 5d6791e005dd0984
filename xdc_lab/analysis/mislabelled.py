"""Find clips that may be mislabelled: what they sound and look like, and what those clips are labelled (paper 5)."""

import operator
from collections.abc import Mapping
from functools import reduce

import numpy as np
import pandas as pd
from jaxtyping import Int
from scipy.sparse import csr_array

from xdc_lab.analysis.neighbours import fingerprints, nearest_items
from xdc_lab.analysis.result import Result
from xdc_lab.errors import DataError
from xdc_lab.extras import SparseRows

NEIGHBOURS = 10  # ours: of the demo set's 960 clips 10 and 20 find the same (LOG.md)
COLUMNS = ("item", "score", "label", "suggested", "path")


def mislabelled(
    result: Result, *, neighbours: int = NEIGHBOURS, near: Mapping[str, Int[np.ndarray, "items nearest"]] | None = None
) -> pd.DataFrame:
    """List clips whose neighbours are labelled otherwise, the most suspicious first.

    Each sense votes: of a clip's nearest clips on audio and on video the share that has its own label, and the share
    that has another one. The score is how many times likelier the other label is, as the sum over the senses of the
    log of the two shares' ratio, half a vote added to each; listed is what is above 0. So a label that one sense
    confuses and the other does not is no mistake.

    Of a clip with several labels the one that most of its neighbours share counts as its own, and none of them as
    another. Clips without a label neither vote nor are listed.

    Columns: item, score, label, suggested (the other label), path, and for each encoder <encoder>_own and
    <encoder>_suggested, the shares.

    Args:
        result: an opened run; its last features are used.
        neighbours: of a clip on each sense.
        near: encoder -> the nearest items of each, where they are known already.

    Raises:
        DataError: if no item has a label.
    """
    if not result.has_labels:
        raise DataError(f"the items of {result.path} have no labels, so none can be wrong; see `neighbours`")
    labels: SparseRows = csr_array(result.label_sets.matrix.astype(np.float32))
    if near is None:
        near = {name: nearest_items(fingerprints(result.features(name)), count=neighbours) for name in result.encoders}
    votes = {name: _votes(rows, labels) for name, rows in near.items()}
    half = {name: 0.5 / max(1, rows.shape[1]) for name, rows in near.items()}
    own = {name: _best(one.multiply(labels)) for name, one in votes.items()}
    logs = [_log_of(one, half[name]) for name, one in votes.items()]
    evidence = reduce(operator.add, logs)
    others = csr_array(evidence - evidence.multiply(labels))  # stored where a neighbour has another label
    suggested, strength = _strongest(others)
    score = strength - sum(np.log1p(own[name] / half[name]) for name in votes)
    items = np.flatnonzero((score > 0) & (suggested >= 0) & (result.label_codes >= 0))
    items = items[np.argsort(-score[items], kind="stable")]
    told = {
        "item": items,
        "score": score[items].astype(float),
        "label": result.items["label"].to_numpy()[items],
        "suggested": np.array(result.label_names, dtype=object)[suggested[items]],
        "path": result.items["path"].to_numpy()[items],
    }
    for name, one in votes.items():
        told[f"{name}_own"] = own[name][items]
        told[f"{name}_suggested"] = _at(one[items], suggested[items])
    return pd.DataFrame(told)


def _votes(near: np.ndarray, labels: SparseRows) -> SparseRows:
    """For each item the share of its labelled neighbours that has each label."""
    items, count = near.shape
    starts = np.arange(items + 1) * count
    of = csr_array((np.ones(items * count, dtype=np.float32), near.ravel(), starts), shape=(items, items))
    heard = np.bincount(np.repeat(np.arange(items), count), np.diff(labels.indptr)[near.ravel()] > 0, minlength=items)
    found = csr_array(of @ labels)
    found.data /= np.repeat(np.maximum(heard, 1), np.diff(found.indptr)).astype(np.float32)
    return found


def _log_of(votes: SparseRows, half: float) -> SparseRows:
    """log(share + half) - log(half): 0 where nobody votes, so that it stays sparse."""
    told = votes.copy()
    told.data = np.log1p(told.data / half)
    return told


def _best(votes: SparseRows) -> np.ndarray:
    return votes.max(axis=1).toarray().ravel()


def _at(votes: SparseRows, columns: np.ndarray) -> np.ndarray:
    """Of each row the share in one column."""
    one = csr_array((np.ones(len(columns)), (np.arange(len(columns)), columns)), shape=votes.shape)
    return np.asarray(votes.multiply(one).sum(axis=1)).ravel()


def _strongest(evidence: SparseRows) -> tuple[np.ndarray, np.ndarray]:
    """The label with most evidence for each item, -1 where there is none, and that evidence."""
    evidence.eliminate_zeros()
    best = _best(evidence)
    return np.where(best > 0, np.asarray(evidence.argmax(axis=1)).ravel(), -1), best
