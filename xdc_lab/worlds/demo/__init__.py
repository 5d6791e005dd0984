"""The embedded demo set: a seed in, a procedural world of events that are seen and heard as MP4 files out."""
