"""Clips and spectrograms in, feature vectors out: the encoders E_v and E_a (paper 3.2, 4.1)."""
