"""Report a study: means, paired differences, what is left out, the paper beside it and a figure (paper 4.2, 6)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.rows import rows_of
from xdc_lab.analysis.tables import to_latex, to_text
from xdc_lab.errors import counted
from xdc_lab.results.figures import figure_of_methods, figure_over_k, figure_over_size
from xdc_lab.results.paper import ours_alone, paper_vs_ours, side_by_side
from xdc_lab.results.summary import paired_differences, summarise
from xdc_lab.runs.folder import whole_file, write_text


@dataclass(frozen=True)
class Comparison:
    """What the rows of a table are compared with, seed by seed.

    Attributes:
        against: rows; those that were not run are left out. None named: the one that stands last.
        column: what names the rows.
        within: further columns that must be the same.
    """

    against: tuple[str, ...] = ()
    column: str = "method"
    within: tuple[str, ...] = ()

    def rows(self, results: pd.DataFrame) -> list[str]:
        """Those of `against` that are there."""
        there = [row for row in dict.fromkeys(results[self.column]) if row != "none"]  # random encoders' data
        return [row for row in self.against or there[-1:] if row in there]

    def differences(self, results: pd.DataFrame, against: str) -> pd.DataFrame:
        """`paired_differences` against one of the rows."""
        return paired_differences(results, against=against, column=self.column, within=self.within)


COUNTED = re.compile(r" \(\d+\)$")  # a cell that ends in its number of seeds
FIGURE_FILES = (".png", ".pdf")
FIGURES = {1: figure_of_methods, 2: figure_over_k, 4: figure_over_size}


def write_study_report(
    results: pd.DataFrame,
    folder: Path,
    *,
    number: int | None,
    comparison: Comparison | None,
    left_out: pd.DataFrame | None = None,
) -> list[Path]:
    """Write what a study came to; results.csv is there already.

    Args:
        results: one row per cell.
        folder: where.
        number: of the paper's table; None: it stands beside none.
        comparison: what its rows are compared with; None: nothing.
        left_out: cells without a result, with the reason.

    Returns:
        The files: means.csv, differences.csv, left_out.csv, paper_vs_ours.csv, results.tex, and a figure of Tables 1,
        2 and 4 as .png and, for a paper, as .pdf.
    """
    tables = {"means": summarise(results)}
    if number is not None:
        view = paper_vs_ours(number, results, left_out=left_out)
        view.columns = [": ".join(names) for names in view.columns]
        tables["paper_vs_ours"] = view.reset_index()
    pairs = [comparison.differences(results, row) for row in comparison.rows(results)] if comparison else []
    if pairs:
        tables["differences"] = pd.concat(pairs, ignore_index=True)
    if left_out is not None and len(left_out):
        tables["left_out"] = left_out
    (folder / "left_out.csv").unlink(missing_ok=True)
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        with whole_file(path) as partial:
            table.to_csv(partial, index=False, lineterminator="\n", float_format="%.4g")
        written.append(path)
    written.append(folder / "results.tex")
    write_text(written[-1], table_latex(results, number=number, left_out=left_out))
    if number in FIGURES and len(results):
        figure = FIGURES[number](results)
        written += [save_figure(figure, folder / f"table{number}{kind}", dots_per_inch=120) for kind in FIGURE_FILES]
    return written


def study_text(
    results: pd.DataFrame,
    *,
    number: int | None,
    comparison: Comparison | None,
    left_out: pd.DataFrame | None = None,
    width: int = 100,
) -> str:
    """A study as text for a terminal of `width` letters: beside the paper, paired differences, what is left out."""
    texts = [
        table_text(results, number=number, left_out=left_out, width=width),
        differences_in_words(results, comparison=comparison, width=width),
        left_out_in_words(left_out),
    ]
    return "\n\n".join(text for text in texts if text)


def table_text(
    results: pd.DataFrame, *, number: int | None, left_out: pd.DataFrame | None = None, width: int = 100
) -> str:
    """What was measured, beside the paper's table where there is one."""
    tables = _titled(results, number=number, left_out=left_out)
    texts = []
    for title, table, rows in tables:
        short = table.rename(columns=lambda name: str(name).removeprefix("paper: "))
        texts.append(to_text(short, width=width, title=title, whole=rows))
    return "\n\n".join(texts)


