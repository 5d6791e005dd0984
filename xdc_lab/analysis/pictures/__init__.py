"""Pictures of clips and clusters: frames and log-mels, contact sheets, Figures 1 and 2 (paper 3, 5)."""
