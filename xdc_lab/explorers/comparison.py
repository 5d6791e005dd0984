"""The page that sets two runs side by side on the clips that both have (paper 5)."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.agreement import contingency_counts
from xdc_lab.analysis.projection import PROJECTION_NOTE, projection
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.analysis.two_runs import RunAt, TwoRuns, agreement_of, compare_runs, matched_clusters, splits_and_merges
from xdc_lab.clustering import measures
from xdc_lab.explorers.budget import shown_items
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.item_columns import item_columns
from xdc_lab.explorers.payload import NOTHING_KEPT, map_columns, modality_of
from xdc_lab.explorers.previews import Preview, make_previews
from xdc_lab.explorers.schema import FORMAT, VERSION, ClusteringJson, ClusterJson, MapJson, PairJson, Payload, cut, pack

SIDES = ("one", "other")
CONCEPTS = 2
NEAREST = 10  # clips of each cluster whose media the page holds first
LAST_FEATURES = "Laid out by the features of the run's last iteration; the clusters are those of iteration {}."


def write_comparison(
    one: str | Path | Result,
    other: str | Path | Result,
    path: str | Path | None = None,
    *,
    budget_mb: float | None = None,
    beside: bool = False,
) -> Path:
    """Write the comparison of two runs, by default into the report of the first, and print what it keeps.

    Args:
        one: a run folder, "FOLDER@2" for its iteration 2, or an opened run.
        other: the same of the run to compare with.
        path: the .html file, or with media `beside` it a folder.
        budget_mb: as of an explorer.
        beside: put the media into files beside the page.

    Raises:
        DataError: if they share no clip.
        RunError: if a folder holds no run, or has no such iteration.
    """
    two = compare_runs(one, other)
    name = f"compared-with-{two.other.name.replace('/', '-')}"
    path = Path(path or two.one.result.folder.report / (name if beside else f"{name}.html"))
    payload = comparison_payload(two)
    previews = _previews(two, shown_items(payload))
    page = path / "index.html" if beside else path
    return export_html(payload, page, budget_mb=budget_mb, previews=previews, beside=beside).path


def comparison_payload(two: TwoRuns, *, maps: bool = True) -> Payload:
    """Gather what the page shows: both runs' clusters on the shared clips, how they match, and their maps."""
    result = two.one.result
    shared = Result(result.path, result.meta, two.items, result.clusterings, result.iterations)
    spaces = {
        (side, name): _clustering(run, name, side, shared)
        for side, run in zip(SIDES, (two.one, two.other), strict=True)
        for name in dict.fromkeys(pair[SIDES.index(side)] for pair in two.pairs)
    }
    clusterings = list(spaces.values())
    shown = [cluster["nearest"] for part in clusterings for cluster in part["clusters"]]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": cut(f"{two.one.name} and {two.other.name}"),
        "run": {"id": cut(f"{two.one.name} and {two.other.name}")},
        "settings": [],
        "environment": {},
        "labels": [cut(label) for label in shared.label_names],
        "items": item_columns(shared, shown),
        "clusterings": clusterings,
        "maps": [one for run, side in zip((two.one, two.other), SIDES, strict=True) for one in _maps(run, side, spaces)]
        if maps
        else [],
        "stories": [],
        "iterations": [],
        "comparisons": [],
        "media": {"missing": {}, "otherwise": NOTHING_KEPT, "plan": []},
        "pairs": _pairs(two),
        "sides": [
            {"name": cut(run.name), "method": cut(run.result.meta["method"]["name"]), "only": left}
            for run, left in zip((two.one, two.other), two.left_out, strict=True)
        ],
    }


