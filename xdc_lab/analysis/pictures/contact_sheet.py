"""Contact sheets: the clips nearest to each centroid, as frames and log-mels (paper Figure 2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image, ImageOps

from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.members import members
from xdc_lab.analysis.palette import INK, MUTED, PAPER, SENSE_COLOURS, SHADE
from xdc_lab.analysis.pictures.clip_pictures import log_mel_picture, middle_frame
from xdc_lab.analysis.pictures.display import show_picture
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.pictures.origin import joined
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.rows import rows_by, rows_of
from xdc_lab.errors import MediaError, RunError, counted

TOP = 2  # clusters, as in Figure 2
PAGE_PX = 800  # width of a sheet in a notebook
CLIPS = 10  # nearest to the centroid, as in Figure 2
ALL_OF_THEM = "All clusters: xdc-lab clusters RUN --sheet all, or top=None in Python."


@dataclass(frozen=True)
class _Layout:
    """Sizes in pixels; read at 1280 or, on a page of 900, at two thirds."""

    columns: int = 5
    tile: int = 224
    picture: int = 168
    log_mel: int = 56
    caption: int = 32
    gap: int = 16
    margin: int = 48
    header: int = 132
    heading: int = 84
    between: int = 36
    footer: int = 56

    @property
    def width(self) -> int:
        return 2 * self.margin + self.columns * self.tile + (self.columns - 1) * self.gap

    def tile_height(self, heard: bool) -> int:
        return self.picture + (self.log_mel + 3 if heard else 0) + self.caption

    def block(self, clips: int, heard: bool) -> int:
        rows = -(-clips // self.columns)
        return self.heading + rows * self.tile_height(heard) + max(0, rows - 1) * self.gap


LAYOUT = _Layout()


def contact_sheet(
    result: Result,
    clustering: str,
    *,
    path: str | Path | None = None,
    clusters: Sequence[int] | None = None,
    top: int | None = TOP,
    clips: int = CLIPS,
    iteration: int = -1,
) -> Path:
    """Draw the clips nearest to the centroids of some clusters (paper Figure 2).

    A clip that does not decode is a grey tile with the reason. Under each picture stands its label (or file name,
    without labels); a label other than the cluster's commonest is coloured.

    Args:
        result: an opened run.
        clustering: its name.
        path: .png, .pdf or .svg; default RUN/report/contact_sheet_<clustering>.png.
        clusters: ids, in the order to draw them; default the first ranks.
        top: how many first ranks; None draws every cluster.
        clips: of each cluster.
        iteration: position; -1 is the last one.

    Raises:
        RunError: if the run has no such clustering or iteration.
        ClusteringError: if there is no such cluster.
    """
    sheet = draw_sheet(result, clustering, clusters=clusters, top=top, clips=clips, iteration=iteration)
    return save_figure(sheet, path or result.folder.report / f"contact_sheet_{clustering}.png")


def figure_2(result: Result, *, path: str | Path | None = None, clips: int = CLIPS) -> Path:
    """Draw the paper's Figure 2: the first audio clusters on the left, the first video clusters on the right.

    Raises:
        RunError: if the method has no audio clusters or no video clusters of their own.
    """
    sides = [name for name in (result.clustering_of("audio"), result.clustering_of("video")) if name]
    if len(sides) < 2:
        raise RunError(
            f"{result.meta['method']['name']} has not both audio and video clusters, which Figure 2 sets side by side; "
            f"draw one of its clusterings with contact_sheet: {', '.join(result.clusterings)}"
        )
    sheets = [draw_sheet(result, name, clips=clips) for name in sides]
    return save_figure(joined(sheets, across=True), path or result.folder.report / "figure_2.png")


def show_sheet(
    result: Result,
    clustering: str,
    *,
    clusters: Sequence[int] | None = None,
    top: int | None = TOP,
    clips: int = CLIPS,
    iteration: int = -1,
    framed: bool = True,
    width_px: int = PAGE_PX,
) -> None:
    """Display a contact sheet in a notebook, small enough to be committed; errors are those of `contact_sheet`."""
    chosen: Any = {"clusters": clusters, "top": top, "iteration": iteration}
    sheet = draw_sheet(result, clustering, clips=clips, framed=framed, **chosen)
    height_px = round(sheet.height * width_px / sheet.width)
    kind, k = _sense(result, clustering).lower(), result.clusters(clustering, iteration=iteration).k
    number = min(k, top or k) if clusters is None else len(clusters)
    words = f"the clips nearest to the centroids of {share_of_clusters(number, k, kind=kind)}"
    show_picture(sheet.resize((width_px, height_px), Image.Resampling.LANCZOS), words=words)


def draw_sheet(
    result: Result,
    clustering: str,
    *,
    clusters: Sequence[int] | None = None,
    top: int | None = TOP,
    clips: int = CLIPS,
    iteration: int = -1,
    framed: bool = True,
) -> Image.Image:
    """Draw what `contact_sheet` writes; without its title and its last line where it is not `framed`."""
    table = rows_by(cluster_table(result, clustering, iteration=iteration), "cluster")
    chosen = list(table)[:top] if clusters is None else list(clusters)
    near = {cluster: members(result, clustering, cluster, count=clips, iteration=iteration) for cluster in chosen}
    heard = "audio" in result.modalities(clustering)
    blocks = [LAYOUT.block(len(rows), heard) + LAYOUT.between for rows in near.values()]
    above, below = (LAYOUT.header, LAYOUT.footer) if framed else (LAYOUT.gap, 0)
    sheet = Image.new("RGB", (LAYOUT.width, above + sum(blocks) + below), PAPER)
    pen, y = Pen(sheet), above
    if framed:
        _draw_header(pen, result, clustering, iteration, share_of_clusters(len(chosen), len(table)))
    for (cluster, rows), height in zip(near.items(), blocks, strict=True):
        _draw_heading(pen, result, clustering, cluster, table[cluster], y)
        _draw_tiles(sheet, pen, result, rows, table[cluster], heard, y + LAYOUT.heading)
        y += height
    if framed:
        _draw_footer(pen, result, y, whole=len(chosen) == len(table))
    return sheet


def share_of_clusters(number: int, k: int, *, kind: str = "") -> str:
    """How many of the clusters a sheet shows.

    >>> share_of_clusters(2, 4), share_of_clusters(1, 4, kind="audio"), share_of_clusters(4, 4), share_of_clusters(1, 1)
    ('2 of 4 clusters', '1 of 4 audio clusters', 'all 4 clusters', 'the only cluster')
    """
    words = f"{kind} cluster".strip()
    if number < k:
        return f"{number} of {counted(k, words)}"
    return f"the only {words}" if k == 1 else f"all {counted(k, words)}"


def _draw_header(pen: Pen, result: Result, clustering: str, iteration: int, shown: str) -> None:
    method, data = result.meta["method"]["name"], result.meta.get("data", {}).get("name", "")
    of = f"{method} on {data}" if data else method
    pen.write((LAYOUT.margin, 40), f"{_sense(result, clustering)} clusters of {of}", size=30, bold=True)
    origin = f"{result.meta.get('id', result.path.name)}, iteration {result.iteration(iteration)}"
    line = f"{shown[0].upper()}{shown[1:]}: the clips nearest to each centroid. {origin}; labels unseen in training."
    pen.write((LAYOUT.margin, 84), line, size=16, colour=MUTED, width=LAYOUT.width - 2 * LAYOUT.margin)


def _draw_heading(pen: Pen, result: Result, clustering: str, cluster: int, about: dict[str, Any], y: int) -> None:
    left, right = LAYOUT.margin, LAYOUT.width - LAYOUT.margin
    pen.line((left, y), (right, y))
    colour = SENSE_COLOURS[result.modalities(clustering)[0]]
    after = pen.write((left, y + 14), f"#{cluster}", size=22, bold=True, colour=colour)
    after = pen.write((after + 12, y + 14), f"rank {about['rank']}", size=22, bold=True)
    pen.write((right, y + 19), _facts(about), size=16, colour=MUTED, anchor="right")
    if about["concepts"]:
        pen.write((left, y + 47), about["text"], size=17, width=right - left)


def _draw_tiles(
    sheet, pen: Pen, result: Result, rows: pd.DataFrame, about: dict[str, Any], heard: bool, y: int
) -> None:
    commonest = about["concepts"][0][0] if about["concepts"] else ""
    fits = result.items_with(commonest)[list(rows.index)]
    for number, clip in enumerate(rows_of(result.items.iloc[list(rows.index)])):
        down, across = divmod(number, LAYOUT.columns)
        x = LAYOUT.margin + across * (LAYOUT.tile + LAYOUT.gap)
        top = y + down * (LAYOUT.tile_height(heard) + LAYOUT.gap)
        _place(sheet, pen, lambda clip=clip: middle_frame(clip), (x, top), LAYOUT.picture)
        top += LAYOUT.picture
        if heard:
            audio = result.audio_settings
            _place(sheet, pen, lambda clip=clip, audio=audio: _stretched(clip, audio), (x, top + 3), LAYOUT.log_mel)
            top += LAYOUT.log_mel + 3
        caption = clip["label"] or ("no label" if result.has_labels else Path(clip["path"]).name)
        colour = INK if fits[number] or not result.has_labels else SENSE_COLOURS["audio"]
        pen.write((x, top + 7), caption, size=16, colour=colour, width=LAYOUT.tile)


def _place(sheet, pen: Pen, picture: Callable[[], Image.Image], corner: tuple[int, int], height: int) -> None:
    """Paste a picture cut to the tile's shape, or say on grey why there is none."""
    size = (LAYOUT.tile, height)
    try:
        sheet.paste(ImageOps.fit(picture(), size, Image.Resampling.LANCZOS), corner)
    except MediaError as error:
        pen.box(corner, size, SHADE)
        pen.write_inside(corner, size, error.reason, size=14, colour=MUTED)


