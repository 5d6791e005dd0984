"""The GPU check: whether CPU and GPU agree, and how fast each part is beside the bare library, as one JSON."""
