"""A world of real signals: handwritten digits in the picture, spoken digits in the sound (paper 4.1)."""
