"""Bars are drawn on terminals and in notebooks alone."""

import io
import sys
from types import SimpleNamespace

import pytest

from xdc_lab.progress import progress_bar


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_a_pipe_gets_no_bar(stream, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream)
    assert list(progress_bar([1, 2], shown=True, desc="clips", file=stream)) == [1, 2]
    assert ("clips" in stream.getvalue()) == stream.isatty()
    written = stream.getvalue()
    assert list(progress_bar([1, 2], shown=False, file=stream)) == [1, 2] and stream.getvalue() == written


def test_a_notebook_has_bars(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=None)))
    assert list(progress_bar([1, 2], shown=True, desc="clips", file=stream)) == [1, 2]
    assert "clips" in stream.getvalue()
