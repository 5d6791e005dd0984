"""Label files and folders as one items table and one torch Dataset (paper 4.1)."""
