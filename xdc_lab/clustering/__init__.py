"""Features in, clusters out: k-means over files of features, its pseudo-labels and what they are worth (paper 3)."""
