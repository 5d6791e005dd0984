"""Packages that a plain `pip install xdc-lab` does not bring: which extra does, said in one line where one is missing."""

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from xdc_lab.errors import InstallError

# pyproject.toml lists what each extra holds; here stands what the package imports of it.
EXTRA_OF = {
    "faiss": "cpu",
    "plotly": "lab",
    "umap": "lab",
    "ipywidgets": "lab",
    "anywidget": "lab",
    "traitlets": "lab",
    "IPython": "lab",
}


@contextlib.contextmanager
def imports_of_an_extra() -> Iterator[None]:
    """Import what an extra brings: `with imports_of_an_extra(): import plotly`.

    Raises:
        InstallError: if it is not installed, with the command that installs it.

    >>> with imports_of_an_extra():
    ...     raise ModuleNotFoundError(name="plotly.subplots")
    Traceback (most recent call last):
    xdc_lab.errors.InstallError: plotly is not installed; it comes with: pip install "xdc-lab[lab]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").split(".")[0]
        if module not in EXTRA_OF:
            raise
        extra = EXTRA_OF[module]
        other = ' (or "xdc-lab[gpu]", its CUDA build)' if extra == "cpu" else ""
        raise InstallError(
            f'{module} is not installed; it comes with: pip install "xdc-lab[{extra}]"{other}'
        ) from error


def installed(module: str) -> Any:
    """The module of an extra, or None where it is not installed and something else stands in for it."""
    try:
        with imports_of_an_extra():
            return importlib.import_module(module)
    except InstallError:
        return None
