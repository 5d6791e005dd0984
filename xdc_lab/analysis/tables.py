"""A DataFrame as text, Markdown, LaTeX or CSV (paper Table 6)."""

import math
import re
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from xdc_lab.errors import SettingError, printable
from xdc_lab.runs.folder import write_text

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{sign: f"{{{sign}}}" for sign in "[*"},  # which the end of a row before them would read
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
PACKAGES = r"% needs \usepackage{booktabs,array}"
LETTERS, GAP = 80, 2.4  # that fill a line of a page, and that would stand between two columns
LONG_LETTERS = 30  # of a cell that breaks into lines
_NUMBER = re.compile(r"[-+]?[\d.,]*")
NUMBERS = ("#", "rank")  # columns whose texts are numbers
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|#~$&])")


def to_text(table: pd.DataFrame, *, width: int = 110, title: str | None = None, whole: Sequence[str] = ()) -> str:
    """Lay a table out for a terminal, long cells wrapped except in the columns of `whole`, nothing cut off."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    for name in _printable(table).columns:
        justify = "right" if pd.api.types.is_numeric_dtype(table[name]) or str(name).split()[-1] in NUMBERS else "left"
        drawn.add_column(Text(str(name)), justify=justify, overflow="fold", no_wrap=name in whole)
    for row in _cells(with_gaps(table)):
        drawn.add_row(*(Text(printable(cell)) for cell in row))
    console = Console(width=width, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(drawn)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n")


def to_markdown(table: pd.DataFrame) -> str:
    r"""Write a GitHub table; signs that Markdown reads are escaped.

    >>> print(to_markdown(pd.DataFrame({"#": [1], "concepts": ["drum | bass (0.70)"]})))
    | \# | concepts |
    | --- | --- |
    | 1 | drum \| bass (0.70) |
    """
    rows = [[escape_markdown(str(name)) for name in _printable(table).columns]]
    rows += [["---"] * len(rows[0])]
    rows += [[escape_markdown(cell) for cell in row] for row in _cells(table)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def to_latex(
    table: pd.DataFrame, *, caption: str | None = None, label: str | None = None, two_lines: str | None = None
) -> str:
    r"""Write a table for the packages booktabs and array; signs that LaTeX reads are escaped, those of a caption, too.

    Numbers stand on the right; long texts share the page's width and break inside their columns.

    Args:
        table: cells as text or numbers.
        caption: a table that floats, with its caption above; None: the tabular alone.
        label: for `\ref`; it needs a caption.
        two_lines: what parts the names of columns, as " " in "audio concepts": "audio" stands above its columns.

    >>> print(to_latex(pd.DataFrame({"#": [1], "concepts": ["50% off"]})))
    % needs \usepackage{booktabs,array}
    \begin{tabular}{rl}
    \toprule
    \# & concepts \\
    \midrule
    1 & 50\% off \\
    \bottomrule
    \end{tabular}
    """
    cells = pd.DataFrame(_cells(table), columns=[str(name) for name in _printable(table).columns])
    lines = [name.rpartition(two_lines) for name in cells.columns] if two_lines else []
    if any(above for above, _, _ in lines):
        cells.columns = pd.MultiIndex.from_tuples([(above, below) for above, _, below in lines])
    escape: Any = escape_latex  # pandas' own leaves "<", "|" and a "[" after the end of a row
    styler = cells.style.format(escape).format_index(escape, axis="columns").hide(axis="index")
    styler.set_table_styles([{"selector": rule, "props": f":{rule};"} for rule in ("toprule", "midrule", "bottomrule")])
    floats = {"caption": escape_latex(caption), "label": label, "position_float": "centering"} if caption else {}
    text = styler.to_latex(column_format=_latex_columns(cells), multicol_align="l", **floats)
    return f"{PACKAGES}\n{text}".strip()


def _latex_columns(cells: pd.DataFrame) -> str:
    """What stands in the tabular's head: numbers to the right, texts to the left, what is long in a column that breaks.

    Widths are in letters, of which LETTERS fill a line of a page.
    """
    names = [name[-1] if isinstance(name, tuple) else name for name in cells.columns]
    columns = [cells.iloc[:, place].tolist() for place in range(len(names))]
    wide = [max(map(len, column), default=0) for column in columns]
    long = [letters > LONG_LETTERS for letters in wide]
    breaks = [max(letters, *map(len, [*name.split(), ""])) for letters, name in zip(wide, names, strict=True)]
    taken = sum(letters + GAP for letters, is_long in zip(breaks, long, strict=True) if not is_long)
    share = max(0.2, 1 - (taken + GAP * sum(long)) / LETTERS) / max(sum(long), 1)
    formats = []
    for column, name, letters, is_long in zip(columns, names, breaks, long, strict=True):
        if is_long or len(name) > letters:
            width = rf"{share:.2f}\linewidth" if is_long else f"{letters / 2:.1f}em"
            formats.append(rf">{{\raggedright\arraybackslash}}p{{{width}}}")
        else:
            formats.append("r" if all(_NUMBER.fullmatch(cell) for cell in column) else "l")
    return "".join(formats)


def to_styler(table: pd.DataFrame, *, digits: int = 2) -> Styler:
    """Lay a table out for a notebook: words to the left and never cut off, numbers rounded, no row numbers."""
    shown = with_gaps(_printable(table).reset_index(drop=True))
    words: Any = [name for name in shown.columns if not pd.api.types.is_numeric_dtype(shown[name])]
    left = {"text-align": "left", "white-space": "normal"}
    heads: Any = [{"selector": "th", "props": [("text-align", "left"), ("vertical-align", "bottom")]}]
    styler = shown.style.format(precision=digits, na_rep="–", thousands=",", escape="html").hide(axis="index")
    styler.format_index(axis="columns", escape="html")
    ident = f"{zlib.crc32(to_csv(shown).encode()):08x}"  # the same from run to run, and of this table alone
    if "$" in to_csv(shown):  # a notebook would typeset what stands between two of them
        styler.set_table_attributes('class="tex2jax_ignore mathjax_ignore"')
    styler.set_uuid(ident).set_properties(subset=words, **left)
    return styler.set_table_styles(heads)


def with_gaps(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a row of dots wherever ranks skip some: text in columns named "... rank".

    >>> with_gaps(pd.DataFrame({"audio rank": ["1", "2", "31"], "concepts": ["a", "b", "c"]}))["audio rank"].tolist()
    ['1', '2', '…', '31']
    """
    ranks = [place for place, name in enumerate(table.columns) if str(name).endswith(" rank")]
    rows: list[list[Any]] = []
    for row in table.itertuples(index=False, name=None):
        skips = [place for place in ranks if rows and _skips(rows[-1][place], row[place])]
        if skips:
            rows.append(["…" if place in skips else "" for place in range(len(row))])
        rows.append(list(row))
    return pd.DataFrame(rows, columns=table.columns) if len(rows) > len(table) else table


