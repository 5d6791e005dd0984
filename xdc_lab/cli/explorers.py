"""Commands that show clusters: Table 6, contact sheets, and the explorer as one HTML file (paper 5)."""

from pathlib import Path
from typing import Annotated

import typer

from xdc_lab.cli.options import Run


def clusters(run: Run, top: Annotated[int, typer.Option(help="clusters from the top of the ranking")] = 4) -> None:
    """Print Table 6 of a run, ranked by purity, and draw Figure 2: the ten clips nearest to each centroid."""
    from xdc_lab.analysis.concepts import table6
    from xdc_lab.analysis.report import write_report
    from xdc_lab.analysis.result import load_result
    from xdc_lab.analysis.tables import to_text

    result = load_result(run)
    print(to_text(table6(result, top=top)))
    for path in write_report(result, top=top):
        print(path)


def explore(
    run: Run,
    out: Annotated[Path | None, typer.Option(help="default: RUN/report/explorer.html")] = None,
    budget_mb: Annotated[float, typer.Option(help="size of the file; the plan of what is kept is printed")] = 20.0,
    compare: Annotated[
        list[Path] | None,
        typer.Option(metavar="RUN", help="another run on the same clips, to stand beside this one; repeatable"),
    ] = None,
) -> None:
    """Write the cluster explorer: one HTML file to open, mail and browse offline."""
    from xdc_lab.explorers.html import explore as write_explorer

    print(f"explorer: {write_explorer(run, out, budget_mb=budget_mb, compare=compare or ())}")
