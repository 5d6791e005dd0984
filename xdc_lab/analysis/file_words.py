"""Name clusters without labels: words that their files and captions share more than others do (paper 5)."""

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from sklearn.feature_extraction.text import CountVectorizer

from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.datasets.items import COLUMNS, OPTIONAL_TEXTS, SPLIT_COLUMN

WORD = r"[^\W\d_]{3,}"  # letters: numbers and short pieces of ids are no words
JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])")  # DogBarking
CLEAR = 3.0  # ours: standard errors of the log odds
SHARED = 0.2  # ours: of a cluster's clips, that a word names


def file_words(result: Result, clustering: str, *, count: int = 3, iteration: int = -1) -> list[list[str]]:
    """For each cluster the words that tell its clips from the others, the clearest first; [] where there are none.

    Words are those of the path below what all items share, and of further columns of texts (captions, titles, tags),
    each once a clip. They are ranked by the log odds of a clip in the cluster to have the word against the rest, in
    standard errors (half a clip added to each count): a word must be clear of chance, and in a fifth of the clips.
    """
    clusters = result.clusters(clustering, iteration=iteration)
    found: list[list[str]] = [[] for _ in range(clusters.k)]
    reader = CountVectorizer(token_pattern=WORD, binary=True, min_df=min(3, len(result.items)), preprocessor=_spread)
    try:
        has: Any = reader.fit_transform(item_texts(result.items))
    except ValueError:  # no word at all, or none that three clips share
        return found
    inside = measures.carried(clusters.assignment, csr_array(has.astype(bool)), k=clusters.k)
    z = clearness(inside, clusters.sizes)
    z[inside < SHARED * clusters.sizes[:, None]] = 0
    words = reader.get_feature_names_out()
    for cluster, row in enumerate(z):
        best = np.argsort(-row, kind="stable")[:count]
        found[cluster] = [str(words[word]) for word in best if row[word] > CLEAR]
    return found


def clearness(inside: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How clearly each word belongs to each cluster: the log odds against the rest, in standard errors.

    Args:
        inside: clips of each cluster that have each word (clusters, words).
        sizes: clips of each cluster.
    """
    outside, rest = inside.sum(axis=0) - inside, sizes.sum() - sizes
    have, lack = inside + 0.5, sizes[:, None] - inside + 0.5
    others, without = outside + 0.5, rest[:, None] - outside + 0.5
    return np.log(have * without / (lack * others)) / np.sqrt(1 / have + 1 / lack + 1 / others + 1 / without)


def item_texts(items: pd.DataFrame) -> list[str]:
    """What is written of each item beside its label: its path below the folder that all share, and columns of texts."""
    paths = items["path"].tolist()
    shared = os.path.commonprefix([min(paths), max(paths)]).rpartition("/")[0] if paths else ""
    parts: list[Sequence[str]] = [[os.path.splitext(path[len(shared) :])[0] for path in paths]]
    own = {*COLUMNS, *OPTIONAL_TEXTS}
    for name in map(str, items):
        if name in own or SPLIT_COLUMN.fullmatch(name) or name.startswith(("factor_", "expected_")):
            continue
        if not pd.api.types.is_numeric_dtype(items[name]):
            parts.append(items[name].fillna("").astype(str).tolist())
    return [" ".join(texts) for texts in zip(*parts, strict=True)]


def _spread(text: str) -> str:
    return JOINED.sub(" ", text).lower()