def _stretched(clip: dict[str, Any], audio) -> Image.Image:
    """The log-mel at the tile's own shape: its two axes have no common unit, so nothing is cut off."""
    return log_mel_picture(clip, audio=audio).resize((LAYOUT.tile, LAYOUT.log_mel), Image.Resampling.BICUBIC)


def _draw_footer(pen: Pen, result: Result, y: int, *, whole: bool) -> None:
    if result.has_labels:
        line = "Coloured: a label other than the cluster's commonest. Chance: purity of as many clips drawn blindly."
    else:
        line = "These clips have no labels: the clusters are ranked by their mean distance to the centroid."
    pen.write((LAYOUT.margin, y - 4), line, size=14, colour=MUTED)
    if not whole:
        pen.write((LAYOUT.margin, y + 18), ALL_OF_THEM, size=14, colour=MUTED)


def _facts(about: dict[str, Any]) -> str:
    size = f"{about['size']} {'clip' if about['size'] == 1 else 'clips'}"
    if not about["labelled"]:
        return f"{size} · mean distance {about['mean_distance']:.2f}"
    purity = f"purity {about['purity']:.2f} ({about['purity_low']:.2f} to {about['purity_high']:.2f})"
    return f"{purity} · chance {about['chance_purity']:.2f} · {size}"


def _sense(result: Result, clustering: str) -> str:
    """What the clusters heard or saw: "Audio", "Video 2", or "Joint audio and video"."""
    modalities = result.modalities(clustering)
    if len(modalities) > 1:
        return f"{clustering.capitalize()} {' and '.join(sorted(modalities))}"
    return clustering.replace("_", " ").capitalize()
