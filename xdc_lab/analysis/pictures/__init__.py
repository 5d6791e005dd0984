"""Clips and clusters in, pictures out: frames and log-mels, contact sheets, Figure 1 and Figure 2 (paper 3, 5)."""
