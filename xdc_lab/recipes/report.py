"""A study's results in; its means, paired differences, view beside the paper and figure as files out (paper 4.2, 6)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from xdc_lab.evaluation.figures import figure_over_k, figure_over_size
from xdc_lab.evaluation.paper import paper_vs_ours
from xdc_lab.recipes.summary import paired_differences, summarise
from xdc_lab.runs.folder import whole_file

FIGURES = {2: figure_over_k, 4: figure_over_size}


def write_study_report(
    results: pd.DataFrame,
    folder: Path,
    *,
    number: int,
    against: Sequence[str] = (),
    column: str = "method",
    within: Sequence[str] = (),
) -> list[Path]:
    """Write what a study came to; results.csv is there already.

    Args:
        results: one row a cell.
        folder: where.
        number: of the paper's table.
        against: the rows that the others are compared with, seed by seed; those that were not run are left out.
        column: what names the rows of the comparison.
        within: further columns that must be the same in a comparison.

    Returns:
        The files: means.csv, differences.csv, paper_vs_ours.csv, and a figure where the table is a curve.
    """
    view = paper_vs_ours(number, results)
    view.columns = [": ".join(names) for names in view.columns]
    tables = {"means": summarise(results), "paper_vs_ours": view.reset_index()}
    run = set(results[column])
    pairs = [
        paired_differences(results, against=row, column=column, within=within)
        for row in against
        if row in run
    ]
    if pairs:
        tables["differences"] = pd.concat(pairs, ignore_index=True)
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        with whole_file(path) as partial:
            table.to_csv(partial, index=False, lineterminator="\n", float_format="%.4g")
        written.append(path)
    if number in FIGURES:
        written.append(_save(FIGURES[number](results), folder / f"table{number}.png"))
    return written


def _save(figure: Figure, path: Path) -> Path:
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=120)
    return path
