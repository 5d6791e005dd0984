"""Commands that show clusters: Table 6, contact sheets, and the explorer as one HTML file (paper 5)."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from xdc_lab.cli.options import Run, spread

if TYPE_CHECKING:
    from xdc_lab.analysis.result import Result


def clusters(
    run: Run,
    top: Annotated[int, typer.Option(help="clusters from the top of the ranking")] = 4,
    sheet: Annotated[
        str, typer.Option(metavar="N|all", help="clusters on each contact sheet, from the top of the ranking")
    ] = "2",
    figures: Annotated[
        Literal["png", "pdf", "svg"], typer.Option(help="contact sheets as this; pdf and svg have words to edit")
    ] = "png",
) -> None:
    """Print Table 6 of a run, ranked by purity, and draw Figure 2: the ten clips nearest to each centroid."""
    from xdc_lab.analysis.concepts import table6
    from xdc_lab.analysis.pictures.contact_sheet import share_of_clusters
    from xdc_lab.analysis.report import write_report
    from xdc_lab.analysis.result import load_result
    from xdc_lab.analysis.tables import to_text

    result = load_result(run)
    print(to_text(table6(result, top=top)))
    drawn = _ranks(sheet)
    for path in write_report(result, top=top, sheet=drawn, figures=f".{figures}"):
        print(path)
    for name in result.clusterings:
        k = result.clusters(name).k
        number = k if drawn is None else min(drawn, k)
        more = "; --sheet all draws them all" * (number < k)
        print(f"contact_sheet_{name}.{figures} shows {share_of_clusters(number, k, kind=name)}{more}")


def _ranks(words: str) -> int | None:
    """How many first ranks; None is all.

    >>> _ranks("3"), _ranks("all")
    (3, None)
    """
    from xdc_lab.errors import SettingError

    if words == "all":
        return None
    if not words.isdecimal() or int(words) < 1:
        raise SettingError(f"--sheet {words}: it is the number of clusters on a contact sheet, from 1, or all")
    return int(words)


@dataclass(frozen=True)
class OwnFeatures:
    """Features that no run of this package made."""

    items: Annotated[
        Path | None,
        typer.Option(help="explore your own features: a table with a column `path`; row i of the features is item i"),
    ] = None
    video_features: Annotated[Path | None, typer.Option(help="video features of the items: a .npy file")] = None
    audio_features: Annotated[Path | None, typer.Option(help="audio features of the items: a .npy file")] = None
    clusters: Annotated[
        Path | None, typer.Option(help="their clusters as .npz, arrays `video` and `audio`; default: by k-means")
    ] = None
    k: Annotated[int, typer.Option(help="number of clusters for k-means, with --items")] = 128
    labels: Annotated[str | None, typer.Option(help="column of the items that names clusters; default: label")] = None

    def result(self, folder: Path | None) -> "Result":
        """The features, clustered."""
        from xdc_lab.analysis.own_features import own_features
        from xdc_lab.clustering.settings import KMeansSettings
        from xdc_lab.errors import SettingError

        if self.items is None:
            raise SettingError("give a run folder, or features of your own: --items items.csv --video-features V.npy")
        return own_features(
            self.items,
            video=self.video_features,
            audio=self.audio_features,
            clusters=self.clusters,
            settings=KMeansSettings(k=self.k),
            labels=self.labels,
            folder=folder,
        )


@spread
def explore(
    own: OwnFeatures,
    run: Annotated[
        Path | None,
        typer.Argument(help="a run folder; with --items: where to keep clusters and maps, default runs/features-NAME"),
    ] = None,
    other: Annotated[
        Path | None,
        typer.Argument(help="a second run on some of the same clips: one page with both; RUN@2 is iteration 2 of RUN"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="default: RUN/report/explorer.html, of two compared-with-OTHER.html")
    ] = None,
    budget_mb: Annotated[
        float | None,
        typer.Option(help="size limit; default: 20 for one file, none with --media folder; prints what is kept"),
    ] = None,
    media: Annotated[
        Literal["file", "folder"],
        typer.Option(help="clips inside the one HTML file, or in a folder beside it (--out is then a folder)"),
    ] = "file",
    compare: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="another run on the same clips, to stand beside this one; repeatable"),
    ] = None,
) -> None:
    """Write the cluster explorer of a run, of anyone's features, or of two runs side by side: one offline HTML file."""
    from xdc_lab.errors import SettingError
    from xdc_lab.explorers.comparison import write_comparison
    from xdc_lab.explorers.html import explore as write_explorer

    if run is not None and other is not None:
        if own != OwnFeatures() or compare:
            raise SettingError("two runs are compared as they are: without --compare, --items and what belongs to it")
        page = write_comparison(run, other, out, budget_mb=budget_mb, beside=media == "folder")
        print(f"comparison: {page}")
        return
    source = run if run is not None and own == OwnFeatures() else own.result(run)
    print(
        f"explorer: {write_explorer(source, out, budget_mb=budget_mb, compare=compare or (), beside=media == 'folder')}"
    )
