"""A picture in, the same in a notebook out: a small PNG, with words for where no picture shows."""

import io

from matplotlib.figure import Figure
from PIL import Image

from xdc_lab.analysis.charts.static_twin import small_png


def show_picture(picture: Image.Image, *, words: str, scale: float = 1.0) -> None:
    """Display a picture in a notebook.

    Args:
        picture: what to show.
        words: what it shows, for those who do not see it.
        scale: pixels of the picture for each pixel of the page.
    """
    from IPython.display import display

    bundle = {"image/png": small_png(picture), "text/plain": f"picture: {words}"}
    about = {"image/png": {"width": round(picture.width / scale), "alt": words}}
    display(bundle, metadata=about, raw=True)


def show_drawing(drawn: Figure, *, words: str, width_px: int = 900, scale: float = 1.5) -> None:
    """Display a figure of matplotlib in a notebook.

    Args:
        drawn: the figure.
        words: what it shows, for those who do not see it.
        width_px: on the page.
        scale: pixels of the picture for each pixel of the page.
    """
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=width_px * scale / drawn.get_figwidth())
    show_picture(Image.open(buffer), words=words, scale=scale)
