"""A picture in, the same in a notebook out: a small PNG, with words for where no picture shows."""

from PIL import Image

from xdc_lab.analysis.static_twin import small_png


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
