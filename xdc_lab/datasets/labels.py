r"""Several labels of an item: the text in the column `labels`, label sets, and the multi-hot matrix of a collection.

`labels` holds them with ";" between, "Speech; Male speech, man speaking": blanks around a label and a second one of
the same name count for nothing, "\;" is a semicolon within a label and "\\" a backslash. `label` is the one class of an
item of a single-label collection. Where `labels` of an item says something, it alone counts; else `label` is its only
one. AudioSet's `label` is empty: the order of its labels means nothing, so none of them is the first.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int

from xdc_lab.extras import SparseRows

LABELS = "labels"
BETWEEN = "; "
UNLABELLED = -1
_PART = re.compile(r"(?:\\.|[^\\;]|\\$)+", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\;])")


def split_labels(text: str) -> tuple[str, ...]:
    r"""The labels that a text of the column `labels` holds, each once, in their order.

    >>> split_labels("Speech; Male speech, man speaking;; Speech")
    ('Speech', 'Male speech, man speaking')
    >>> split_labels(r"AC\;DC; C:\\")
    ('AC;DC', 'C:\\')
    """
    parts = (_ESCAPED.sub(r"\1", part).strip() for part in _PART.findall(text))
    return tuple(dict.fromkeys(part for part in parts if part))


def join_labels(labels: Iterable[object]) -> str:
    r"""The text of some labels, which `split_labels` takes apart again.

    >>> join_labels(["bell ", "AC;DC", "bell"])
    'bell; AC\\;DC'
    """
    named = dict.fromkeys(str(label).strip() for label in labels)
    return BETWEEN.join(re.sub(r"([\\;])", r"\\\1", label) for label in named if label)


def labels_text(value: object) -> str:
    """What stands in a cell of the column, as text: tables of other people have lists there.

    >>> labels_text(["bell", "rain"]), labels_text("bell ;bell"), labels_text(None)
    ('bell; rain', 'bell', '')
    """
    if isinstance(value, list | tuple | set | np.ndarray):
        return join_labels(value)
    return "" if value is None or value != value else join_labels(split_labels(str(value)))


@dataclass(frozen=True, eq=False)
class LabelSets:
    """All labels of each item.

    Attributes:
        names: of the labels that occur, sorted.
        matrix: which of them each item has (items, names); True is stored, the rest is not.
        texts: of each item for display: its label, or all of them.
        firsts: the label of each item that is written first, an index into `names`; `UNLABELLED` where it has none.
    """

    names: tuple[str, ...]
    matrix: SparseRows
    texts: tuple[str, ...]
    firsts: Int[np.ndarray, " items"]

    @property
    def sizes(self) -> Int[np.ndarray, " items"]:
        """How many labels each item has."""
        return np.diff(self.matrix.indptr)


def has_several(items: pd.DataFrame) -> bool:
    """Whether it is a multi-label collection: whether any item has something in the column `labels`."""
    return LABELS in items and bool((items[LABELS] != "").any())


def label_sets(items: pd.DataFrame) -> LabelSets:
    """Read all labels of an items table.

    >>> sets = label_sets(pd.DataFrame({"label": ["bell", ""], "labels": ["", "rain; bell"]}))
    >>> sets.names, sets.matrix.toarray().tolist(), sets.texts
    (('bell', 'rain'), [[True, False], [True, True]], ('bell', 'rain; bell'))
    """
    single = items["label"].fillna("").astype(str)
    several = items[LABELS] if LABELS in items else pd.Series("", index=items.index)
    pairs = list(zip(several.tolist(), single.tolist(), strict=True))
    codes, known = pd.factorize(np.fromiter(pairs, dtype=object, count=len(pairs)))  # of millions of clips few differ
    sets = [split_labels(text) or ((label,) if label else ()) for text, label in known]
    names = tuple(sorted({name for own in sets for name in own}))
    place = {name: number for number, name in enumerate(names)}
    firsts = np.array([place[own[0]] if own else UNLABELLED for own in sets], dtype=np.int64)
    texts = [text or label for text, label in known]
    return LabelSets(names, multi_hot(sets, place)[codes], tuple(texts[code] for code in codes.tolist()), firsts[codes])


def count_labels(items: pd.DataFrame) -> pd.Series:
    """How many items have each label; one with several counts under each, one without any under "".

    >>> count_labels(pd.DataFrame({"label": ["bell", "", ""], "labels": ["", "rain; bell", ""]})).to_dict()
    {'bell': 2, 'rain': 1, '': 1}
    """
    if not has_several(items):
        return items["label"].fillna("").value_counts(sort=False)
    sets = label_sets(items)
    counts = pd.Series(sets.matrix.sum(axis=0), index=list(sets.names))
    bare = int((sets.sizes == 0).sum())
    return pd.concat([counts, pd.Series({"": bare})]) if bare else counts


def multi_hot(sets: Sequence[Iterable[str]], place: Mapping[str, int]) -> SparseRows:
    """The matrix (sets, names) that is True where a set has a name; names that have no place are left out.

    >>> multi_hot([("a",), (), ("b", "c")], {"a": 0, "b": 1}).toarray().astype(int).tolist()
    [[1, 0], [0, 0], [0, 1]]
    """
    from scipy.sparse import csr_array

    columns = [sorted(place[name] for name in own if name in place) for own in sets]
    starts = np.cumsum([0, *map(len, columns)])
    places = np.fromiter((number for own in columns for number in own), dtype=np.int64, count=int(starts[-1]))
    return csr_array((np.ones(len(places), dtype=bool), places, starts), shape=(len(columns), len(place)))


def grouping(items: pd.DataFrame) -> np.ndarray | SparseRows:
    """What clusters are measured against: each item's label, or for a multi-label collection its label matrix."""
    return label_sets(items).matrix if has_several(items) else items["label"].fillna("").to_numpy(dtype=str)
