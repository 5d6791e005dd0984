"""Read and write a .csv as people and spreadsheets make it: right columns, or an error that names the line."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xdc_lab.errors import DataError
from xdc_lab.runs.folder import whole_file

Records = Iterator[tuple[int, list[str]]]
BLOCK_ROWS = 200_000  # of a table that are texts in Python at one time
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
OTHER_SEPARATORS = (";", "\t", "|")
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d+)?([eE][+-]?\d+)?")  # no "007", no digits that would be lost
_WHOLE = re.compile(r"-?[0-9]+(\.0+)?")
_COMMENT = re.compile(r"^#[^\r\n]*", re.MULTILINE)
_SAVE = "save it as CSV in UTF-8"


def read_csv(
    path: str | Path, *, what: str, columns: Sequence[str] = (), names: Sequence[str] = (), stripped: bool = False
) -> pd.DataFrame:
    """Read a table whose first line names the columns; every cell is the text that it is written as.

    Lines without any content are left out, and so is a first column without a name: row numbers. Empty cells beyond
    the last column, which a comma at the end of a line makes, are left out; cells that a line lacks are empty.

    Args:
        path: a file in UTF-8, with a byte order mark or without.
        what: what to call it in an error: "items table".
        columns: those that it must have.
        names: of the columns of a table whose first line does not name them; its lines that begin with "#" are left
            out, and every other one has all cells.
        stripped: blanks around a cell, or around its quotes, are no part of it.

    Raises:
        DataError: naming the line, or the column, that is wrong.
    """
    text = read_text(path, what=what)
    if names:
        text = f"{','.join(names)}\n{_COMMENT.sub('', text)}"
    records = _records(text, path, first_line=0 if names else 1, stripped=stripped)
    head, first = next(records, (1, []))
    heads = [name.strip() for name in first]
    while heads and not heads[-1]:
        heads.pop()
    _demand_names(heads, columns, f"the {what} {path}")
    table = _plain(text, heads) if head == 1 and not stripped else None
    if table is None:
        cells = _cells(records, heads, path, whole=bool(names))
        if names and not cells:
            raise DataError(f"the {what} {path} is empty; its lines should have {', '.join(names)}")
        cells = [cell.strip() for cell in cells] if stripped else cells
        columns_read = [pd.Series(cells[at :: len(heads)], dtype="str") for at in range(len(heads))]
        table = pd.concat(columns_read, axis=1, keys=heads)
    return table.drop(columns="", errors="ignore")


def read_text(path: str | Path, *, what: str) -> str:
    """Read a file of text that a person made.

    Raises:
        DataError: if it cannot be read, or naming the line that is not UTF-8.
    """
    try:
        content = Path(path).read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"the {what} {path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        where = "is in UTF-16"
        if not error.object.startswith(UTF_16):
            before = error.object[: error.start].count(b"\n")
            where = f"is not in UTF-8: line {before + 1} has the byte {error.object[error.start]:#x}"
        raise DataError(f"the {what} {path} {where}; {_SAVE}") from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"the {what} {path} has a NUL byte in line {line}: it is damaged, or no text; {_SAVE}")
    return text


def typed(texts: pd.Series) -> pd.Series:
    """A column as numbers, or as true and false, where all its cells are ("" a missing number); else as it is.

    >>> [typed(pd.Series(texts)).tolist() for texts in (["1", "2.50", ""], ["01", "2"], ["True", "False"])]
    [[1.0, 2.5, nan], ['01', '2'], [True, False]]
    """
    words = set(texts.tolist())
    if words and words <= {"True", "False"}:
        return texts == "True"
    if not words - {""} or not all(map(_NUMBER.fullmatch, words - {""})):
        return texts
    return pd.to_numeric(texts.replace("", None))


def whole_numbers(texts: pd.Series, *, of: str) -> list[int]:
    """A column as whole numbers.

    Args:
        texts: its cells.
        of: what to call it in an error: the file and the column.

    Raises:
        DataError: naming the row that has none.
    """
    for row, text in enumerate(texts.tolist(), start=1):
        if not _WHOLE.fullmatch(text.strip()):
            raise DataError(f"{of}, row {row}: {text!r} is not a whole number")
    return [int(float(text)) for text in texts.tolist()]


def write_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table whole or not at all, so that `read_csv` gives the same texts.

    Raises:
        DataError: if a text cannot be written: one with a NUL, or a file's name that is not UTF-8.
    """
    line = 1
    with whole_file(Path(path)) as partial, partial.open("wb") as file:
        for text in _blocks(table):
            file.write(_encoded(text, path, line))
            line += text.count("\n")


