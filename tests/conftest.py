"""What every test runs under: one thread, no window, and hypothesis with the same examples every time."""

import os
from pathlib import Path

# Before torch, faiss and numba are imported: one thread adds up in the same order on every machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

import pytest
from hypothesis import settings

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


@pytest.fixture(scope="session")
def tiny_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The items table of the tiny demo set, rendered once for all tests."""
    from xdc_lab.worlds.demo.render import render_demo_set

    return render_demo_set(tmp_path_factory.mktemp("data") / "tiny", scale="tiny", workers=2, progress=False)
