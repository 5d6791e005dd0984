"""Media files as raw clips, spectrograms and encoder input (paper 4.1)."""