def _blocks(table: pd.DataFrame) -> Iterator[str]:
    """The head, then a block of rows after the other: a text of millions at once would take a gigabyte."""
    yield ",".join(_quoted(list(map(str, table.columns)))) + "\n"
    for begin in range(0, len(table), BLOCK_ROWS):
        cells = [_written(table.iloc[begin : begin + BLOCK_ROWS, at]) for at in range(table.shape[1])]
        yield "\n".join(map(",".join, zip(*cells, strict=True))) + "\n"


def _encoded(text: str, path: str | Path, first_line: int) -> bytes:
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as error:
        line = text[text.rfind("\n", 0, error.start) + 1 : text.find("\n", error.start)]
        raise DataError(f"{path}: {line!r} cannot be written in UTF-8; rename the file") from error
    if b"\0" in content:
        line = text[: text.index("\0")].count("\n") + first_line
        raise DataError(f"{path}: line {line} would have a NUL character; take it out of the label or name")
    return content


def _plain(text: str, heads: Sequence[str]) -> pd.DataFrame | None:
    """The table of a text in which no line needs a closer look, several times as fast."""
    body = text[len(text.partition("\n")[0]) + 1 :].rstrip("\n").encode()
    if not body or b'"' in body or b"\r" in body or not _each_line_has(body, commas=len(heads) - 1):
        return None
    form: Any = {"header": None, "dtype": "str", "na_filter": False, "quoting": csv.QUOTE_NONE}
    return pd.read_csv(io.BytesIO(body), skip_blank_lines=False, **form).set_axis(list(heads), axis=1)


def _each_line_has(lines: bytes, *, commas: int) -> bool:
    """Whether every line has so many commas, and something beside them."""
    letters = np.frombuffer(lines, dtype=np.uint8)
    bounds = np.concatenate([[0], np.flatnonzero(letters == ord("\n")) + 1, [len(lines) + 1]])
    found = np.diff(np.searchsorted(np.flatnonzero(letters == ord(",")), bounds))
    return bool((found == commas).all() and (np.diff(bounds) - 1 > commas).all())


def _lines(text: str) -> io.TextIOWrapper:
    """The lines of a text one by one; `io.StringIO` would take four bytes for each of its letters."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", newline="")


def _cells(records: Records, heads: Sequence[str], path: str | Path, *, whole: bool) -> list[str]:
    cells, width = [], len(heads)
    for line, row in records:
        if len(row) > width and any(map(str.strip, row[width:])) or whole and len(row) < width:
            named = f"it should have {width}: {', '.join(heads)}" if whole else f"the first line names {width} columns"
            raise DataError(
                f"{path}, line {line} has {len(row)} cells, and {named}; a cell with a comma in it stands in quotes: "
                '"dog, barking"'
            )
        cells += row if len(row) == width else [*row[:width], *[""] * (width - len(row))]
    return cells


def _records(text: str, path: str | Path, *, first_line: int, stripped: bool) -> Records:
    """Each line that holds something, with its number; a cell in quotes may go over several."""
    reader = csv.reader(_lines(text), strict=True, skipinitialspace=stripped)
    line = first_line
    try:
        for row in reader:
            if any(row):
                yield line, row
            line = reader.line_num + first_line
    except csv.Error as error:
        where = f"{path}, line {line}"
        raise DataError(f'{where}: {error}; quotes within a cell are doubled: "6"" pipe"') from error


def _demand_names(names: list[str], columns: Sequence[str], table: str) -> None:
    if not names:
        raise DataError(f"{table} is empty; its first line names the columns: {', '.join(columns)}")
    twice = [name for at, name in enumerate(names) if name in names[:at]]
    if twice:
        raise DataError(f"{table} has the column {twice[0]!r} twice; rename or delete one")
    nameless = [at for at, name in enumerate(names) if at and not name]
    if nameless:
        raise DataError(f"{table} has no name for column {nameless[0] + 1}; the first line names every column")
    missing = [name for name in columns if name not in names]
    if missing:
        other = next((sign for sign in OTHER_SEPARATORS if sign in names[0]), None)
        hint = f". Its cells are separated by {other!r}; {_SAVE}, separated by commas" if other else ""
        raise DataError(f"{table} has no column {', '.join(missing)}; it has {', '.join(names)}{hint}")


def _written(column: pd.Series) -> list[str]:
    """The cells of a column as text; a missing value is an empty one."""
    if pd.api.types.is_float_dtype(column):
        codes, numbers = pd.factorize(column)  # few numbers are many's
        words = [*map(str, numbers), ""]  # 0.1 of a float32 too; a missing one has the code -1
        return [words[code] for code in codes.tolist()]
    if isinstance(column.dtype, pd.StringDtype):
        return _quoted(column.fillna("").tolist())
    return _quoted(["" if value is None or value != value else str(value) for value in column.tolist()])


def _quoted(cells: list[str]) -> list[str]:
    if not _NEEDS_QUOTES.search("".join(cells)):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if _NEEDS_QUOTES.search(cell) else cell for cell in cells]
