"""Means, spreads and paired differences of results over seeds (paper, Tables 1 to 7)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from xdc_lab.errors import DataError, counted
from xdc_lab.methods import METHODS
from xdc_lab.results.intervals import interval

ORDER = ("Scratch", "Random", "Superv", *METHODS)  # of rows, as in Table 1
RECORDED = "recorded"  # in the column `measured`
CELL = ("method", "pretraining", "pretraining_size", "k", "downstream", "modality", "network", "protocol")
MEASURED_ONCE = ("recipe", *CELL, "seed", "score")  # in a study; a run's id is another each time that it is made


def keys_of(results: pd.DataFrame, *, columns: Sequence[str] = MEASURED_ONCE) -> list[tuple[str, ...]]:
    """What tells each row from the others, as text: a k may be missing, and is whole where others are.

    >>> keys_of(pd.DataFrame({"method": ["XDC", "Scratch"], "k": [32, None]}), columns=("method", "k"))
    [('XDC', '32'), ('Scratch', '')]
    """
    told = results[list(columns)].convert_dtypes().astype("string").fillna("")
    return list(told.itertuples(index=False, name=None))


def summarise(results: pd.DataFrame, *, by: Sequence[str] = CELL) -> pd.DataFrame:
    """Mean, standard deviation (n - 1) and number of seeds of each cell, in the order of the rows."""
    groups = results.groupby([name for name in by if name in results], dropna=False, sort=False)["value"]
    return groups.agg(mean="mean", spread="std", seeds="count").reset_index()


def in_order(results: pd.DataFrame) -> pd.DataFrame:
    """The same rows with methods in the order of Table 1, those of one's own last; otherwise as they came.

    >>> in_order(pd.DataFrame({"method": ["XDC", "mine", "SDC", "Scratch"]}))["method"].tolist()
    ['Scratch', 'SDC', 'XDC', 'mine']
    """
    places = {name: place for place, name in enumerate(ORDER)}
    order = np.argsort([places.get(name, len(places)) for name in results["method"]], kind="stable")
    return results.iloc[order].reset_index(drop=True)


def measured(results: pd.DataFrame) -> str:
    """What a table of results holds, in a line.

    >>> columns = {"method": ["XDC"] * 2, "seed": [1, 0], "protocol": "fc-only", "pretraining": "demo"}
    >>> measured(pd.DataFrame(columns))
    '2 cells: seeds 0, 1; fc-only; XDC on demo'
    >>> measured(pd.DataFrame(columns | {"measured": ["here", "recorded"]}))
    '2 cells (1 measured here, 1 recorded with the project): seeds 0, 1; fc-only; XDC on demo'
    """
    if not len(results):
        return "not measured here"

    def listed(column: str) -> str:
        return ", ".join(map(str, dict.fromkeys(results[column])))

    numbers = sorted(set(results["seed"]))
    seeds = f"seed{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    cells = f"{counted(len(results), 'cell')}{_of_which_recorded(results)}"
    return f"{cells}: {seeds}; {listed('protocol')}; {listed('method')} on {listed('pretraining')}"


def _of_which_recorded(results: pd.DataFrame) -> str:
    """Which of them were not measured here (`xdc_lab.results.recorded`)."""
    recorded = int((results.get("measured", pd.Series(dtype=str)) == RECORDED).sum())
    here = f"{len(results) - recorded} measured here, " * (recorded < len(results))
    return f" ({here}{recorded} recorded with the project)" * (recorded > 0)


def ranking(results: pd.DataFrame) -> pd.DataFrame:
    """The methods in the order of their means, for each downstream, modality and protocol.

    Columns: downstream, modality, protocol, order ("XDC (74.2) > CDC (72.9)"), seeds (the fewest behind a mean).
    """
    place = ["downstream", "modality", "protocol"]
    means = summarise(results, by=[*place, "method"])
    rows = []
    for key, group in means.groupby(place, sort=False):
        ordered = group.sort_values("mean", ascending=False, kind="stable")
        named = [f"{name} ({mean:.1f})" for name, mean in zip(ordered["method"], ordered["mean"], strict=True)]
        order = {"order": " > ".join(named), "seeds": int(group["seeds"].min())}
        rows.append(dict(zip(place, key if isinstance(key, tuple) else (key,), strict=True)) | order)
    return pd.DataFrame(rows, columns=[*place, "order", "seeds"])


def paired_differences(
    results: pd.DataFrame, *, against: str, column: str = "method", within: Sequence[str] = ()
) -> pd.DataFrame:
    """How much each row of a table is above one of them, seed by seed: the spread between seeds falls out.

    Args:
        results: rows with seed, value, downstream, modality and protocol.
        against: the row to compare with, a value of `column`.
        column: what names the rows.
        within: further columns that must be the same.

    Returns:
        One row per comparison: mean difference, the ends of its 95 % interval (low, high; NaN for one seed), its
        standard deviation, how many seeds, in how many of them the row is above.

    Raises:
        DataError: if `against` is not there, or one seed has two rows for one cell.
    """
    same = ["downstream", "modality", "protocol", *(["network"] * ("network" in results)), *within]
    if against not in set(results[column]):
        raise DataError(f"no result has {column}={against!r}; there are {', '.join(map(str, set(results[column])))}")
    _demand_one_row_a_seed(results, [column, *same])
    base = results[results[column] == against].set_index([*same, "seed"])["value"]
    rows = []
    for key, group in results.groupby([*same, column], sort=False):
        *place, name = key if isinstance(key, tuple) else (key,)
        pairs = [(value, base.get((*place, seed))) for seed, value in zip(group["seed"], group["value"], strict=True)]
        differences = np.array([value - other for value, other in pairs if other is not None])
        if name != against and len(differences):
            rows.append(
                dict(zip(same, place, strict=True)) | {column: name, "against": against} | _measures(differences)
            )
    return pd.DataFrame(rows)


def _demand_one_row_a_seed(results: pd.DataFrame, cell: list[str]) -> None:
    """Two rows of one seed would be two seeds in a mean."""
    twice = results[results.duplicated([*cell, "seed"], keep=False)]
    if not len(twice):
        return
    first = keys_of(twice, columns=[*cell, "seed"])
    rows = twice[[key == first[0] for key in first]]
    differ = [str(name) for name in rows if rows[name].astype("string").fillna("").nunique() > 1]
    raise DataError(
        f"{', '.join(first[0][:-1])} has {len(rows)} results for seed {first[0][-1]}, which differ in "
        f"{', '.join(differ) or 'nothing'}; keep one of them, or name what tells them apart in within="
    )


def _measures(differences: np.ndarray) -> dict[str, float | int]:
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else float("nan")
    low, high = interval(differences)
    return {
        "difference": float(differences.mean()),
        "low": low,
        "high": high,
        "spread": spread,
        "seeds": len(differences),
        "above": int((differences > 0).sum()),
    }
