"""Where the tables lie that come with the project: the paper's (data/paper) and ours (data/measured)."""

from pathlib import Path
from typing import Literal

from xdc_lab.errors import DataError

PACKAGE = Path(__file__).resolve().parents[1]
# An installed package holds them (setup.py); in a clone they lie beside it.
PLACES = (PACKAGE / "data", PACKAGE.parent / "data")


def shipped_folder(name: Literal["paper", "measured"]) -> Path:
    """The folder of the tables of that name.

    Raises:
        DataError: if neither the package nor a clone around it has them.
    """
    for place in PLACES:
        if (place / name).is_dir():
            return place / name
    raise DataError(f"the tables of data/{name} are not in {' or '.join(map(str, PLACES))}: install XDC Lab anew")
