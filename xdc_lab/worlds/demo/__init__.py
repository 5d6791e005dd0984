"""The embedded demo set: a procedural world of audible and visible events, rendered as MP4 files from a seed."""
