"""Pictures whose EXIF says which side is up are shown as any viewer does."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from xdc_lab.media.decoder import read_frames
from xdc_lab.media.decoder.exif import ORIENTATION, TURNS, exif_orientation


@pytest.mark.parametrize("number", TURNS)
def test_every_turn_and_mirroring(tmp_path, number):
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24] = 255, 0, 0
    pixels[16:, 24:] = 0, 0, 255
    exif = Image.Exif()
    exif[ORIENTATION] = number
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95, subsampling=0)
    with Image.open(tmp_path / "a.jpg") as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture)).astype(float)
    frames = read_frames(tmp_path / "a.jpg", [0.0, 0.7])
    shown = frames.pixels.permute(0, 2, 3, 1).numpy().astype(float)
    assert shown.shape[1:] == expected.shape and frames.full_size == expected.shape[:2]
    assert np.abs(shown - expected).mean() < 5


def test_what_is_no_picture_is_upright(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"no picture")
    assert exif_orientation(tmp_path / "a.mp4") == exif_orientation(tmp_path / "missing.jpg") == TURNS[1]
