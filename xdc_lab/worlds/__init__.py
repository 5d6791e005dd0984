"""Rendered worlds: collections of real MP4 files whose factors are known (paper 4.1)."""
