"""K-means over files of features, the pseudo-labels it gives, and measures of them (paper 3)."""
