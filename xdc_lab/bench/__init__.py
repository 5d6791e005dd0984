"""Measurements of speed, memory and of how hard a collection is."""
