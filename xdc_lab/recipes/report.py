"""A study's results in; its means, paired differences, view beside the paper and figure as files out (paper 4.2, 6)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from xdc_lab.analysis.tables import to_text
from xdc_lab.evaluation.figures import figure_of_methods, figure_over_k, figure_over_size
from xdc_lab.evaluation.paper import paper_vs_ours, side_by_side
from xdc_lab.recipes.summary import paired_differences, summarise
from xdc_lab.runs.folder import whole_file

FIGURES = {1: figure_of_methods, 2: figure_over_k, 4: figure_over_size}


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
        The files: means.csv, differences.csv, paper_vs_ours.csv, and a figure of Tables 1, 2 and 4.
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


def beside_the_paper(number: int, results: pd.DataFrame, *, width: int = 100) -> str:
    """A table of the paper and what was measured, as text for a terminal of `width` letters."""
    texts = []
    for title, table in side_by_side(number, results).items():
        rows = [str(name) for name in table.index.names]
        table, seeds = _without_seeds(_flat(table))
        title = f"{title} (mean ± standard deviation over {seeds} seeds)" if seeds else title
        texts.append(to_text(table, width=width, title=title, whole=rows))
    return "\n\n".join(texts)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Names of rows as columns, and one line of names: "ours: demo video, fc-only"."""
    names = [": ".join(name) if isinstance(name, tuple) else str(name) for name in table.columns]
    names = [name.removeprefix("paper: ").replace("full finetuning", "full") for name in names]
    flat = table.set_axis(names, axis=1).reset_index().fillna("")
    flat = flat.loc[:, [bool((flat[name] != "").any()) for name in flat.columns]]
    return flat.map(lambda cell: f"{cell:,}" if isinstance(cell, int) and cell > 9_999 else str(cell))


def _without_seeds(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Take the number of seeds, "(5)", out of the cells if it is the same in all, and give it."""
    ends = {cell.rpartition(" (")[2] for cell in table.to_numpy().ravel() if " ± " in cell}
    if len(ends) != 1:
        return table, ""
    end = ends.pop()
    return table.map(lambda cell: cell.removesuffix(f" ({end}")), end.removesuffix(")")


def _save(figure: Figure, path: Path) -> Path:
    with whole_file(path) as partial:
        figure.savefig(partial, dpi=120)
    return path
