"""How a cluster developed: which it was in every iteration, with small pictures (paper 4.2, 5)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageColor, ImageOps

from xdc_lab.analysis.agreement import audio_and_video, block_order, contingency
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.members import members
from xdc_lab.analysis.palette import FAINT, INK, MUTED, PAPER, SENSE_COLOURS, SHADE, SHARES
from xdc_lab.analysis.pictures.clip_pictures import log_mel_picture, middle_frame
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_by, rows_of
from xdc_lab.clustering import measures
from xdc_lab.errors import ClusteringError, MediaError, counted

FRAME, LOG_MEL = (136, 102), (136, 40)  # pixels of a tile
MATRIX_PX = 136
GAP, MARGIN, TITLE, HEADING, CAPTION = 14, 16, 64, 58, 22


def best_cluster(result: Result, clustering: str) -> int:
    """The last cluster whose purity is surest; without labels, the most compact one that is not small."""
    if result.has_labels:
        return int(cluster_table(result, clustering, rank_by="surest purity")["cluster"].iloc[0])
    table = cluster_table(result, clustering, rank_by="distance")
    return int(table["cluster"][table["size"] >= table["size"].median()].iloc[0])


def earlier_clusters(result: Result, clustering: str, cluster: int) -> list[int]:
    """For each iteration the cluster that has most in common with this one of the last iteration (Jaccard).

    Numbers of clusters mean nothing from one k-means to the next; their clips do.

    Raises:
        ClusteringError: if there is no such cluster.
    """
    last = result.clusters(clustering)
    if not 0 <= cluster < last.k:
        raise ClusteringError(f"clustering {clustering!r} has no cluster {cluster}; its ids are 0 to {last.k - 1}")
    own = last.assignment == cluster
    found = []
    for position in range(len(result.iterations)):
        clusters = result.clusters(clustering, iteration=position)
        shared = np.bincount(clusters.assignment[own], minlength=clusters.k)
        found.append(int(np.argmax(shared / (clusters.sizes + own.sum() - shared))))
    return found


def iteration_strip(result: Result, clustering: str, *, cluster: int | None = None, clips: int = 4) -> Image.Image:
    """Draw one cluster's nearest clips in every iteration, side by side: from random encoders to the last ones.

    A label other than the cluster's last commonest one is coloured.

    Args:
        result: an opened run.
        clustering: its name.
        cluster: of the last iteration; default: `best_cluster`.
        clips: of each iteration, the nearest to the centroid.

    Raises:
        ClusteringError: if there is no such cluster.
    """
    cluster = best_cluster(result, clustering) if cluster is None else cluster
    path = earlier_clusters(result, clustering, cluster)
    heard = "audio" in result.modalities(clustering)
    tile = FRAME[1] + (LOG_MEL[1] + 2 if heard else 0) + CAPTION
    width = 2 * MARGIN + len(path) * FRAME[0] + (len(path) - 1) * GAP
    strip = Image.new("RGB", (max(width, 640), TITLE + HEADING + clips * tile + MARGIN), PAPER)
    pen = Pen(strip)
    about = rows_by(cluster_table(result, clustering), "cluster")[cluster]
    _write_title(pen, result, clustering, cluster, about)
    common = about["concepts"][0][0] if about["concepts"] else ""
    seen: dict[tuple[str, int], Image.Image | str] = {}
    for position, traced in enumerate(path):
        x = MARGIN + position * (FRAME[0] + GAP)
        _write_heading(pen, result, clustering, position, traced, x)
        nearest = members(result, clustering, traced, count=clips, iteration=position)
        for number, item in enumerate(nearest.index):
            corner = (x, TITLE + HEADING + number * tile)
            _draw_tile(strip, pen, result, int(item), corner, heard, common, seen)
    return strip


def matrix_strip(result: Result) -> Image.Image:
    """Draw the audio x video matrix of every iteration side by side, small: blocks are clips that both tell apart.

    Each row is an audio cluster's clips as shares over the video clusters; those that share clips stand together.

    Raises:
        RunError: if the method has not clusters of both modalities.
    """
    heard, seen = audio_and_video(result)
    side = MATRIX_PX + GAP
    width = 2 * MARGIN + len(result.iterations) * side - GAP
    strip = Image.new("RGB", (max(width, 640), 96 + MATRIX_PX + MARGIN), PAPER)
    pen = Pen(strip)
    pen.write((MARGIN, 12), f"{result.meta['method']['name']}: {heard} x {seen} clusters", size=18, bold=True)
    line = "Where each audio cluster's clips (a row) lie among the video clusters (columns)."
    pen.write((MARGIN, 36), line, size=12, colour=MUTED)
    for position, iteration in enumerate(result.iterations):
        counts = contingency(result, heard, seen, iteration=position).to_numpy()
        x = MARGIN + position * side
        pen.write((x, 58), f"iteration {iteration}", size=14, bold=True)
        nmi = measures.nmi(*(result.clusters(name, iteration=position).assignment for name in (heard, seen)))
        pen.write((x, 77), f"NMI {nmi:.2f}", size=12, colour=MUTED)
        strip.paste(_matrix(counts), (x, 96))
    return strip


def _matrix(counts: np.ndarray) -> Image.Image:
    rows, columns = block_order(counts)
    ordered = counts[rows][:, columns]
    shares = ordered / np.maximum(ordered.sum(axis=1, keepdims=True), 1)
    stops, colours = zip(*SHARES, strict=True)
    channels = np.array([ImageColor.getrgb(colour) for colour in colours])
    pixels = np.stack([np.interp(shares, stops, channels[:, channel]) for channel in range(3)], axis=-1)
    inside = (MATRIX_PX - 2, MATRIX_PX - 2)
    picture = Image.fromarray(pixels.round().astype(np.uint8)).resize(inside, Image.Resampling.NEAREST)
    return ImageOps.expand(picture, border=1, fill=FAINT)


def _write_title(pen: Pen, result: Result, clustering: str, cluster: int, about: dict[str, Any]) -> None:
    colour = SENSE_COLOURS[result.modalities(clustering)[0]]
    name = f"{result.meta['method']['name']}, {clustering} cluster {cluster}"
    after = pen.write((MARGIN, 12), name, size=18, bold=True, colour=colour)
    if about["concepts"]:
        pen.write((after + 12, 14), about["text"], size=14)
    line = "In each iteration the cluster that shares most with it, and the clips nearest to its centroid."
    pen.write((MARGIN, 38), line, size=12, colour=MUTED)


def _write_heading(pen: Pen, result: Result, clustering: str, position: int, cluster: int, x: int) -> None:
    about = rows_by(cluster_table(result, clustering, iteration=position), "cluster")[cluster]
    pen.write((x, TITLE), f"iteration {result.iteration(position)}", size=14, bold=True)
    pen.write((x, TITLE + 19), counted(about["size"], "clip"), size=12, colour=MUTED)
    fact = f"purity {about['purity']:.2f}" if about["labelled"] else f"distance {about['mean_distance']:.2f}"
    pen.write((x, TITLE + 35), fact, size=12, colour=MUTED)


def _draw_tile(strip, pen: Pen, result: Result, item: int, corner, heard: bool, common: str, seen) -> None:
    clip, (x, y) = rows_of(result.items.iloc[[item]])[0], corner
    _place(strip, pen, (x, y), FRAME, _once(seen, ("frame", item), lambda: middle_frame(clip)))
    y += FRAME[1]
    if heard:
        picture = _once(
            seen, ("log-mel", item), lambda: log_mel_picture(clip, audio=result.audio_settings).resize(LOG_MEL)
        )
        _place(strip, pen, (x, y + 2), LOG_MEL, picture)
        y += LOG_MEL[1] + 2
    colour = INK if clip["label"] == common or result.items_with(common)[item] else SENSE_COLOURS["audio"]
    pen.write((x, y + 3), clip["label"], size=11, colour=colour, width=FRAME[0])


def _once(seen: dict, key: tuple[str, int], make: Callable[[], Image.Image]) -> Image.Image | str:
    """A picture of a clip, or why there is none; made once."""
    if key not in seen:
        try:
            seen[key] = make()
        except MediaError as error:
            seen[key] = error.reason
    return seen[key]


def _place(strip, pen: Pen, corner, size, picture: Image.Image | str) -> None:
    if isinstance(picture, str):
        pen.box(corner, size, SHADE)
        pen.write_inside(corner, size, picture, size=11, colour=MUTED)
        return
    strip.paste(ImageOps.fit(picture, size, Image.Resampling.LANCZOS), corner)
