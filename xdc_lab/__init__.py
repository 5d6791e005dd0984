"""A workbench for Self-Supervised Learning by Cross-Modal Audio-Video Clustering (XDC, NeurIPS 2020)."""

import os

__version__ = "0.2.0"

# OpenMP's threads wait for each other by spinning; on a busy machine each spin is time that the others need, and a step
# takes ten times as long. A short spin costs nothing when it is idle (LOG.md). Read when torch is imported, after this.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")
