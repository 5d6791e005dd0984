"""Find what is worth looking at first in clusters, as computed sentences (paper 5, Figure 2, Table 6)."""

from dataclasses import dataclass

import numpy as np

from xdc_lab.analysis.agreement import contingency_counts, shared_clips, shared_table
from xdc_lab.analysis.concepts import cluster_table, concepts_text, label_counts, labelled_counts
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_of
from xdc_lab.errors import counted

SENSES = {"audio": "on audio", "video": "on video"}
LEAST_GAP = 0.1  # a pattern weaker than this is noise, and no story
FEWEST_CLIPS = 5  # of a cluster, a label or a pair that a story is told of
LEAST_SHARED = 0.5  # of the smaller cluster of a pair that is heard and seen together
SHUFFLES = 20  # of the labels: a pattern that shuffled labels show as strongly is no story


@dataclass(frozen=True)
class Story:
    """One thing to look at.

    Attributes:
        kind: "figure 2", "table 6", "pure on audio, mixed on video", "pure on video, mixed on audio", "one label, two
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
    if result.has_labels and not result.has_several_labels:  # labels of one clip lie together by themselves
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


def pure_and_mixed(result: Result, pure: str, mixed: str, *, count: int = 3, iteration: int = -1) -> list[Story]:
    """Clusters of one modality that hold one label, whose clips the other modality mixes with other labels.

    Ordered by the gap between the cluster's purity (lower end of its interval) and the share that its label has, on
    average, in the other modality's clusters of the same clips.
    """
    here, there = (_sense(result, name) for name in (pure, mixed))
    table = cluster_table(result, pure, iteration=iteration)
    elsewhere = result.clusters(mixed, iteration=iteration).assignment
    labelled = labelled_counts(result, mixed, iteration=iteration)
    counts = label_counts(result, mixed, iteration=iteration)
    found = []
    for row in rows_of(table[table["labelled"] >= FEWEST_CLIPS]):
        label = row["concepts"][0][0]
        code = result.label_names.index(label)
        inside = result.clusters(pure, iteration=iteration).members[row["cluster"]]
        clips = inside[result.items_with(label)[inside]]
        shares = counts[elsewhere[clips], code] / labelled[elsewhere[clips]]
        places, often = np.unique(elsewhere[clips], return_counts=True)
        gap = row["purity_low"] - shares.mean()
        if gap < LEAST_GAP:
            continue
        sentence = (
            f"{here.capitalize()}, cluster #{row['cluster']} is {row['purity']:.0%} “{label}” "
            f"({len(clips)} of {row['labelled']} clips); "
            f"{there}, the same clips lie in {_plural(len(places), 'cluster')}, "
            f"where {shares.mean():.0%} of the clips are “{label}” on average."
        )
        targets = (
            (pure, row["cluster"]),
            *((mixed, int(place)) for place in places[np.argsort(-often, kind="stable")]),
        )
        story = Story(
            f"pure {here}, mixed {there}", f"“{label}”: pure {here}, mixed {there}", sentence, targets, _first(clips)
        )
        found.append((gap, story))
    return _best(found, count)


def two_neighbours(result: Result, heard: str, seen: str, *, count: int = 3, iteration: int = -1) -> list[Story]:
    """Labels that lie with one label on audio and with another on video, as "scuba diving" does (paper Figure 2).

    Two labels' overlap in a clustering is the sum over clusters of the smaller of their two shares: 0 for no common
    cluster, 1 for the same distribution. A neighbour on audio is one whose overlap on audio exceeds that on video. Told
    only where it is clearer than anywhere in `SHUFFLES` shufflings of the labels: luck makes neighbours too.
    """
    assignments = [result.clusters(name, iteration=iteration).assignment for name in (heard, seen)]
    codes = result.label_codes[result.label_codes >= 0]
    places = [assignment[result.label_codes >= 0] for assignment in assignments]
    by_ear, by_eye = (_overlaps(codes, place) for place in places)
    generator = np.random.default_rng(0)
    by_luck = [
        _strengths(_overlaps(luck, places[0]), _overlaps(luck, places[1]), luck) for luck in _shuffled(codes, generator)
    ]
    gap, strengths = by_ear - by_eye, _strengths(by_ear, by_eye, codes)
    of_heard, of_seen = (label_counts(result, name, iteration=iteration) for name in (heard, seen))
    least = max(LEAST_GAP, *(shuffled.max() for shuffled in by_luck))
    found = []
    for code, label in enumerate(result.label_names):
        ear, eye, strength = int(gap[code].argmax()), int(gap[code].argmin()), float(strengths[code])
        if strength <= least:
            continue
        by_sound, by_sight = result.label_names[ear], result.label_names[eye]
        sentence = (
            f"“{label}” lies with “{by_sound}” on audio "
            f"(overlap {by_ear[code, ear]:.0%}; on video {by_eye[code, ear]:.0%}) "
            f"and with “{by_sight}” on video (overlap {by_eye[code, eye]:.0%}; on audio {by_ear[code, eye]:.0%})."
        )
        targets = ((heard, _meeting_place(of_heard, code, ear)), (seen, _meeting_place(of_seen, code, eye)))
        clips = _first(np.flatnonzero(result.label_codes == code))
        title = f"“{label}”: “{by_sound}” on audio, “{by_sight}” on video"
        found.append((strength, Story("one label, two neighbours", title, sentence, targets, clips)))
    return _best(found, count)


def together(result: Result, heard: str, seen: str, *, count: int = 3, iteration: int = -1) -> list[Story]:
    """Pairs of an audio and a video cluster that share at least half of the smaller one; needs no labels."""
    table = shared_table(result, heard, seen, count=50, iteration=iteration)
    shared = table[[f"share_of_{heard}", f"share_of_{seen}"]].max(axis=1)
    table = table[(shared >= LEAST_SHARED) & (table["clips"] >= FEWEST_CLIPS)].head(count)
    told = []
    for row in rows_of(table):
        cell = (int(row[heard]), int(row[seen]))
        what = f": {row['text']}" if result.has_labels else ""
        sentence = (
            f"Audio cluster #{cell[0]} and video cluster #{cell[1]} share {counted(row['clips'], 'clip')}, "
            f"{row[f'share_of_{heard}']:.0%} of the one and {row[f'share_of_{seen}']:.0%} of the other{what}."
        )
        items = _first(shared_clips(result, cell, heard, seen, iteration=iteration))
        title = f"Heard and seen together: audio #{cell[0]}, video #{cell[1]}"
        told.append(Story("heard and seen together", title, sentence, ((heard, cell[0]), (seen, cell[1])), items))
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
            words.append(f"{name} #{row['cluster']}, {what}")
    return tuple(clusters), words


def _ranking(result: Result) -> str:
    return "purest" if result.has_labels else "most compact"


def _sense(result: Result, clustering: str) -> str:
    return SENSES[result.modalities(clustering)[0]]


def _overlaps(codes: np.ndarray, assignment: np.ndarray) -> np.ndarray:
    """For each two labels the sum over clusters of the smaller share."""
    counts = contingency_counts(codes, assignment)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return np.stack([np.minimum(shares, one).sum(axis=1) for one in shares])


def _strengths(by_ear: np.ndarray, by_eye: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """For each label how clearly it has one neighbour on audio and another on video: the weaker of its two gaps."""
    gap = by_ear - by_eye
    rare = np.bincount(codes) < FEWEST_CLIPS
    gap[rare] = gap[:, rare] = 0
    return np.minimum(gap.max(axis=1), -gap.min(axis=1))


def _shuffled(codes: np.ndarray, generator: np.random.Generator) -> list[np.ndarray]:
    return [generator.permutation(codes) for _ in range(SHUFFLES)]


def _meeting_place(counts: np.ndarray, one: int, other: int) -> int:
    """The cluster that holds most of both labels, by the counts of labels in clusters."""
    return int(np.minimum(counts[:, one], counts[:, other]).argmax())


def _first(items: np.ndarray, count: int = 10) -> tuple[int, ...]:
    return tuple(int(item) for item in items[:count])


def _best(found: list[tuple[float, Story]], count: int) -> list[Story]:
    """The strongest first, one of each title: k-means may split a label into several pure clusters."""
    strongest: dict[str, Story] = {}
    for _, story in sorted(found, key=lambda pair: -pair[0]):
        strongest.setdefault(story.title, story)
    return list(strongest.values())[:count]


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
