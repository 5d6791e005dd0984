"""Results in, charts to hover over out (plotly), each with a still twin for where nothing runs (paper 5)."""
