"""Compare two runs, or two iterations of one, on the clips that both have: what matches, split, merged (paper 5)."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Int
from scipy.optimize import linear_sum_assignment

from xdc_lab.analysis.agreement import contingency_counts
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.clustering import measures
from xdc_lab.datasets.labels import grouping
from xdc_lab.errors import DataError, RunError, printable

AT_ITERATION = re.compile(r"(?P<run>.+)@(?P<iteration>\d+)")
LEAST_PART = 0.2  # ours: of a cluster, that counts as a part of it when it is split or merged
FEWEST = 3  # ours: clips of such a part


@dataclass(frozen=True, eq=False)
class RunAt:
    """One run at one iteration, seen on some of its clips.

    Attributes:
        result: the run.
        position: of the iteration.
        name: for tables and pages, as "XDC-k32-s0@2".
        rows: of the clips in the run, in the order of the comparison.
    """

    result: Result
    position: int
    name: str
    rows: Int[np.ndarray, " clips"]

    def assignment(self, clustering: str) -> Int[np.ndarray, " clips"]:
        """The cluster of each clip; ids are the run's, and some may have none of these clips."""
        return self.result.clusters(clustering, iteration=self.position).assignment[self.rows]


@dataclass(frozen=True, eq=False)
class TwoRuns:
    """Two runs on the clips that both have; `compare_runs` makes it.

    Attributes:
        one: the first run; labels and names are its.
        other: the second.
    """

    one: RunAt
    other: RunAt

    @cached_property
    def items(self) -> pd.DataFrame:
        """The shared clips, in the order of the first run."""
        return self.one.result.items.iloc[self.one.rows].reset_index(drop=True)

    @property
    def left_out(self) -> tuple[int, int]:
        """How many clips only the first run has, and only the second."""
        return len(self.one.result.items) - len(self.items), len(self.other.result.items) - len(self.items)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Which clusterings are set side by side: those of the same modalities, or else (CDC's) of any in common."""
        results = self.one.result, self.other.result
        sees = [{name: set(result.modalities(name)) for name in result.clusterings} for result in results]
        same = [(a, b) for a in sees[0] for b in sees[1] if sees[0][a] == sees[1][b]]
        return same or [(a, b) for a in sees[0] for b in sees[1] if sees[0][a] & sees[1][b]]


def compare_runs(one: str | Path | Result, other: str | Path | Result) -> TwoRuns:
    """Find the clips that two runs share, by file and second.

    Args:
        one: a run folder, "FOLDER@2" for its iteration 2, or an opened run.
        other: the same of the run to compare with.

    Raises:
        DataError: if they share no clip, or are of different senses.
        RunError: if a folder holds no run, or has no such iteration.
    """
    opened = [_open(source) for source in (one, other)]
    keys = [_keys(result) for result, _, _ in opened]
    shared = keys[0][keys[0].isin(keys[1])]
    if not len(shared):
        paths = [printable(result.items["path"].iloc[0]) for result, _, _ in opened]
        raise DataError(
            f"{one} and {other} share no clip: one has {paths[0]}, the other {paths[1]}; compare runs on the same files"
        )
    rows = [shared.index.to_numpy(), pd.Series(keys[1].index, index=keys[1])[shared].to_numpy()]
    names = _names(opened)
    two = TwoRuns(
        *(RunAt(result, at, name, own) for (result, at, _), name, own in zip(opened, names, rows, strict=True))
    )
    if not two.pairs:
        raise DataError(f"{one} and {other} share no sense: one clusters by sound, the other by sight")
    return two


def matched_clusters(two: TwoRuns, pair: tuple[str, str]) -> pd.DataFrame:
    """Match clusters one to one so that they share most clips (Hungarian), most shared first.

    Columns: one, other (cluster ids), clips (shared), share_of_one, share_of_other, jaccard. Clusters that find no
    partner, since one side has more or they share nothing, are left out.
    """
    counts = _counts(two, pair)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    clips = counts[rows, columns]
    of_one, of_other = counts.sum(axis=1)[rows], counts.sum(axis=0)[columns]
    table = pd.DataFrame({"one": rows, "other": columns, "clips": clips})
    table["share_of_one"], table["share_of_other"] = clips / np.maximum(of_one, 1), clips / np.maximum(of_other, 1)
    table["jaccard"] = clips / np.maximum(of_one + of_other - clips, 1)
    table = table[table["clips"] > 0]
    return table.sort_values(["clips", "one"], ascending=[False, True], kind="stable", ignore_index=True)


def splits_and_merges(two: TwoRuns, pair: tuple[str, str]) -> pd.DataFrame:
    """List clusters of one run that the other one divides, the largest first.

    A cluster is split where at least two clusters of the other run hold `LEAST_PART` of it each; clusters are merged
    where one of the other run is made of such parts. Columns: change ("split": a cluster of the first run;
    "merged": one of the second), cluster, clips, parts (list of (cluster of the other side, clips), largest first).
    """
    counts = _counts(two, pair)
    rows = []
    for change, table in {"split": counts, "merged": counts.T}.items():
        for cluster, own in enumerate(table):
            size = int(own.sum())
            parts = np.flatnonzero(own >= max(FEWEST, LEAST_PART * size))
            if len(parts) > 1:
                ordered = parts[np.argsort(-own[parts], kind="stable")]
                told = [(int(part), int(own[part])) for part in ordered]
                rows.append({"change": change, "cluster": cluster, "clips": size, "parts": told})
    table = pd.DataFrame(rows, columns=["change", "cluster", "clips", "parts"])
    return table.sort_values("clips", ascending=False, kind="stable", ignore_index=True)


def agreement_of(two: TwoRuns) -> pd.DataFrame:
    """The measures of both runs side by side, on the shared clips; one row for each pair of clusterings.

    Columns: clustering, and where it has another name in the second run other_clustering; k_one, k_other; purity_,
    nmi_label_ and ami_label_ of each (NaN without labels); nmi, ami (0 is chance) and matched (the share of clips in
    matched clusters) of the two with each other.
    """
    labels, rows = grouping(two.items), []
    for pair in two.pairs:
        codes = [run.assignment(name) for run, name in zip((two.one, two.other), pair, strict=True)]
        row: dict[str, Any] = {"clustering": pair[0], "other_clustering": pair[1]}
        for side, assignment in zip(("one", "other"), codes, strict=True):
            row[f"k_{side}"] = len(np.unique(assignment))
            told = measures.against_labels(assignment, labels)
            row |= {f"{name}_{side}": told[name] for name in ("purity", "nmi_label", "ami_label")}
        row |= {"nmi": measures.nmi(*codes), "ami": measures.ami(*codes)}
        row["matched"] = matched_clusters(two, pair)["clips"].sum() / len(two.items)
        rows.append(row)
    return pd.DataFrame(rows)


def _open(source: str | Path | Result) -> tuple[Result, int, str]:
    """The run, the position of its iteration, and what of its name says which iteration."""
    if isinstance(source, Result):
        return source, len(source.iterations) - 1, ""
    found = None if Path(source).exists() else AT_ITERATION.fullmatch(str(source))
    if found is None:
        result = load_result(source)
        return result, len(result.iterations) - 1, ""
    result, wanted = load_result(found["run"]), int(found["iteration"])
    if wanted not in result.iterations:
        there = ", ".join(map(str, result.iterations))
        raise RunError(f"{found['run']} has no iteration {wanted}; it has {there}")
    return result, result.iterations.index(wanted), f"@{wanted}"


def _names(opened: list[tuple[Result, int, str]]) -> list[str]:
    """The folders' names, with as much before them as tells them apart."""
    paths = [os.path.abspath(result.path) for result, _, _ in opened]
    suffixes = [suffix for _, _, suffix in opened]
    if paths[0] == paths[1]:
        suffixes = [suffix or f"@{result.iteration(at)}" for result, at, suffix in opened]
    parts = 1
    while paths[0] != paths[1] and Path(paths[0]).parts[-parts:] == Path(paths[1]).parts[-parts:]:
        parts += 1
    return ["/".join(Path(path).parts[-parts:]) + suffix for path, suffix in zip(paths, suffixes, strict=True)]


def _keys(result: Result) -> pd.Series:
    """What tells clips apart, by row; of a clip that is listed twice the first."""
    parts = zip(result.items["path"].tolist(), result.items["start_seconds"].tolist(), strict=True)
    keys = pd.Series([f"{path}\0{start}" for path, start in parts])
    return keys[~keys.duplicated()]


def _counts(two: TwoRuns, pair: tuple[str, str]) -> np.ndarray:
    return contingency_counts(two.one.assignment(pair[0]), two.other.assignment(pair[1]))
