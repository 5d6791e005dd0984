"""The paper's tables as values, and the engine that runs their cells (paper 4.2, 6, 7)."""
