"""People's ratings of clusters: counts, kappa and names for clips (paper 5: do the clusters cohere?)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.result import Result
from xdc_lab.errors import DataError
from xdc_lab.runs.folder import write_text

FORMAT = "xdc-lab-ratings"
VERSION = 1
ANSWERS = ("yes", "no", "unsure")
LONGEST = {"rater": 200, "run": 300, "clustering": 200, "name": 500, "note": 5000}
LARGEST_FILE = 50_000_000


@dataclass(frozen=True)
class Ratings:
    """What one person said of a run's clusters.

    Attributes:
        run: the run's id.
        rater: who.
        table: columns clustering, cluster, coherent ("yes", "no", "unsure" or ""), name, note.
    """

    run: str
    rater: str
    table: pd.DataFrame


def read_ratings(path: str | Path, *, result: Result | None = None) -> Ratings:
    """Read a file that the explorer's rater mode exported; whatever is in it is text.

    Args:
        path: the .json file.
        result: the run that it must be of.

    Raises:
        DataError: if it is no ratings file, of another run, or says something that cannot be.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise DataError(f"{path} has {path.stat().st_size:,} bytes; a ratings file has fewer than {LARGEST_FILE:,}")
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} cannot be read as JSON ({error}); export it again from the explorer") from error
    ratings = parse_ratings(content, source=str(path))
    if result is not None:
        _demand_run(ratings, result, str(path))
    return ratings


def write_ratings(ratings: Ratings, path: str | Path) -> Path:
    """Write the file that the explorer's rater mode exports and imports, whole or not at all."""
    content = {"format": FORMAT, "version": VERSION, "run": ratings.run, "rater": ratings.rater}
    rows = ratings.table.to_dict("records")
    write_text(Path(path), json.dumps({**content, "ratings": rows}, indent=1, ensure_ascii=False))
    return Path(path)


