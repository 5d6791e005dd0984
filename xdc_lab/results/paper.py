"""The paper's Tables 1 to 8 as data, and measured results beside them: a number of ours never stands alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from xdc_lab.errors import DataError, SettingError
from xdc_lab.evaluation.multi_label import SCORE
from xdc_lab.results.shipped import shipped_folder

THRESHOLD = "tIoU "  # how the protocols of Table 8 begin


@dataclass(frozen=True)
class PaperTable:
    """How one table of the paper reads.

    Attributes:
        title: its title.
        rows: the columns that name a row.
        columns: the columns that name a column.
        value: the column of the number.
    """

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    value: str = "top1_percent"


TABLES: dict[int, PaperTable] = {
    1: PaperTable("Single-modality vs. multi-modal deep clustering", ("method",), ("downstream",)),
    2: PaperTable("The number of clusters (k)", ("pretraining", "k"), ("downstream",)),
    3: PaperTable("Pretraining data type and size", ("method", "pretraining", "pretraining_size"), ("downstream",)),
    4: PaperTable("Curated vs. uncurated pretraining data", ("pretraining", "pretraining_size"), ("downstream",)),
    5: PaperTable("Full finetuning vs. learning fc-only", ("method", "pretraining"), ("downstream", "protocol")),
    6: PaperTable("XDC clusters", ("modality", "rank"), ("concept",), "purity"),
    7: PaperTable("State-of-the-art comparison", ("method", "architecture", "pretraining"), ("downstream",)),
    8: PaperTable("Temporal action localization on THUMOS14", ("method", "pretraining"), ("tiou",), "map_percent"),
}


def paper_table(number: int, *, folder: str | Path | None = None) -> pd.DataFrame:
    """Read a table of the paper, one row per number (data/paper/README.md says what each column is).

    Args:
        number: 1 to 8.
        folder: default: data/paper, as it comes with the project.

    Raises:
        SettingError: if there is no such table.
        DataError: if its file is missing.
    """
    if number not in TABLES:
        raise SettingError(f"the paper has no Table {number} of numbers; there are {', '.join(map(str, TABLES))}")
    path = Path(folder or shipped_folder("paper")) / f"table{number}.csv"
    if not path.is_file():
        raise DataError(f"the paper's Table {number} is not at {path}; give another folder, or none")
    return pd.read_csv(path, keep_default_na=False, na_values=[""])


def paper_view(number: int, *, folder: str | Path | None = None) -> pd.DataFrame:
    """A table of the paper as it is printed: its rows and columns."""
    table, shape = paper_table(number, folder=folder), TABLES[number]
    if table.duplicated([*shape.rows, *shape.columns]).any():
        raise DataError(f"Table {number} has two numbers for one cell; data/paper/table{number}.csv was changed")
    return _pivot(table.dropna(subset=[shape.value]), shape.rows, shape.columns, shape.value)


def paper_table6(*, folder: str | Path | None = None) -> pd.DataFrame:
    """Table 6 as it is printed: for "audio" and "video" the rank and the concepts of a cluster side by side.

    The columns are those of `xdc_lab.analysis.concepts.table6`, so that ours can stand beside it, without the numbers
    of the clusters: the paper's "#" is the rank.
    """
    table, sides = paper_table(6, folder=folder), []
    for modality, clusters in table.groupby("modality", sort=True):
        texts = {
            str(rank): ", ".join(f"{row.concept} ({row.purity:.2f})" for row in rows.itertuples())
            for rank, rows in clusters.groupby("rank", sort=True)
        }
        sides.append(pd.DataFrame({f"{modality} rank": list(texts), f"{modality} concepts": list(texts.values())}))
    return pd.concat(sides, axis=1)


def paper_vs_ours(
    number: int,
    results: pd.DataFrame,
    *,
    left_out: pd.DataFrame | None = None,
    folder: str | Path | None = None,
    digits: int = 1,
) -> pd.DataFrame:
    """Set measured results beside a table of the paper, as text: "74.2", and "71.0 ± 1.3 (5)" over five seeds.

    Rows that both have stand side by side. Where the data differ (Tables 2 to 4) the rows of ours follow those of
    the paper, with empty cells between: a collection of one's own is none of the paper's.

    Args:
        number: 1 to 5, 7 or 8.
        results: one row per measurement (`xdc_lab.results.rows.result_rows`): the table's row columns, and
            downstream, modality, protocol, score, value.
        left_out: cells without a result, in the same columns, with `reason`, which stands in the number's place.
        folder: of the paper's tables.
        digits: after the point.

    Raises:
        DataError: if a column is missing.
    """
    shape = TABLES.get(number)
    needed = {*(shape.rows if shape else ()), "downstream", "modality", "protocol", "value"}
    missing = sorted(needed - set(results) - {"architecture"})
    if missing:
        raise DataError(f"the results have no column {', '.join(missing)}; they have {', '.join(map(str, results))}")
    paper = _texts(paper_view(number, folder=folder), digits)
    rows = TABLES[number].rows
    measured = _ours(results, left_out, rows, digits)
    sides = {"paper": _flat(paper), "ours": _flat(measured)}
    order = [*sides["paper"].index, *(key for key in sides["ours"].index if key not in sides["paper"].index)]
    joined = pd.concat(sides, axis=1).reindex(order)
    joined.index = _index(order, rows)
    return joined.fillna("")


def ours_alone(results: pd.DataFrame, *, left_out: pd.DataFrame | None = None, digits: int = 1) -> pd.DataFrame:
    """Results of a study that stands beside none of the paper's tables: a row for what differs, numbers as text."""
    names = ("method", "pretraining", "pretraining_size", "k")
    trained = results[results["pretraining"] != "none"]
    rows = ("method", *(name for name in names[1:] if trained[name].nunique() > 1))
    return _ours(results, left_out, rows, digits)


