"""Clusters in, what is worth looking at first out, as computed sentences (paper 5, Figure 2, Table 6)."""

from dataclasses import dataclass

import numpy as np

from xdc_lab.analysis.agreement import shared_clips, shared_table
from xdc_lab.analysis.concepts import cluster_table, concepts_text, label_counts
from xdc_lab.analysis.journey import label_shares
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of

SENSES = {"audio": "by ear", "video": "by eye"}
LEAST_GAP = 0.1  # a pattern weaker than this is noise, and no story
FEWEST_CLIPS = 3  # of a cluster or a label that a story is told of


@dataclass(frozen=True)
class Story:
    """One thing to look at.

    Attributes:
        kind: "figure 2", "table 6", "pure by ear, mixed by eye", "pure by eye, mixed by ear", "one label, two
            neighbours" or "heard and seen together".
        title: a few words.
        sentence: what the data say, with their numbers.
        clusters: (clustering, cluster id), in the order to look at them.
        items: clips to look at first; empty where the clusters' own nearest clips are meant.
    """

    kind: str
    title: str
    sentence: str
    clusters: tuple[tuple[str, int], ...]
    items: tuple[int, ...] = ()


def stories(result: Result, *, count: int = 3, iteration: int = -1) -> list[Story]:
    """Tell what a run's clusters show, the paper's own figures first; `count` at most of each computed kind.

    A pattern that the data do not show is not told; without labels, or with one modality, there are fewer stories.
    """
    told = [figure_2(result, iteration=iteration), table_6(result, iteration=iteration)]
    heard, seen = result.clustering_of("audio"), result.clustering_of("video")
    if heard is None or seen is None:
        return told
    if result.has_labels:
        told += pure_and_mixed(result, heard, seen, count=count, iteration=iteration)
        told += pure_and_mixed(result, seen, heard, count=count, iteration=iteration)
        told += two_neighbours(result, heard, seen, count=count, iteration=iteration)
    return told + together(result, heard, seen, count=count, iteration=iteration)


def figure_2(result: Result, *, top: int = 2, iteration: int = -1) -> Story:
    """The clusters of the paper's Figure 2: the first two of each clustering."""
    clusters, words = _ranks(result, top, 0, iteration)
    sentence = f"The {_ranking(result)} clusters of each kind: {'; '.join(words)}."
    return Story("figure 2", "The first clusters (Figure 2)", sentence, clusters)


def table_6(result: Result, *, top: int = 4, bottom: int = 2, iteration: int = -1) -> Story:
    """The clusters of the paper's Table 6: the first and the last ranks of each clustering."""
    clusters, _ = _ranks(result, top, bottom, iteration)
    sentence = f"The {_ranking(result)} clusters of each kind and the last ranks: do the last ones cohere?"
    return Story("table 6", "First and last ranks (Table 6)", sentence, clusters)


def pure_and_mixed(
    result: Result, pure: str, mixed: str, *, count: int = 3, iteration: int = -1
) -> list[Story]:
    """Clusters of one sense that hold one label, whose clips the other sense mixes with other labels.

    Ordered by the gap between the cluster's purity (lower end of its interval) and the share that its label has, on
    average, in the other sense's clusters of the same clips.
    """
    here, there = (_sense(result, name) for name in (pure, mixed))
    table = cluster_table(result, pure, iteration=iteration)
    codes, elsewhere = result.label_codes, result.clusters(mixed, iteration=iteration).assignment
    counts = label_counts(result, mixed, iteration=iteration)
    found = []
    for row in rows_of(table[table["labelled"] >= FEWEST_CLIPS]):
        label = row["concepts"][0][0]
        code = result.label_names.index(label)
        inside = result.clusters(pure, iteration=iteration).assignment == row["cluster"]
        clips = np.flatnonzero(inside & (codes == code))
        shares = counts[elsewhere[clips], code] / counts[elsewhere[clips]].sum(axis=1)
        places, often = np.unique(elsewhere[clips], return_counts=True)
        gap = row["purity_low"] - shares.mean()
        if gap < LEAST_GAP:
            continue
        sentence = (
            f"{here.capitalize()}, cluster {row['cluster']} is {row['purity']:.0%} “{label}” "
            f"({len(clips)} of {row['labelled']} clips); "
            f"{there}, the same clips lie in {_plural(len(places), 'cluster')}, "
            f"where {shares.mean():.0%} of the clips are “{label}” on average."
        )
        targets = (
            (pure, row["cluster"]),
            *((mixed, int(place)) for place in places[np.argsort(-often, kind="stable")][:3]),
        )
        story = Story(
            f"pure {here}, mixed {there}",
            f"“{label}”: pure {here}, mixed {there}",
            sentence,
            targets,
            _first(clips),
        )
        found.append((gap, story))
    return _best(found, count)


