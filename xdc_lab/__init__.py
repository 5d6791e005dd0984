"""A workbench for Self-Supervised Learning by Cross-Modal Audio-Video Clustering (XDC, NeurIPS 2020)."""

__version__ = "0.1.0"
