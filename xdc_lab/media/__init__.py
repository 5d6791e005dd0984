"""Media files in, raw clips, spectrograms and encoder input out (paper 4.1)."""
