"""Tables that were measured once and are kept with the project, seed by seed, beside what was measured here."""

import pandas as pd

from xdc_lab.errors import DataError
from xdc_lab.results.rows import COLUMNS, read_results
from xdc_lab.results.shipped import shipped_folder
from xdc_lab.results.summary import RECORDED, keys_of

HERE = "here"


def recorded_results(name: str, *, world: str = "demo") -> pd.DataFrame:
    """The rows of a table that are kept in data/measured (its README says what made them); none if none are.

    Args:
        name: of the table: "table1", "few_labels".
        world: what was pretrained and evaluated on: "demo", "demo-coupled", "digits".
    """
    path = shipped_folder("measured") / world / f"{name}.csv"
    return read_results(path) if path.is_file() else pd.DataFrame(columns=list(COLUMNS))


def recorded_worlds(name: str) -> dict[str, pd.DataFrame]:
    """The recorded rows of a table in every world that has some, marked as recorded.

    Raises:
        DataError: if none has, with the tables that are recorded.
    """
    files = sorted(shipped_folder("measured").glob("*/*.csv"))
    found = {path.parent.name: read_results(path).assign(measured=RECORDED) for path in files if path.stem == name}
    if not found:
        having = ", ".join(f"{path.stem} ({path.parent.name})" for path in files)
        raise DataError(f"no {name} is recorded; recorded are: {having}. Measure it instead")
    return found


def beside_recorded(own: pd.DataFrame, recorded: pd.DataFrame) -> pd.DataFrame:
    """One's own rows, and for cells and seeds that were not measured here those that are recorded.

    The column `measured` says which: "here" or "recorded".

    >>> row = dict.fromkeys(COLUMNS, 0)
    >>> both = beside_recorded(pd.DataFrame([row | {"value": 70}]), pd.DataFrame([row, row | {"seed": 1}]))
    >>> both[["seed", "value", "measured"]].values.tolist()
    [[0, 70, 'here'], [1, 0, 'recorded']]
    """
    own, recorded = own.assign(measured=HERE), recorded.assign(measured=RECORDED)
    if not len(own) or not len(recorded):
        return own if len(own) else recorded
    known = set(keys_of(own))
    missing = [cell not in known for cell in keys_of(recorded)]
    return pd.concat([own, recorded[missing]], ignore_index=True)
