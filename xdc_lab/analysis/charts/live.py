"""A picture of a running pretraining in a notebook, drawn anew after every iteration (paper 4.2)."""

from pathlib import Path
from typing import Any

from PIL import Image

from xdc_lab.analysis.charts.result import clusterings_over_iterations
from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.analysis.charts.training import training_curves
from xdc_lab.analysis.palette import PAPER
from xdc_lab.analysis.pictures.display import small_png
from xdc_lab.analysis.result import Result, load_result
from xdc_lab.errors import RunError


class LiveHistory:
    """What a run has recorded so far, as one PNG that is replaced in its place: give it as `on_iteration`.

    A run that is there already is shown whole by `show`; one that is not is a line of text until its first clusters.

    Attributes:
        run: the run folder, which need not be there yet.
        drawn: iterations that were drawn while they came; 0 after a run that was only read.
    """

    def __init__(self, run: str | Path):
        self.run = Path(run)
        self.drawn = 0
        self._place: Any = None

    def __call__(self, rows: list[dict[str, Any]]) -> None:
        """Draw again: a new iteration has been recorded (`rows` are its lines of clusterings.jsonl)."""
        self.drawn += 1
        self.show()

    def show(self) -> None:
        """Display the history, or replace what was displayed before."""
        from IPython.display import display

        if self._place is None:
            self._place = display(self._bundle(), raw=True, display_id=True)
        else:
            self._place.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, Any]:
        try:
            result = load_result(self.run)
        except RunError:
            return {"text/plain": "no clusters yet"}
        return {
            "image/png": small_png(history_picture(result)),
            "text/plain": f"picture: {len(result.iterations)} clusterings",
        }


def history_picture(result: Result) -> Image.Image:
    """Clusters iteration by iteration and, below, the losses of the trainings between them, once there are some."""
    pictures = [draw(clusterings_over_iterations(result))]
    if not result.training_history.empty:
        pictures.append(draw(training_curves(result)))
    size = max(picture.width for picture in pictures), sum(picture.height for picture in pictures)
    joined, y = Image.new("RGB", size, PAPER), 0
    for picture in pictures:
        joined.paste(picture, (0, y))
        y += picture.height
    return joined
