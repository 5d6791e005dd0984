"""Interactive charts of results (plotly), each with a static twin for where nothing runs (paper 5)."""

from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():  # before any of its modules does
    import plotly  # noqa: F401