def parse_ratings(content: Any, *, source: str = "these ratings") -> Ratings:
    """Check what a ratings file holds.

    Raises:
        DataError: naming what is wrong.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{source}: this is no ratings file (format {FORMAT!r}); rater mode exports one")
    if content.get("version") != VERSION:
        raise DataError(f"{source}: version {content.get('version')!r}; this one reads {VERSION}")
    rows = content.get("ratings")
    if not isinstance(rows, list):
        raise DataError(f"{source}: its ratings are no list")
    checked = [_row(row, f"{source}, rating {number}") for number, row in enumerate(rows, start=1)]
    table = pd.DataFrame(checked, columns=["clustering", "cluster", "coherent", "name", "note"])
    twice = table[table.duplicated(["clustering", "cluster"])]
    if len(twice):
        first = twice.iloc[0]
        raise DataError(f"{source}: {first['clustering']} cluster {first['cluster']} is rated twice")
    return Ratings(_text(content, "run", source), _text(content, "rater", source), table)


def coherence_table(ratings: Sequence[Ratings]) -> pd.DataFrame:
    """Count the answers: one row per rater and clustering.

    Columns: rater, clustering, rated, yes, no, unsure, coherent (share of yes among the rated).
    """
    rows = []
    for one in ratings:
        for clustering, part in one.table[one.table["coherent"] != ""].groupby("clustering", sort=True):
            counts = {answer: int((part["coherent"] == answer).sum()) for answer in ANSWERS}
            rows.append(
                {
                    "rater": one.rater,
                    "clustering": clustering,
                    "rated": len(part),
                    **counts,
                    "coherent": counts["yes"] / len(part),
                }
            )
    return pd.DataFrame(rows, columns=["rater", "clustering", "rated", *ANSWERS, "coherent"])


def kappa_table(one: Ratings, other: Ratings) -> pd.DataFrame:
    """How far two raters agree beyond chance, over the clusters that both rated.

    Columns: clustering ("all" in the last row), clusters, agreement (share of equal answers), kappa (Cohen's: 0 is
    chance, 1 is full agreement; NaN where both gave one and the same answer to everything).

    Raises:
        DataError: if the two files are of different runs.
    """
    if one.run != other.run:
        raise DataError(
            f"{one.rater or 'one rater'} rated {one.run!r} and {other.rater or 'the other'} {other.run!r}; "
            "compare ratings of the same run"
        )
    rated = [part.table[part.table["coherent"] != ""] for part in (one, other)]
    both = rated[0].merge(rated[1], on=["clustering", "cluster"], suffixes=("_one", "_other"))
    groups = [(str(name), part) for name, part in both.groupby("clustering", sort=True)] + [("all", both)]
    rows = [{"clustering": name, "clusters": len(part), **_agreement(part)} for name, part in groups]
    return pd.DataFrame(rows, columns=["clustering", "clusters", "agreement", "kappa"])


def cohens_kappa(one: Sequence[str], other: Sequence[str]) -> float:
    """Cohen's kappa of two raters' answers to the same questions; NaN if chance alone would agree always.

    >>> round(cohens_kappa(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"]), 2)
    0.5
    """
    a, b = np.asarray(one), np.asarray(other)
    if not len(a):
        return float("nan")
    by_chance = sum(float((a == answer).mean() * (b == answer).mean()) for answer in {*a, *b})
    return float("nan") if by_chance >= 1 else float(((a == b).mean() - by_chance) / (1 - by_chance))


def named_labels(result: Result, ratings: Ratings, clustering: str) -> pd.Series:
    """A label for each clip: the name that its cluster was given, "" where it has none; row i is item i.

    Raises:
        DataError: if the ratings are of another run.
        RunError: if the run has no such clustering.
    """
    _demand_run(ratings, result, "these ratings")
    own = ratings.table[ratings.table["clustering"] == clustering]
    names: Mapping[int, str] = dict(zip(own["cluster"], own["name"], strict=True))
    assignment = result.clusters(clustering).assignment
    return pd.Series([names.get(int(cluster), "") for cluster in assignment], name="label", dtype=object)


def _agreement(part: pd.DataFrame) -> dict[str, float]:
    one, other = part["coherent_one"].tolist(), part["coherent_other"].tolist()
    same = float(np.mean([a == b for a, b in zip(one, other, strict=True)])) if one else float("nan")
    return {"agreement": same, "kappa": cohens_kappa(one, other)}


def _row(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise DataError(f"{where} is no object")
    cluster, coherent = row.get("cluster"), row.get("coherent", "")
    if not isinstance(cluster, int) or isinstance(cluster, bool) or cluster < 0:
        raise DataError(f"{where}: cluster {str(cluster)[:80]!r}; a cluster's id is a whole number from 0")
    if coherent not in (*ANSWERS, ""):
        raise DataError(f"{where}: coherent is {str(coherent)[:80]!r}; the answers are {', '.join(ANSWERS)}")
    texts = {name: _text(row, name, where) for name in ("clustering", "name", "note")}
    return {
        "clustering": texts["clustering"],
        "cluster": cluster,
        "coherent": coherent,
        "name": texts["name"],
        "note": texts["note"],
    }


def _text(values: Mapping[str, Any], name: str, where: str) -> str:
    value = values.get(name, "")
    if not isinstance(value, str):
        raise DataError(f"{where}: {name} is {str(value)[:80]!r}, not a text")
    return value[: LONGEST[name]]


def _demand_run(ratings: Ratings, result: Result, source: str) -> None:
    own = str(result.meta.get("id", result.path.name))
    if ratings.run != own:
        raise DataError(f"{source} are of the run {ratings.run!r}, not of {own!r}; open the run that was rated")
    for name, part in ratings.table.groupby("clustering"):
        if name not in result.clusterings:
            raise DataError(
                f"{source} rate a clustering {str(name)[:80]!r}; the run has {', '.join(result.clusterings)}"
            )
        if (worst := int(part["cluster"].max())) >= result.clusters(str(name)).k:
            raise DataError(f"{source} rate {name} cluster {worst}; its ids end at {result.clusters(str(name)).k - 1}")