def _pairs(two: TwoRuns) -> list[PairJson]:
    told: list[PairJson] = []
    for pair, row in zip(two.pairs, rows_of(agreement_of(two)), strict=True):
        matched, changes = matched_clusters(two, pair), splits_and_merges(two, pair)
        told.append(
            {
                "keys": (f"one.{pair[0]}", f"other.{pair[1]}"),
                "measures": {name: _number(value) for name, value in row.items() if not isinstance(value, str)},
                "matched": [(int(row["one"]), int(row["other"]), int(row["clips"])) for row in rows_of(matched)],
                "changes": [
                    {"change": row["change"], "cluster": row["cluster"], "clips": row["clips"], "parts": row["parts"]}
                    for row in rows_of(changes)
                ],
            }
        )
    return told


def _clustering(run: RunAt, name: str, side: str, shared: Result) -> ClusteringJson:
    whole, assignment = run.result.clusters(name, iteration=run.position), run.assignment(name)
    k, distance, labels = whole.k, whole.distance[run.rows].astype(np.float32), shared.label_sets.matrix
    sizes = np.bincount(assignment, minlength=k)
    nearest = np.split(np.lexsort((distance, assignment)), np.cumsum(sizes)[:-1])  # some have none of these clips
    carried = measures.carried(assignment, labels, k=k) if shared.has_labels else np.zeros((k, 0), dtype=np.int64)
    labelled = contingency_counts(assignment, (np.diff(labels.indptr) > 0).astype(int))[:, -1]
    order = np.lexsort((np.arange(k), -sizes))
    clusters = []
    for rank, cluster in enumerate(order.tolist(), start=1):
        top = np.argsort(-carried[cluster], kind="stable")[:CONCEPTS]
        known = max(1, int(labelled[cluster])) if cluster < len(labelled) else 1
        concepts = [(int(label), round(float(carried[cluster, label] / known), 4)) for label in top]
        concepts = [(label, share) for label, share in concepts if share]
        clusters.append(_cluster(cluster, rank, int(sizes[cluster]), concepts))
        clusters[-1]["nearest"] = nearest[cluster][:NEAREST].tolist()
    return {
        "key": f"{side}.{name}",
        "name": name,
        "modality": modality_of(run.result, name),
        "k": k,
        "measures": {},
        "clusters": clusters,
        "order": list(range(k)),
        "assignment": pack(assignment),
        "distance": pack(distance),
    }


def _cluster(cluster: int, rank: int, size: int, concepts: list[tuple[int, float]]) -> ClusterJson:
    purity = concepts[0][1] if concepts else None
    return {
        "id": cluster,
        "rank": rank,
        "size": size,
        "purity": purity,
        "low": None,
        "high": None,
        "chance": None,
        "entropy": None,
        "distance": None,
        "agreement": None,
        "concepts": concepts,
        "nearest": [],
        "farthest": [],
        "random": [],
    }


def _maps(run: RunAt, side: str, spaces: dict[tuple[str, str], ClusteringJson]) -> list[MapJson]:
    """The maps of a run, as its own explorer shows them, of the shared clips."""
    shared = pd.Series(np.arange(len(run.rows)), index=run.rows)
    told = []
    for (own, name), space in spaces.items():
        for encoder in run.result.encoders_of(name) if own == side else ():
            places = projection(run.result, encoder, seed=int(run.result.meta.get("seed") or 0))
            places = places[places["item"].isin(shared.index)]
            places = places.assign(item=shared[places["item"]].to_numpy()).sort_values("item")
            is_last = run.position == len(run.result.iterations) - 1
            note = "" if is_last else LAST_FEATURES.format(run.result.iteration(run.position))
            told.append(
                {
                    "name": encoder,
                    "modality": run.result.encoders[encoder],
                    "key": space["key"],
                    **map_columns(places, len(run.rows)),
                    "note": note or PROJECTION_NOTE,
                }
            )
    return told


def _previews(two: TwoRuns, items: list[int]) -> dict[int, Preview]:
    """Made in the first run's folder, where its explorer has made most of them."""
    rows = {int(two.one.rows[item]): item for item in items}
    return {rows[row]: preview for row, preview in make_previews(two.one.result, list(rows)).items()}


def _number(value: Any) -> float | None:
    return None if value != value else round(float(value), 4)
