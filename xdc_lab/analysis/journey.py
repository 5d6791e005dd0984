"""Where the clips of a label went: its shares over audio clusters and over video clusters (paper 5)."""

import numpy as np
import pandas as pd

from xdc_lab.analysis.concepts import cluster_table, label_counts, labelled_counts
from xdc_lab.analysis.result import Result
from xdc_lab.errors import DataError


def journey(result: Result, label: str, *, iteration: int = -1) -> pd.DataFrame:
    """Follow one label through every clustering, largest share first.

    Columns: clustering, cluster, rank (of the cluster, by purity), clips, share_of_label (of the label's clips in
    this cluster), share_of_cluster (of the cluster's labelled clips with this label).

    Raises:
        DataError: if no item has this label.
    """
    if label not in result.label_names:
        raise DataError(f"no item is labelled {label!r}; {_labels_there_are(result)}")
    code = result.label_names.index(label)
    parts = [_through(result, clustering, code, iteration) for clustering in result.clusterings]
    return pd.concat(parts, ignore_index=True)


def label_shares(result: Result, clustering: str, *, iteration: int = -1) -> pd.DataFrame:
    """Every label's journey through one clustering: rows labels, columns cluster ids, rows sum to 1."""
    counts = label_counts(result, clustering, iteration=iteration).T
    shares = counts / counts.sum(axis=1, keepdims=True)
    return pd.DataFrame(shares, index=pd.Index(result.label_names, name="label")).rename_axis(columns="cluster")


def _through(result: Result, clustering: str, code: int, iteration: int) -> pd.DataFrame:
    counts = label_counts(result, clustering, iteration=iteration)
    table = cluster_table(result, clustering, iteration=iteration).set_index("cluster")
    found = np.flatnonzero(counts[:, code])
    found = found[np.argsort(-counts[found, code], kind="stable")]
    clips = counts[found, code]
    labelled = labelled_counts(result, clustering, iteration=iteration)
    return pd.DataFrame(
        {
            "clustering": clustering,
            "cluster": found,
            "rank": table.loc[found, "rank"].to_numpy(),
            "clips": clips,
            "share_of_label": clips / clips.sum(),
            "share_of_cluster": clips / labelled[found],
        }
    )


def _labels_there_are(result: Result) -> str:
    names = result.label_names
    if not names:
        return "this run's items have no labels"
    return f"the labels are {', '.join(names[:20])}{f' and {len(names) - 20} more' if len(names) > 20 else ''}"
