"""The payload of a run's explorer: clusters, members, maps, stories, iterations and provenance (paper 5)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from xdc_lab.analysis.agreement import block_order, contingency, over_iterations
from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.file_words import file_words
from xdc_lab.analysis.members import ORDERS, member_items
from xdc_lab.analysis.projection import FEWEST_FOR_UMAP, projection
from xdc_lab.analysis.report import latex_of_table6
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.analysis.stories import stories
from xdc_lab.analysis.tables import to_csv, to_latex, to_markdown
from xdc_lab.errors import DataError
from xdc_lab.explorers.item_columns import item_columns
from xdc_lab.explorers.likeness import likeness
from xdc_lab.explorers.schema import (
    FORMAT,
    VERSION,
    ClusteringJson,
    ClusterJson,
    MapJson,
    Packed,
    Payload,
    StoryJson,
    cut,
    pack,
)

SHOWN = 10  # clips in each order: as in Figure 2
LETTERS = {"audio": "a", "video": "v", "both": "j"}
WITHOUT_UMAP = 'The first two principal components: UMAP comes with pip install "xdc-lab[lab]".'
NOTHING_KEPT = "no preview: this explorer was written without media"


def build_payload(
    run: str | Path | Result,
    *,
    seed: int | None = None,
    shown: int = SHOWN,
    maps: Mapping[str, pd.DataFrame] | None = None,
    compare: Sequence[str | Path | Result] = (),
) -> Payload:
    """Gather what an explorer shows of a run; no media yet.

    Args:
        run: a run folder, or the opened run.
        seed: of the random members and the chance levels; default: the run's.
        shown: clips listed in each order.
        maps: encoder -> columns item, x, y (0 to 1); default: `analysis.projection` of each encoder; {} for none.
        compare: other runs on the same clips, to stand beside this one.

    Raises:
        RunError: if the run has no clusters yet.
        DataError: if a run to compare is of other clips.
    """
    result = run if isinstance(run, Result) else load_result(run)
    seed = int(result.meta.get("seed") or 0) if seed is None else seed
    keys, orders = clustering_keys(result), _orders(result)
    maps = _maps(result, seed) if maps is None else maps
    history = over_iterations(result, adjusted=False)
    clusterings = [
        _clustering(
            result,
            name,
            key=keys[name],
            order=orders[name],
            seed=seed,
            shown=shown,
            measures=_last(history, name, "purity", "nmi_label", "nmi_other", "churn"),
        )
        for name in result.clusterings
    ]
    told: list[StoryJson] = [
        {
            "kind": story.kind,
            "title": cut(story.title),
            "text": cut(story.sentence),
            "clusters": [{"key": keys[name], "id": int(cluster)} for name, cluster in story.clusters],
            "items": [int(item) for item in story.items],
        }
        for story in stories(result)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": _title(result),
        "run": _about(result, seed),
        "settings": [
            {name: cut(row.get(name, "")) for name in ("name", "value", "source", "note")}
            for row in result.meta.get("settings", [])
        ],
        "environment": {
            name: cut(value) for name, value in _flat({**result.meta.get("environment", {}), **_layouts(maps)})
        },
        "labels": [cut(label) for label in result.label_names],
        "items": item_columns(result, [*_listed(clusterings), *(story["items"] for story in told)]),
        "clusterings": clusterings,
        "maps": [_map(result, keys, name, places) for name, places in maps.items()],
        "stories": told,
        "iterations": [_plain(row) for row in rows_of(history)] if result.is_trained else [],
        "comparisons": [_comparison(result, other) for other in compare],
        "table6": _table6(result),
        "media": {"missing": {}, "otherwise": NOTHING_KEPT, "plan": []},
        **likeness(result),
    }


def clustering_keys(result: Result) -> dict[str, str]:
    """The short name of each clustering in links: a, v, j, or with a number where there are several of a kind."""
    kinds = {name: modality_of(result, name) for name in result.clusterings}
    keys = {}
    for name, kind in kinds.items():
        alike = [other for other, its in kinds.items() if its == kind]
        keys[name] = LETTERS[kind] + (str(alike.index(name) + 1) if len(alike) > 1 else "")
    return keys


def modality_of(result: Result, clustering: str) -> str:
    """What a clustering saw or heard: audio, video, or both."""
    modalities = result.modalities(clustering)
    return modalities[0] if len(modalities) == 1 else "both"


def _title(result: Result) -> str:
    data = result.meta.get("data", {}).get("name") or "unnamed clips"
    return cut(f"{result.meta['method']['name']} on {data}")


def _about(result: Result, seed: int) -> dict[str, Any]:
    meta, data = result.meta, result.meta.get("data", {})
    return {
        "id": cut(meta.get("id", result.path.name)),
        "method": cut(meta["method"]["name"]),
        "seed": meta.get("seed", seed),
        "iteration": f"{result.iteration()} of {max(result.iterations)}" if result.is_trained else "",
        "status": cut(meta.get("status", "unknown")),
        "created": cut(meta.get("created", "")),
        "command": cut(meta.get("command", "")),
        "data_name": cut(data.get("name", "")),
        "data_licence": cut(data.get("licence", "")),
        "warnings": [cut(warning) for warning in meta.get("warnings", [])],
    }


def _clustering(
    result: Result,
    name: str,
    *,
    key: str,
    order: list[int],
    seed: int,
    shown: int,
    measures: dict[str, float | int | None],
) -> ClusteringJson:
    clusters = result.clusters(name)
    agreement = _agreement(result, name)
    codes = {label: code for code, label in enumerate(result.label_names)}
    words = None if result.has_labels else file_words(result, name)
    described: list[ClusterJson] = []
    for row in rows_of(cluster_table(result, name, seed=seed)):
        cluster = int(row["cluster"])
        orders = {order: member_items(clusters, cluster, order=order, seed=seed)[:shown].tolist() for order in ORDERS}
        described.append(
            {
                "id": cluster,
                "rank": int(row["rank"]),
                "size": int(row["size"]),
                "purity": _number(row["purity"]),
                "low": _number(row["purity_low"]),
                "high": _number(row["purity_high"]),
                "chance": _number(row["chance_purity"]),
                "entropy": _number(row["entropy"]),
                "distance": _number(row["mean_distance"]),
                "agreement": _number(agreement[cluster]),
                "concepts": [(codes[label], round(share, 4)) for label, share in row["concepts"]],
                "nearest": orders["nearest"],
                "farthest": orders["farthest"],
                "random": orders["random"],
            }
        )
        if words is not None:
            described[-1]["words"] = [cut(word) for word in words[cluster]]
    return {
        "key": key,
        "name": name,
        "modality": modality_of(result, name),
        "k": clusters.k,
        "measures": measures,
        "clusters": described,
        "order": order,
        "assignment": pack(clusters.assignment),
        "distance": pack(np.asarray(clusters.distance, dtype=np.float32)),
    }


def _last(history: pd.DataFrame, clustering: str, *names: str) -> dict[str, float | int | None]:
    """What was measured of a clustering at the last iteration."""
    row = rows_of(history[history["clustering"] == clustering].tail(1))[0]
    return {name: _number(row[name]) for name in names}


def _orders(result: Result) -> dict[str, list[int]]:
    """The two clusterings of the matrix as blocks; any other by number."""
    orders = {name: list(range(result.clusters(name).k)) for name in result.clusterings}
    if len(orders) > 1:
        pair = result.clusterings[:2]
        blocks = block_order(contingency(result, *pair).to_numpy())
        orders |= {name: [int(i) for i in ids] for name, ids in zip(pair, blocks, strict=True)}
    return orders


def _agreement(result: Result, name: str) -> np.ndarray:
    """For each cluster the largest share of its clips that one cluster of the next clustering holds."""
    others = [other for other in result.clusterings if other != name]
    if not others:
        return np.full(result.clusters(name).k, math.nan)
    counts = contingency(result, name, others[0]).to_numpy()
    return counts.max(axis=1) / np.maximum(counts.sum(axis=1), 1)


def _listed(clusterings: list[ClusteringJson]) -> list[list[int]]:
    """The clips that the page of each cluster shows."""
    return [cluster[order] for part in clusterings for cluster in part["clusters"] for order in ORDERS]


def _maps(result: Result, seed: int) -> dict[str, pd.DataFrame]:
    encoders = [encoder for name in result.clusterings for encoder in result.encoders_of(name)]
    return {encoder: projection(result, encoder, seed=seed) for encoder in dict.fromkeys(encoders)}


def _layouts(maps: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """How each map was laid out, where it says so, for what the page was made with."""
    return {f"map {name}": places.attrs["method"] for name, places in maps.items() if "method" in places.attrs}


def _map(result: Result, keys: dict[str, str], encoder: str, places: pd.DataFrame) -> MapJson:
    shows = next(name for name in result.clusterings if encoder in result.encoders_of(name))
    rows = places["item"].to_numpy(np.int64)
    sampled = len(rows) < len(result.items)
    notes = [f"A sample of {len(rows):,} of {len(result.items):,} clips."] if sampled else []
    if places.attrs.get("method") == "PCA" and len(rows) >= FEWEST_FOR_UMAP:
        notes.append(WITHOUT_UMAP)
    return {
        "name": encoder,
        "modality": result.encoders[encoder],
        "key": keys[shows],
        **map_columns(places, len(result.items)),
        "note": " ".join(notes),
    }


class MapColumns(TypedDict):
    """Where the clips of a map lie."""

    x: Packed
    y: Packed
    rows: Packed | None


def map_columns(places: pd.DataFrame, items: int) -> MapColumns:
    """The places of a map (columns item, x, y), from above; of which items they are, where not of all."""
    rows = places["item"].to_numpy(np.int64)
    sampled = pack(rows) if len(rows) < items else None
    return {"x": pack(_grid(places["x"])), "y": pack(_grid(1 - places["y"])), "rows": sampled}


def _grid(values: pd.Series) -> np.ndarray:
    return np.clip(np.round(values.to_numpy(float) * 65535), 0, 65535).astype(np.int64)


def _comparison(result: Result, other: str | Path | Result) -> dict[str, Any]:
    other = other if isinstance(other, Result) else load_result(other)
    if list(other.items["path"]) != list(result.items["path"]):
        raise DataError(
            f"{other.path} is a run on other clips than {result.path}; compare runs that were made of the same items"
        )
    codes = {label: code for code, label in enumerate(result.label_names)}
    history = over_iterations(other, adjusted=False)
    parts = []
    for name in other.clusterings:
        concepts: list[list[tuple[int, float]]] = [[] for _ in range(other.clusters(name).k)]
        for row in rows_of(cluster_table(other, name, concepts=1)):
            concepts[int(row["cluster"])] = [
                (codes[label], round(share, 4)) for label, share in row["concepts"] if label in codes
            ]
        parts.append(
            {
                "name": name,
                "modality": modality_of(other, name),
                "k": other.clusters(name).k,
                "measures": _last(history, name, "purity", "nmi_label"),
                "assignment": pack(other.clusters(name).assignment),
                "concepts": concepts,
            }
        )
    return {
        "run": cut(other.meta.get("id", other.path.name)),
        "method": cut(other.meta["method"]["name"]),
        "clusterings": parts,
    }


def _table6(result: Result) -> dict[str, Any]:
    table = table6(result)
    return {"markdown": to_markdown(table), "latex": to_latex(table, **latex_of_table6(result)), "csv": to_csv(table)}


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows = []
    for name, value in values.items():
        rows += _flat(value, f"{prefix}{name} ") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return [(name.removeprefix("packages "), value) for name, value in rows]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, str) else _number(value) for name, value in row.items()}


def _number(value: Any) -> float | int | None:
    """A number that JSON can hold, four digits after the point; NaN is None."""
    if isinstance(value, int | np.integer):
        return int(value)
    return None if value is None or math.isnan(value) else round(float(value), 4)