def _ours(results: pd.DataFrame, left_out: pd.DataFrame | None, rows: Sequence[str], digits: int) -> pd.DataFrame:
    """Means over seeds as text, a row for each of `rows`, and reasons where there is no number."""
    others = pd.DataFrame() if left_out is None else left_out
    ours = pd.concat([results.astype(object), others.astype(object)], ignore_index=True)
    ours = ours.assign(architecture=ours.get("architecture", ""), column=_columns(ours))
    if "network" in ours and ours["network"].nunique() > 1:
        ours["method"] += " (" + ours["network"] + ")"
    keys = ours[list(rows)].astype(object)
    ours[list(rows)] = keys.where(keys.notna(), "")  # a missing number would make the others floats
    texts = {}
    for key, cells in ours.groupby([*rows, "column"], dropna=False, sort=False):
        reasons = cells["reason"].dropna() if "reason" in cells else []
        short = dict.fromkeys(reason.partition(":")[0] for reason in reasons)  # "failed", without the message
        texts[key] = _text(list(cells["value"]), digits) or "; ".join(short)
    table = pd.DataFrame(list(texts), columns=[*rows, "column"]).assign(value=list(texts.values()))
    return _pivot(table, rows, ("column",), "value").fillna("")


def side_by_side(
    number: int,
    results: pd.DataFrame,
    *,
    left_out: pd.DataFrame | None = None,
    folder: str | Path | None = None,
    digits: int = 1,
) -> dict[str, pd.DataFrame]:
    """`paper_vs_ours` cut for reading: one table where most rows are shared, else the paper's and ours, no cell empty.

    Arguments and errors as `paper_vs_ours`; results without rows give the paper's table alone.

    Returns:
        Title -> table, numbers as text.
    """
    name = f"Table {number}"
    if not len(results) and (left_out is None or not len(left_out)):
        return {f"{name}, paper": _texts(paper_view(number, folder=folder), digits)}
    joined = paper_vs_ours(number, results, left_out=left_out, folder=folder, digits=digits)
    sides = {side: pd.DataFrame(joined[side]) for side in ("paper", "ours")}
    filled = {side: (table.T != "").any().to_numpy(dtype=bool) for side, table in sides.items()}
    if (filled["paper"] & filled["ours"]).sum() > filled["ours"].sum() / 2:
        return {f"{name}, paper and ours": joined}
    return {f"{name}, {side}": table.loc[filled[side]] for side, table in sides.items()}


def _columns(results: pd.DataFrame) -> list[str]:
    """What names a column of ours; thresholds of one collection alone are named as the paper's (Table 8)."""
    places = results[["downstream", "modality"]].agg(" ".join, axis=1).tolist()
    protocols = results["protocol"].astype(str).tolist()
    if len(set(places)) == 1 and all(name.startswith(THRESHOLD) for name in protocols):
        return [name.removeprefix(THRESHOLD) for name in protocols]
    names = [f"{place}, {protocol}" for place, protocol in zip(places, protocols, strict=True)]
    scores = results["score"].tolist() if "score" in results else []
    of_several = {name for name, score in zip(names, scores, strict=bool(scores)) if score == SCORE}
    return [f"{name}, mAP" if name in of_several else name for name in names]


def _texts(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    return table.map(lambda value: _text([value], digits))


def _pivot(table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], value: str) -> pd.DataFrame:
    """Like pandas' own pivot, but in the order of appearance."""
    row_keys, column_keys = _keys(table, rows), _keys(table, columns)
    wide = pd.DataFrame(index=pd.unique(row_keys), columns=pd.unique(column_keys), dtype=object)
    for row, column, number in zip(row_keys, column_keys, table[value], strict=True):
        wide.at[row, column] = number
    wide.index, wide.columns = _index(wide.index, rows), _index(wide.columns, columns)
    return wide


def _keys(table: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """What names each row; what the paper does not say (Table 7b) is empty."""
    columns = [table[name].astype(object) for name in names]
    values = [column.where(column.notna(), "").tolist() for column in columns]
    return pd.Series(list(zip(*values, strict=True)) if len(names) > 1 else values[0], dtype=object)


def _index(keys: Iterable, names: Sequence[str]) -> pd.Index:
    if len(names) > 1:
        return pd.MultiIndex.from_tuples(list(keys), names=list(names))
    return pd.Index(list(keys), name=names[0], dtype=object)


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """The same with tuples and joined names for what has several levels, so that tables can be joined."""
    table = table.copy()
    table.index = pd.Index(table.index.tolist(), tupleize_cols=False)
    names = [" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in table.columns]
    table.columns = pd.Index(names)
    return table


def _text(values: list[float], digits: int) -> str:
    numbers = np.array(values, dtype=float)
    numbers = numbers[~np.isnan(numbers)]
    if not len(numbers):
        return ""
    mean = f"{numbers.mean():.{digits}f}"
    return mean if len(numbers) == 1 else f"{mean} ± {numbers.std(ddof=1):.{digits}f} ({len(numbers)})"
