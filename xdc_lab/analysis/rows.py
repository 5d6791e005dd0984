"""The rows of a table as plain dicts: values that are read one by one keep their own types."""

from typing import Any


def rows_of(table: Any) -> list[dict[str, Any]]:
    """Each row of a DataFrame as {column: value}, in order.

    >>> import pandas as pd
    >>> rows_of(pd.DataFrame({"rank": [1], "text": ["bell (1.00)"]}))
    [{'rank': 1, 'text': 'bell (1.00)'}]
    """
    return table.to_dict("records")


def rows_by(table: Any, column: str) -> dict[Any, dict[str, Any]]:
    """The rows as dicts, found by the value of one column, in order."""
    return {row[column]: row for row in rows_of(table)}
