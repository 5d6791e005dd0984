"""Notebooks as they are committed, their plotly charts to hover over by a plotly.js that lies beside the pages."""

import json
import re
from pathlib import Path
from typing import Any

import plotly.io
from plotly.offline import get_plotlyjs

RUNS_EXPLORER, SITES_EXPLORER = re.compile(r'href="\.\./runs/[^"]*'), 'href="../explorer/index.html'
CHART = "application/vnd.plotly.v1+json"
SCRIPT = "plotly.min.js"


def write_script(folder: Path) -> Path:
    """Write the plotly.js of the installed plotly."""
    path = folder / SCRIPT
    path.write_text(get_plotlyjs(), encoding="utf-8")
    return path


def copy_notebook(path: Path, target: Path) -> int:
    """Copy a notebook, its charts as HTML in place of their still twins; return how many there are.

    A picture that links to a run's explorer links to the site's.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    data = [output.get("data", {}) for cell in notebook["cells"] for output in cell.get("outputs", [])]
    charts = [one for one in data if CHART in one]
    for number, chart in enumerate(charts):
        chart["text/html"] = chart_html(chart.pop(CHART), name=f"chart-{number}", load=number == 0)
    for page in (one for one in data if "text/html" in one):
        page["text/html"] = RUNS_EXPLORER.sub(SITES_EXPLORER, "".join(page["text/html"]))
    target.write_text(json.dumps(notebook), encoding="utf-8")
    return len(charts)


def chart_html(figure: dict[str, Any], *, name: str, load: bool) -> str:
    """A chart as HTML; the first of a page loads the script."""
    figure = {key: figure[key] for key in ("data", "layout")}
    source: Any = f"../_static/{SCRIPT}" if load else False
    return plotly.io.to_html(figure, full_html=False, include_plotlyjs=source, div_id=name, validate=False)