def two_neighbours(
    result: Result, heard: str, seen: str, *, count: int = 3, iteration: int = -1
) -> list[Story]:
    """Labels that lie with one label by ear and with another by eye, as "scuba diving" does (paper Figure 2).

    Two labels' overlap in a clustering is the sum over clusters of the smaller of their two shares: 0 for no common
    cluster, 1 for the same distribution. A neighbour by ear is one whose overlap by ear exceeds that by eye.
    """
    by_ear, by_eye = (_overlaps(result, name, iteration) for name in (heard, seen))
    gap = by_ear - by_eye
    np.fill_diagonal(gap, 0)
    enough = np.bincount(result.label_codes[result.label_codes >= 0]) >= FEWEST_CLIPS
    gap[:, ~enough] = gap[~enough] = 0
    found = []
    for code, label in enumerate(result.label_names):
        ear, eye = int(gap[code].argmax()), int(gap[code].argmin())
        strength = min(gap[code, ear], -gap[code, eye])
        if strength < LEAST_GAP:
            continue
        by_sound, by_sight = result.label_names[ear], result.label_names[eye]
        sentence = (
            f"“{label}” lies with “{by_sound}” by ear "
            f"(overlap {by_ear[code, ear]:.0%}; by eye {by_eye[code, ear]:.0%}) "
            f"and with “{by_sight}” by eye (overlap {by_eye[code, eye]:.0%}; by ear {by_ear[code, eye]:.0%})."
        )
        targets = (
            (heard, _meeting_place(result, heard, code, ear, iteration)),
            (seen, _meeting_place(result, seen, code, eye, iteration)),
        )
        clips = _first(np.flatnonzero(result.label_codes == code))
        title = f"“{label}”: “{by_sound}” by ear, “{by_sight}” by eye"
        found.append((strength, Story("one label, two neighbours", title, sentence, targets, clips)))
    return _best(found, count)


def together(result: Result, heard: str, seen: str, *, count: int = 3, iteration: int = -1) -> list[Story]:
    """Pairs of an audio and a video cluster that hold nearly the same clips; needs no labels."""
    table = shared_table(result, heard, seen, count=count, iteration=iteration)
    told = []
    for row in rows_of(table[table["clips"] >= FEWEST_CLIPS]):
        cell = (int(row[heard]), int(row[seen]))
        what = f": {row['text']}" if result.has_labels else ""
        sentence = (
            f"Audio cluster {cell[0]} and video cluster {cell[1]} share {row['clips']} clips, "
            f"{row[f'share_of_{heard}']:.0%} of the one and {row[f'share_of_{seen}']:.0%} of the other{what}."
        )
        items = _first(shared_clips(result, cell, heard, seen, iteration=iteration))
        title = f"Heard and seen together: audio {cell[0]}, video {cell[1]}"
        told.append(
            Story("heard and seen together", title, sentence, ((heard, cell[0]), (seen, cell[1])), items)
        )
    return told


def _ranks(result: Result, top: int, bottom: int, iteration: int) -> tuple[tuple, list[str]]:
    clusters, words = [], []
    for name in result.clusterings:
        table = cluster_table(result, name, iteration=iteration)
        kept = table[(table["rank"] <= top) | (table["rank"] > len(table) - bottom)]
        clusters += [(name, int(cluster)) for cluster in kept["cluster"]]
        for row in rows_of(kept):
            first = row["concepts"][:1]
            what = concepts_text(first) if first else _plural(row["size"], "clip")
            words.append(f"{name} {row['cluster']}, {what}")
    return tuple(clusters), words


def _ranking(result: Result) -> str:
    return "purest" if result.has_labels else "most compact"


def _sense(result: Result, clustering: str) -> str:
    return SENSES[result.modalities(clustering)[0]]


def _overlaps(result: Result, clustering: str, iteration: int) -> np.ndarray:
    shares = label_shares(result, clustering, iteration=iteration).to_numpy()
    return np.stack([np.minimum(shares, one).sum(axis=1) for one in shares])


def _meeting_place(result: Result, clustering: str, one: int, other: int, iteration: int) -> int:
    """The cluster that holds most of both labels."""
    counts = label_counts(result, clustering, iteration=iteration)
    return int(np.minimum(counts[:, one], counts[:, other]).argmax())


def _first(items: np.ndarray, count: int = 10) -> tuple[int, ...]:
    return tuple(int(item) for item in items[:count])


def _best(found: list[tuple[float, Story]], count: int) -> list[Story]:
    return [story for _, story in sorted(found, key=lambda pair: -pair[0])[:count]]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