def _skips(rank: Any, following: Any) -> bool:
    both = str(rank), str(following)
    return all(one.isdigit() for one in both) and int(both[1]) > int(both[0]) + 1


def to_csv(table: pd.DataFrame) -> str:
    """Write CSV with every digit; columns of lists (concepts) are left to their text column."""
    return _printable(table).to_csv(index=False, lineterminator="\n")


WRITERS: dict[str, Callable[..., str]] = {".csv": to_csv, ".md": to_markdown, ".tex": to_latex}


def write_table(table: pd.DataFrame, path: str | Path, **latex: str) -> Path:
    """Write a table in the format of the file's ending, whole or not at all.

    Args:
        table: what to write.
        path: .csv, .md or .tex.
        latex: of `to_latex`, for a .tex.

    Raises:
        SettingError: if the ending is not .csv, .md or .tex.
    """
    path = Path(path)
    if path.suffix not in WRITERS:
        raise SettingError(f"{path.name}: a table is written as {', '.join(WRITERS)}")
    text = WRITERS[path.suffix](table, **(latex if path.suffix == ".tex" else {}))
    write_text(path, text.removesuffix("\n") + "\n")
    return path


def escape_markdown(text: str) -> str:
    """Make a text stand for itself in a Markdown table cell; line breaks become spaces."""
    return _MARKDOWN.sub(r"\\\1", _one_line(text))


def escape_latex(text: str) -> str:
    """Make a text stand for itself in LaTeX; line breaks become spaces."""
    return "".join(_LATEX.get(sign, sign) for sign in _one_line(text))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _printable(table: pd.DataFrame) -> pd.DataFrame:
    lists = [name for name in table.columns if any(isinstance(cell, list) for cell in table[name])]
    return table.drop(columns=lists)


def _cells(table: pd.DataFrame) -> list[list[str]]:
    return [[_cell(value) for value in row] for row in _printable(table).itertuples(index=False, name=None)]


def _cell(value) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.3f}"
    return str(value)
