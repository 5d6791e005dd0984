"""A slider over the iterations of a run: contact sheets, or the audio x video matrix (paper 4.2, 5)."""

from collections.abc import Callable, Sequence
from typing import Any

from PIL import Image

from xdc_lab.analysis.agreement import audio_and_video
from xdc_lab.analysis.charts.result import matrix_figure
from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.analysis.pictures.contact_sheet import draw_sheet
from xdc_lab.analysis.pictures.display import small_png
from xdc_lab.analysis.pictures.iteration_strip import best_cluster, earlier_clusters
from xdc_lab.analysis.result import Result
from xdc_lab.errors import SettingError
from xdc_lab.extras import imports_of_an_extra

with imports_of_an_extra():
    import ipywidgets

WIDTH_PX = 860
FRAME_MILLISECONDS = 1500


class IterationSlider(ipywidgets.VBox):
    """One picture an iteration, drawn when it is first looked at; a button plays them in order.

    By keyboard, type a number into the field beside the slider: arrow keys are JupyterLab's own there.
    Where no kernel runs (GitHub, nbconvert, an untrusted notebook) the last iteration's picture is shown instead.

    Args:
        what: of which this is a picture, for its representation.
        iterations: their numbers, in order.
        picture: draws the one at a position.

    Raises:
        SettingError: if there is no iteration.
    """

    def __init__(self, what: str, iterations: Sequence[int], picture: Callable[[int], Image.Image]):
        if not iterations:
            raise SettingError(f"there is no iteration of {what} to slide over")
        self._what, self._iterations, self._picture = what, tuple(iterations), picture
        self._drawn: dict[int, bytes] = {}
        last = len(iterations) - 1
        self.slider = ipywidgets.IntSlider(last, 0, last, description="iteration")
        self.label = ipywidgets.Label()
        self.image = ipywidgets.Image(format="png", layout={"max_width": "100%", "width": f"{WIDTH_PX}px"})
        play = ipywidgets.Play(value=last, min=0, max=last, interval=FRAME_MILLISECONDS, show_repeat=False)
        ipywidgets.jslink((play, "value"), (self.slider, "value"))
        super().__init__([ipywidgets.HBox([play, self.slider, self.label]), self.image])
        self.slider.observe(lambda change: self._show(change["new"]), "value")
        self._show(last)

    def _show(self, position: int) -> None:
        self.label.value = f"iteration {self._iterations[position]} of {self._iterations[-1]}"
        self.image.value = self.png(position)

    def png(self, position: int) -> bytes:
        """The picture at a position, as a PNG of few colours."""
        if position not in self._drawn:
            picture = self._picture(position)
            height = round(picture.height * WIDTH_PX / picture.width)
            self._drawn[position] = small_png(picture.resize((WIDTH_PX, height), Image.Resampling.LANCZOS))
        return self._drawn[position]

    def __repr__(self) -> str:
        first, last = self._iterations[0], self._iterations[-1]
        return f"IterationSlider({self._what}, iterations {first} to {last})"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle: Any = super()._repr_mimebundle_(**options)
        return {**bundle, "image/png": self.png(len(self._iterations) - 1)}


def slide_sheets(result: Result, clustering: str, *, cluster: int | None = None, clips: int = 10) -> IterationSlider:
    """Slide over the contact sheets of one cluster: in each iteration the one that shares most with it.

    Args:
        result: an opened run.
        clustering: its name.
        cluster: of the last iteration; default: `best_cluster`.
        clips: of each sheet, the nearest to the centroid.

    Raises:
        ClusteringError: if there is no such cluster.
    """
    cluster = best_cluster(result, clustering) if cluster is None else cluster
    path = earlier_clusters(result, clustering, cluster)
    what = f"{result.meta['method']['name']}, {clustering} cluster {cluster}"

    def sheet(position: int) -> Image.Image:
        return draw_sheet(result, clustering, clusters=[path[position]], clips=clips, iteration=position)

    return IterationSlider(what, result.iterations, sheet)


def slide_matrix(result: Result) -> IterationSlider:
    """Slide over the audio x video matrix.

    Raises:
        RunError: if the method has not clusters of both modalities.
    """
    heard, seen = audio_and_video(result)
    what = f"{result.meta['method']['name']}, {heard} x {seen} matrix"
    return IterationSlider(
        what,
        result.iterations,
        lambda position: draw(matrix_figure(result, heard, seen, iteration=position), width_px=WIDTH_PX),
    )
