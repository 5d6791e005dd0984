"""The losses of a run as a chart (plotly), placed by the iteration and the epoch of each record (paper 3.2)."""

from collections.abc import Iterator

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.palette import series_colours
from xdc_lab.analysis.result import Result
from xdc_lab.errors import RunError

MEASURES = {"loss": "Loss on the pseudo-labels", "accuracy": "Accuracy on the pseudo-labels"}
NAMED = 2  # of the records that are missing


def training_curves(result: Result) -> go.Figure:
    """Loss and accuracy on the pseudo-labels, on trained (solid) and held-out clips (dashed), epoch by epoch.

    The training that follows clustering i lies between i and i + 1, each epoch where its record says; where a record
    is missing the line has a gap, and the title names it.

    Raises:
        RunError: if nothing was trained yet, or the run has finished and lacks records.
    """
    history = result.training_history
    if history.empty:
        raise RunError(f"{result.path} has no training.jsonl yet: no encoder has been trained in this run")
    step = result.settings.get("recluster_epochs") or int(history["epoch"].max())
    history = history.assign(place=(history["epoch"] - 1) % step + 1)
    longest = int(history["place"].max())
    colours = series_colours({name: result.encoders[name] for name in sorted(result.encoders)})
    figure = make_subplots(rows=1, cols=2, subplot_titles=list(MEASURES.values()))
    for encoder in colours:
        rows = _with_gaps(history[history["encoder"] == encoder], longest)
        for column, name in enumerate(MEASURES, start=1):
            for key, dash, suffix in ((name, "solid", ""), (f"held_out_{name}", "dash", ", held out")):
                figure.add_scatter(
                    x=rows["iteration"] + rows["place"] / longest,
                    y=rows[key].astype(float),
                    mode="lines+markers",  # an iteration of one epoch is a point
                    marker={"size": 4},
                    name=f"{encoder}{suffix}",
                    line={"color": colours[encoder], "width": 2, "dash": dash},
                    showlegend=column == 1,
                    row=1,
                    col=column,
                )
    dtick = max(1, int(history["iteration"].max() + 1) // 6)
    figure.update_xaxes(title_text="iteration; a point for each epoch", dtick=dtick)
    missing = list(_missing(history, list(colours), result))
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    said = f"; gaps: no record of {', '.join(missing[:NAMED])}{more}" if missing else ""
    return styled(figure, f"Training; each iteration begins anew{said}", height=360)


def _with_gaps(rows: pd.DataFrame, longest: int) -> pd.DataFrame:
    """The rows at their places, and a row without numbers at every place between that has no record."""
    if rows.empty:
        return rows
    rows = rows.drop_duplicates(["iteration", "place"], keep="last").set_index(["iteration", "place"])
    every = pd.MultiIndex.from_product([range(int(rows.index[-1][0]) + 1), range(longest + 1)], names=rows.index.names)
    return rows.reindex(every).reset_index()  # place 0, before the first epoch, parts the iterations


def _missing(history: pd.DataFrame, encoders: list[str], result: Result) -> Iterator[str]:
    """Names the records that should be there: of trainings that others follow, and before those that are there."""
    last, parts = int(history["iteration"].max()), result.clusterings_per_iteration
    early = result.settings.get("training.schedule") == "plateau"
    for iteration in range(last + 1):
        alike = history.loc[history["iteration"] % parts == iteration % parts, "place"].max()
        for encoder in encoders:
            its = (history["iteration"] == iteration) & (history["encoder"] == encoder)
            there = set(history.loc[its, "place"])
            followed = 0 if iteration == last else 1 if early else int(alike)
            for place in sorted({*range(1, max([followed, *there]) + 1)} - there):
                yield f"{encoder}, iteration {iteration}, epoch {place}"
