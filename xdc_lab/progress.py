"""Progress bars, where somebody can see them: in the log of a job or in a pipe each step would be a line."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm.auto import tqdm


def progress_bar(iterable: Iterable[Any] | None = None, *, shown: bool, **how: Any) -> tqdm:
    """Tqdm's bar; nothing is drawn where it is not wanted, or stderr is neither a terminal nor a notebook's.

    Args:
        iterable: what is counted; None: what is told to the bar.
        shown: whether it is wanted.
        how: of tqdm: total, desc, unit, leave.
    """
    return tqdm(iterable, disable=not (shown and (sys.stderr.isatty() or _in_notebook())), **how)


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")
