"""What is seen: one function per sight, from object coordinates and the beat to anti-aliased layers."""
