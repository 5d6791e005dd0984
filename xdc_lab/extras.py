"""What a plain `pip install xdc-lab` does not bring: one line says which extra does, where it is missing."""

import contextlib
import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeGuard

from xdc_lab.errors import InstallError

if TYPE_CHECKING:
    from scipy.sparse import csr_array as SparseRows  # noqa: N813
    from typing_extensions import TypeIs
else:  # 35 MB that a training without several labels an item does not need, and a GPU check does not carry
    SparseRows = Any
    TypeIs = TypeGuard  # of Python 3.13

# pyproject.toml lists what each extra holds; here stands what the package imports of it.
EXTRA_OF = {
    "faiss": "cpu",
    "plotly": "lab",
    "umap": "lab",
    "ipywidgets": "lab",
    "anywidget": "lab",
    "traitlets": "lab",
    "IPython": "lab",
    "pyarrow": "parquet",
    "tensorboard": "log",
    "huggingface_hub": "hub",
    "onnx": "onnx",
    "onnxscript": "onnx",
}


@contextlib.contextmanager
def imports_of_an_extra() -> Iterator[None]:
    """Stand around imports of what an extra brings, and say which extra where it is not installed.

    Raises:
        InstallError: if one is not installed, with the command that installs it.

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


def installed(module: str) -> bool:
    """Whether what an extra brings is there; for where something else can stand in for it."""
    return importlib.util.find_spec(module) is not None


def is_sparse(value: object) -> TypeIs[SparseRows]:
    """Whether it is a sparse matrix of rows, without importing SciPy."""
    return hasattr(value, "indptr")
