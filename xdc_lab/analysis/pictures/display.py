"""Show a picture in a notebook as a small PNG, with words for where no picture shows."""

import io

from matplotlib.figure import Figure
from PIL import Image

from xdc_lab.extras import imports_of_an_extra

COLOURS = 128  # a palette keeps a picture small enough to be committed


def show_picture(picture: Image.Image, *, words: str, scale: float = 1.0) -> None:
    """Display a picture in a notebook.

    Args:
        picture: what to show.
        words: what it shows, for those who do not see it.
        scale: pixels of the picture for each pixel of the page.
    """
    with imports_of_an_extra():
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


def small_png(picture: Image.Image) -> bytes:
    """A picture as a PNG of few colours: small enough to be committed with a notebook."""
    buffer, full = io.BytesIO(), picture.convert("RGB")
    # The colours are chosen on every third pixel: ten times faster. k-means keeps greys grey.
    size = (max(1, full.width // 3), max(1, full.height // 3))
    palette = full.resize(size, Image.Resampling.NEAREST).quantize(COLOURS, kmeans=1)
    full.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
