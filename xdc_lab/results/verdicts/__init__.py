"""The paper's claims asked of measured tables (paper 4.2 to 7)."""
