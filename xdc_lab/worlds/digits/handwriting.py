"""Handwritten digits: scikit-learn's `load_digits`, whose writers follow from its order, as sights to draw."""

from functools import cache

import numpy as np
import pandas as pd
from jaxtyping import Float, Int
from scipy import ndimage
from sklearn.datasets import load_digits

from xdc_lab.worlds.demo.sights.shapes import Layer, Scene, Sight, turned

# The images have no writers. But everyone wrote the same 130 digits into a printed form, from "0123456789" three times
# on, and the images are in that order (a few are missing): so one sees where each form begins.
FORM_STARTS = (0, 130, 256, 386, 516, 646, 776, 906, 1029, 1157, 1287, 1415, 1545, 1667)
TEST_FORMS = range(10, 14)
# There are 14 forms of 13 writers: somebody filled two. Between training and test one form is left out.
GAP_FORM = 9

INK = 7 / 16  # of a pixel's 16 cells: from here on it is part of the stroke
FINER = 8  # points per pixel of the distances, on either axis
MARGIN_PX = 4
HALF_HEIGHT = 0.8  # of the digit, in object coordinates: the rest is room for its motion
SWAY, TILT, SWING = 0.10, 0.14, 0.10  # object units to either side; radians: how it stands, how far it turns
SMOOTHING = 0.25  # pixels


@cache
def optical_digits() -> tuple[Float[np.ndarray, "images rows columns"], Int[np.ndarray, " images"]]:
    """The images, ink per pixel in 0..1, and the digit of each."""
    ink, digits = load_digits(return_X_y=True)
    return np.asarray(ink).reshape(-1, 8, 8) / 16, np.asarray(digits)


def written_digits() -> pd.DataFrame:
    """List the images. Columns: image (its row in `load_digits`), digit, writer (the form), tested."""
    _, digits = optical_digits()
    images = np.arange(len(digits))
    forms = np.searchsorted(FORM_STARTS, images, side="right") - 1
    table = pd.DataFrame({"image": images, "digit": digits, "writer": [f"form_{form:02d}" for form in forms]})
    return table.assign(tested=np.isin(forms, TEST_FORMS))[forms != GAP_FORM].reset_index(drop=True)


def draw_digit(image: int) -> Sight:
    """The sight of an image: it sways and turns a little with the beat, and is never mirrored."""
    distances = stroke_distances(optical_digits()[0][image])

    def sight(scene: Scene) -> list[Layer]:
        where, when, stands = (2 * np.pi * scene.traits[0], 2 * np.pi * scene.traits[1], 2 * scene.traits[2] - 1)
        swing = np.sin(np.pi * scene.phase + when)
        x, y = scene.x - SWAY * np.cos(where) * swing, scene.y - SWAY * np.sin(where) * swing
        x, y = turned(x, y, TILT * stands + SWING * swing)
        points = [axis * (4 / HALF_HEIGHT) * FINER + (len(distances) - 1) / 2 for axis in (y, x)]
        return [Layer(ndimage.map_coordinates(distances, points, order=1, mode="nearest", output=np.float32))]

    return sight


def stroke_distances(image: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "size size"]:
    """Signed distances to the edge of the stroke in object coordinates, on a grid finer than the image.

    The image is ink per pixel, in 0..1; cubic interpolation between pixels makes the stroke smooth.
    """
    padded = np.pad(image, MARGIN_PX)
    ink = np.asarray(ndimage.zoom(padded, FINER, order=3, mode="grid-constant", grid_mode=True))
    stroke = ink > min(INK, 0.6 * ink.max())
    outside, inside = (np.asarray(ndimage.distance_transform_edt(side)) for side in (~stroke, stroke))
    smooth = ndimage.gaussian_filter(outside - inside, SMOOTHING * FINER)
    return (smooth * (HALF_HEIGHT / 4 / FINER)).astype(np.float32)
