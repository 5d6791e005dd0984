"""Named runs as functions: each takes a scale and a seed and leaves a folder."""
