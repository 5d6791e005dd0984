from difflib import SequenceMatcher

import numpy as np
import pytest

from xdc_lab.worlds.demo.sights.shapes import Scene
from xdc_lab.worlds.digits.handwriting import FORM_STARTS, draw_digit, optical_digits, stroke_distances, written_digits


def test_a_form_begins_where_the_printed_sequence_begins():
    """The sequence is printed on every form; of some a few digits are missing."""
    text = "".join(map(str, optical_digits()[1]))
    printed = text[: FORM_STARTS[1]]
    forms = [text[start:stop] for start, stop in zip(FORM_STARTS, (*FORM_STARTS[1:], len(text)), strict=True)]
    assert len(printed) == 130 and printed.startswith("0123456789" * 3)
    assert min(SequenceMatcher(None, form, printed, autojunk=False).ratio() for form in forms) > 0.95


def test_the_test_has_writers_of_its_own_and_a_form_lies_between():
    table = written_digits()
    training, test = (set(table.loc[table["tested"] == tested, "writer"]) for tested in (False, True))
    assert sorted(training) == [f"form_{form:02d}" for form in range(9)]
    assert sorted(test) == [f"form_{form:02d}" for form in range(10, 14)]
    last, first = (table.loc[table["tested"] == tested, "image"] for tested in (False, True))
    assert first.min() - last.max() > 120
    assert table.groupby(["writer", "digit"]).size().unstack().to_numpy().min() >= 9


def test_the_stroke_is_where_the_ink_is():
    for image in optical_digits()[0][:100]:
        distances = stroke_distances(image)
        coarse = distances.reshape(16, 8, 16, 8).mean(axis=(1, 3))[4:12, 4:12]
        assert np.corrcoef(coarse.ravel(), image.ravel())[0, 1] < -0.6
        assert distances[[0, -1]].min() > 0.5 and distances[:, [0, -1]].min() > 0.5


@pytest.mark.parametrize("phase", [0.0, 0.5, 1.2])
def test_a_digit_is_drawn_upright_unmirrored_and_within_its_square(phase):
    """Image 7 is a seven: its ink is above, and never leaves the object's square."""
    pixels = np.linspace(-1, 1, 64, dtype=np.float32)
    traits = (0.3, 0.6, 0.5, 0.5, 0.5, 0.5)
    scene = Scene(pixels[None, None, :], pixels[None, :, None], np.full((1, 1, 1), phase), traits)
    (layer,) = draw_digit(7)(scene)
    ink = layer.distance[0] < 0
    small = np.kron(optical_digits()[0][7] > 0.4, np.ones((6, 6), bool))
    placed = np.pad(small, 8)
    ways = {"as is": placed, "mirrored": placed[:, ::-1], "upside down": placed[::-1]}
    agreement = {name: (ink & seen).sum() / (ink | seen).sum() for name, seen in ways.items()}
    assert max(agreement, key=lambda name: agreement[name]) == "as is"
    assert not ink[[0, -1]].any() and not ink[:, [0, -1]].any()
