"""The main job: deep clustering iterations over a collection of videos (paper 3)."""
