"""Save any chart or picture of this package as PNG, or as PDF or SVG in which words can be edited."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

from xdc_lab.analysis.pictures.origin import drawing_of
from xdc_lab.errors import SettingError
from xdc_lab.runs.folder import whole_file

if TYPE_CHECKING:
    import plotly.graph_objects as go

# Words as text in an SVG, TrueType in a PDF (journals refuse Type 3); labels may hold "$"; the same file each time.
WORDS: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "text.parse_math": False, "svg.hashsalt": "xdc-lab"}
UNDATED: dict[str, dict[str, None]] = {".png": {}, ".pdf": {"CreationDate": None}, ".svg": {"Date": None}}


def save_figure(
    figure: "Figure | Image.Image | go.Figure",
    path: str | Path,
    *,
    width_inches: float | None = None,
    titled: bool = True,
    dots_per_inch: int = 200,
) -> Path:
    """Save a figure in the format of the file's ending, whole or not at all.

    An interactive chart is saved as its still twin: no browser is needed. A map of many points has them as pixels.

    Args:
        figure: of `analysis.charts` (plotly), of `analysis.pictures`, of `results.figures`, or any of matplotlib.
        path: .png, .pdf or .svg.
        width_inches: about how wide; 5.5 is a page of the paper. A chart is drawn anew at this width, its letters as
            large as before; the letters of a picture shrink with it. Default: as it is.
        titled: whether an interactive chart keeps its title, which a paper has in the caption.
        dots_per_inch: of a chart's .png, and of what a .pdf or .svg holds as pixels.

    Raises:
        SettingError: if the ending is another one; if an interactive chart has a trace without a still twin; if a
            picture was cut or resized.
    """
    path = Path(path)
    if path.suffix not in UNDATED:
        raise SettingError(f"{path.name}: a figure is saved as {', '.join(UNDATED)}")
    if isinstance(figure, Image.Image) and path.suffix == ".png":
        with whole_file(path) as partial:
            figure.save(partial, format="PNG", optimize=True)
        return path
    drawing = _drawing(figure, width_inches, titled)
    size = drawing.get_size_inches().copy()
    scale = width_inches / size[0] if width_inches else 1.0
    look: dict[str, Any] = {"format": path.suffix[1:], "metadata": UNDATED[path.suffix], "dpi": dots_per_inch}
    if path.suffix != ".png":  # no ground of its own; a name at the edge is not cut
        look |= {"transparent": True, "bbox_inches": "tight", "pad_inches": 0.02}
    with rc_context(WORDS), whole_file(path) as partial:
        drawing.set_size_inches(*(size * scale))
        drawing.savefig(partial, **look)
        drawing.set_size_inches(*size)
    return path


def _drawing(figure: Any, width_inches: float | None, titled: bool) -> Figure:
    if isinstance(figure, Figure):
        return figure
    if isinstance(figure, Image.Image):
        return drawing_of(figure, width_inches=width_inches)
    from xdc_lab.analysis.charts.static_twin import still_drawing

    return still_drawing(figure, width_px=round(100 * (width_inches or 9)), paper="white", titled=titled)