def table_latex(results: pd.DataFrame, *, number: int | None, left_out: pd.DataFrame | None = None) -> str:
    """The same for a paper: a LaTeX table each, "paper" and "ours" above their columns."""
    tables = _titled(results, number=number, left_out=left_out)
    label = "tab:results" if number is None else f"tab:table{number}"
    texts = [
        to_latex(table, caption=f"{title}.", label=f"{label}{'-' * bool(place)}{place or ''}", two_lines=": ")
        for place, (title, table, _) in enumerate(tables)
    ]
    return "\n\n".join(texts) + "\n"


def _titled(
    results: pd.DataFrame, *, number: int | None, left_out: pd.DataFrame | None
) -> list[tuple[str, pd.DataFrame, list[str]]]:
    """Each table with its title, its cells as text, and the columns that name a row."""
    if number is None:
        tables = {"means": ours_alone(results, left_out=left_out)}
    else:
        tables = side_by_side(number, results, left_out=left_out)
    titled = []
    for title, table in tables.items():
        rows = [str(name) for name in table.index.names]
        flat, seeds = _without_seeds(_flat(table))
        over = f" (mean ± standard deviation over {counted(int(seeds), 'seed')})" if seeds else ""
        titled.append((f"{title}{over}", flat, rows))
    return titled


def left_out_in_words(left_out: pd.DataFrame | None) -> str:
    """The cells without a result, those with one reason together: "Superv on mine: needs labels (4 cells)"."""
    if left_out is None or left_out.empty:
        return ""
    columns = ["method", "pretraining", "pretraining_size", "reason"]
    counts: dict[tuple[Any, ...], int] = {}
    for row in left_out[columns].astype(object).fillna(0).itertuples(index=False, name=None):
        counts[row] = counts.get(row, 0) + 1
    lines = []
    for (method, data, size, reason), count in counts.items():
        clips = f"{counted(size, 'clip')} of " if size else ""
        on = "" if data == "none" else f" on {clips}{data}"
        lines.append(f"left out: {method}{on}: {reason} ({counted(count, 'cell')})")
    return "\n".join(lines)


def differences_in_words(results: pd.DataFrame, *, comparison: Comparison | None, width: int = 100) -> str:
    """How far each row is above the first row of the comparison, as text; "" where nothing is compared."""
    rows = comparison.rows(results) if comparison and len(results) else []
    differences = comparison.differences(results, rows[0]) if comparison and rows else pd.DataFrame()
    if comparison is None or differences.empty:
        return ""
    several = "network" in differences and differences["network"].nunique() > 1
    names = [comparison.column, *comparison.within, *["network"] * several]
    cells = pd.Series(
        [_difference(row) for row in rows_of(differences)],
        index=pd.MultiIndex.from_frame(differences[[*names, "downstream", "modality", "protocol"]]),
    )
    table = cells.unstack(["downstream", "modality", "protocol"], sort=False).fillna("")
    table.columns = [f"{' '.join(place)}, {protocol}" for *place, protocol in table.columns]
    table, seeds = _without_seeds(_flat(table))
    over = f" over {seeds} seed{'s' * (seeds != '1')}" if seeds else ""
    title = f"Above {rows[0]}, seed by seed: mean difference [95 % interval]{over}"
    return to_text(table, width=width, title=title, whole=names)


def _difference(row: dict[str, Any]) -> str:
    """A difference as text, with the number of seeds.

    >>> _difference({"difference": 5.04, "low": -4.0, "high": 14.08, "seeds": 3})
    '+5.0 [-4.0, 14.1] (3)'
    """
    ends = "" if np.isnan(row["low"]) else f" [{row['low']:.1f}, {row['high']:.1f}]"
    return f"{row['difference']:+.1f}{ends} ({row['seeds']})"


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Names of rows as columns, and one line of names: "ours: demo video, fc-only"."""
    names = [": ".join(name) if isinstance(name, tuple) else str(name) for name in table.columns]
    names = [name.replace("full finetuning", "full") for name in names]
    flat = table.set_axis(names, axis=1).reset_index().fillna("")
    flat = flat.loc[:, [bool((flat[name] != "").any()) for name in flat.columns]]
    return flat.map(lambda cell: f"{cell:,}" if isinstance(cell, int) and cell > 9_999 else str(cell))


def _without_seeds(table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Take the number of seeds, "(5)", out of the cells if it is the same in all, and give it."""
    cells = [cell for cell in table.to_numpy().ravel() if COUNTED.search(cell)]
    ends = {cell.rpartition(" (")[2] for cell in cells}
    if len(ends) != 1:
        return table, ""
    end = ends.pop()
    return table.map(lambda cell: cell.removesuffix(f" ({end}")), end.removesuffix(")")
