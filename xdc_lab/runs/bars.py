"""Whether progress bars can be seen; without PyTorch, for processes that do without it."""

import sys


def draws_bars(progress: bool) -> bool:
    """Whether bars that are wanted can be seen: in a terminal and in a notebook, not in a pipe or a log."""
    notebook = "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None
    return progress and (sys.stderr.isatty() or notebook)
