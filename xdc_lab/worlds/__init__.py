"""Rendered worlds: collections of real MP4 files whose factors are known, made by a command (paper 4.1 needs a data set)."""
