"""What a finished run has learned, as tables, figures and sentences (paper 5)."""
