"""What every test runs under: one thread, no window, and hypothesis with the same examples every time."""

import os

# Before torch, faiss and numba are imported: one thread adds up in the same order on every machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import settings

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")
