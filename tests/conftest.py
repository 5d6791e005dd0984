"""What every test runs under: shapes checked by jaxtyping and beartype, one thread, the same examples each time."""

import os

# Before torch, faiss and numba are imported: one thread gives the same sums on every machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

from hypothesis import settings
from jaxtyping import install_import_hook

# Before anything of the package is imported: a module that is imported earlier stays unchecked.
install_import_hook("xdc_lab", "beartype.beartype")

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")
