"""The clusters of a run, to be seen and heard: in a notebook, and as one file to send (paper 5)."""
