"""Results of runs: rows, means over seeds, the paper's tables beside ours, claims and verdicts (paper 4.2 to 7)."""
