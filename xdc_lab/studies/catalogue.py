"""The paper's tables by their numbers, each a function of scale and seeds (paper 4.2, 6, 7)."""

import inspect
from collections.abc import Callable

import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.studies.table1 import table1
from xdc_lab.studies.table2 import table2
from xdc_lab.studies.table3 import table3
from xdc_lab.studies.table4 import table4
from xdc_lab.studies.table5 import table5
from xdc_lab.studies.table7 import table7
from xdc_lab.studies.table8 import table8

RECIPES: dict[int, Callable[..., pd.DataFrame]] = {
    1: table1,
    2: table2,
    3: table3,
    4: table4,
    5: table5,
    7: table7,
    8: table8,
}


def find_recipe(number: int) -> Callable[..., pd.DataFrame]:
    """The recipe of a table.

    Raises:
        SettingError: if there is none (Table 6 is `xdc-lab clusters`).
    """
    if number not in RECIPES:
        raise SettingError(
            f"there is no recipe for Table {number}; there are {', '.join(map(str, RECIPES))} "
            "(Table 6 is printed by: xdc-lab clusters RUN)"
        )
    return RECIPES[number]


def demand_argument(number: int, name: str) -> None:
    """Check that the recipe of a table has an argument that not all of them have.

    Raises:
        SettingError: if it has not, with the tables that have.
    """
    if name not in inspect.signature(find_recipe(number)).parameters:
        having = [str(other) for other, run in RECIPES.items() if name in inspect.signature(run).parameters]
        raise SettingError(f"Table {number} has no {name}; Tables {', '.join(having)} have")
