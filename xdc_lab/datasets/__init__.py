"""Label files and folders in, one items table and one torch Dataset out (paper 4.1)."""
