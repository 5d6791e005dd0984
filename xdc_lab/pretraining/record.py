"""Record clusters in a run: sizes, agreement, purity, and a warning where something collapsed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.clustering import measures
from xdc_lab.clustering.clusters_file import Clusters, save_clusters
from xdc_lab.datasets.identity import identify_items
from xdc_lab.methods import Method
from xdc_lab.pretraining.settings import PretrainSettings
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_lines, write_lines
from xdc_lab.runs.opening import describe_run

SWALLOWED = 0.5
CONSTANT = 0.9
NOTHING_LEARNED = 0.01
CONVERGED_RISE = 0.02  # of the NMI with the clustering before: less is no change that one would wait for
ENOUGH_HELD_OUT = 30  # fewer items than this can share one cluster by chance

REMEDY = (
    "try --set training.sampling=clusters, --set kmeans.pca_dim=256 with --set kmeans.whiten=true (as SDC has them), a "
    "smaller --k, or a lower --set training.learning_rate"
)


def describe_pretraining(
    method: Method,
    *,
    settings: PretrainSettings,
    execution: Execution,
    data: Mapping[str, str] | None = None,
    items: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """What run.json says of a pretraining at its beginning: its method's table beside what every run says."""
    given = None if items is None else identify_items(items)
    about = describe_run("pretrain", method.name, settings=settings, execution=execution, data=data, items=given)
    about["method"] = {
        "name": method.name,
        "encoders": dict(method.encoders),
        "clusterings": {name: list(encoders) for name, encoders in method.clusterings.items()},
        "supervision": {name: list(clusterings) for name, clusterings in method.supervision.items()},
        "remedies": method.remedies,
    }
    return about


def record_clusters(
    clusters: Mapping[str, Clusters],
    run: RunFolder,
    *,
    iteration: int,
    previous: Mapping[str, Clusters],
    labels: measures.Labels | None,
) -> list[dict[str, Any]]:
    """Write the clusters of an iteration to the run, and their rows to its log in place of those that come after.

    Gives the rows; the arguments are those of `clustering_rows`.
    """
    for name, fitted in clusters.items():
        save_clusters(fitted, run.clusters(name, iteration=iteration))
    rows = clustering_rows(clusters, iteration=iteration, previous=previous, labels=labels)
    earlier = [row for row in read_lines(run.clusterings_log) if row["iteration"] < iteration]
    write_lines(run.clusterings_log, earlier + rows)
    return rows


def clustering_rows(
    clusters: Mapping[str, Clusters],
    *,
    iteration: int,
    previous: Mapping[str, Clusters],
    labels: measures.Labels | None,
) -> list[dict[str, Any]]:
    """One row for each clustering of an iteration.

    Args:
        clusters: the clusterings of this iteration, by name.
        iteration: its number; 0 is the random encoders'.
        previous: those of the iteration before; empty at 0.
        labels: each item's label, "" where there is none, or a matrix of several; only measured against, never trained
            on.
    """
    return [_row(name, clusters, iteration, previous, labels) for name in clusters]


def _row(name, clusters, iteration, previous, labels) -> dict[str, Any]:
    assignment = clusters[name].assignment
    others = [measures.nmi(assignment, other.assignment) for key, other in clusters.items() if key != name]
    row = {
        "iteration": iteration,
        "clustering": name,
        "k": clusters[name].k,
        "inertia": float(clusters[name].about["inertia"]),
        "size_min": int(clusters[name].sizes.min()),
        "size_max": int(clusters[name].sizes.max()),
        "size_entropy": measures.size_entropy(clusters[name].sizes),
        "nmi_previous": measures.nmi(assignment, previous[name].assignment) if name in previous else None,
        "nmi_other": float(np.mean(others)) if others else None,
        **_against_labels(assignment, labels),
    }
    return {**row, "warning": collapsed_clusters(row, items=len(assignment))}


def _against_labels(assignment: np.ndarray, labels: measures.Labels | None) -> dict[str, float | None]:
    """How many items have a label, and purity and NMI: None where too few have one."""
    found = {"labelled": 0} if labels is None else measures.against_labels(assignment, labels)
    measured = {name: found.get(name, np.nan) for name in ("purity", "nmi_label")}
    return {"labelled": found["labelled"], **{k: None if np.isnan(value) else value for k, value in measured.items()}}


def converged(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no clustering became more like the one before it than the one before was to its own (paper 4.2).

    Args:
        rows: of clusterings.jsonl.

    >>> rows = [{"iteration": t, "clustering": "video", "nmi_previous": nmi} for t, nmi in enumerate([None, 0.4, 0.6])]
    >>> converged(rows), converged([*rows, {"iteration": 3, "clustering": "video", "nmi_previous": 0.605}])
    (False, True)
    """
    rises = _rises(rows).values()
    return bool(rises) and all(now - before < CONVERGED_RISE for before, now in rises)


def convergence_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """How the last clusterings differ from those before, in a line; "" where there are too few to tell."""
    rises = _rises(rows)
    told = ", ".join(f"{name} {before:.2f} to {now:.2f}" for name, (before, now) in rises.items())
    verdict = "have converged" if converged(rows) else "have not converged"
    return f"the clusterings {verdict}: NMI with the one before, {told}" if rises else ""


def _rises(rows: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, float]]:
    """The last two NMIs with the clustering before, of each clustering that has two."""
    known: dict[str, list[float]] = {}
    for row in sorted(rows, key=lambda row: row["iteration"]):
        if row["nmi_previous"] is not None:
            known.setdefault(row["clustering"], []).append(row["nmi_previous"])
    return {name: (values[-2], values[-1]) for name, values in known.items() if len(values) > 1}


def collapsed_clusters(row: Mapping[str, Any], *, items: int) -> str | None:
    """Say so when one cluster swallows most items."""
    if row["k"] > 1 and row["size_max"] > SWALLOWED * items:
        share = row["size_max"] / items
        return f"one of the {row['clustering']} clusters holds {share:.0%} of all items; {REMEDY}"
    return None


def collapsed_training(record: Mapping[str, Any], *, classes: int, held_out: int) -> str | None:
    """Say so when an encoder predicts one class for nearly everything, or has learned nothing of its targets."""
    if held_out >= ENOUGH_HELD_OUT and (record["most_predicted"] or 0.0) > CONSTANT:
        return f"nearly all held-out clips get the same prediction ({record['most_predicted']:.0%}); {REMEDY}"
    if record["accuracy"] < 1.0 / classes + NOTHING_LEARNED:
        return (
            f"the training accuracy of {record['accuracy']:.1%} is chance among {classes} pseudo-labels; "
            "try more clips per epoch, more epochs, or another learning rate"
        )
    return None
