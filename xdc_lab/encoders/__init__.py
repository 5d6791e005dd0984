"""The encoders E_v and E_a: feature vectors of clips and of spectrograms (paper 3.2, 4.1)."""
