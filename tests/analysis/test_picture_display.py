import io

import pytest
from matplotlib.figure import Figure
from PIL import Image

from xdc_lab.analysis.pictures import display


@pytest.fixture
def shown(monkeypatch) -> list:
    """What was displayed: bundles and their metadata."""
    calls: list = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, **words: calls.append((bundle, words)))
    return calls


def test_a_drawing_is_shown_as_wide_as_asked_with_words_beside_it(shown):
    drawn = Figure(figsize=(4, 2))
    drawn.subplots().plot([0, 1])
    display.show_drawing(drawn, words="a line", width_px=600, scale=2)
    bundle, words = shown[0]
    assert Image.open(io.BytesIO(bundle["image/png"])).size == (1200, 600)
    assert bundle["text/plain"] == "picture: a line"
    assert words["metadata"]["image/png"] == {"width": 600, "alt": "a line"}
