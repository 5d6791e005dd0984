"""The slider over iterations: what it shows, when it draws, and what stands there without a kernel."""

import pytest
from lab_page import open_notebook_page, run_first_cell
from PIL import Image

from xdc_lab.analysis.pictures.iteration_strip import earlier_clusters
from xdc_lab.errors import SettingError
from xdc_lab.explorers import iteration_slider
from xdc_lab.explorers.iteration_slider import IterationSlider, slide_matrix, slide_sheets

CELL = """
from PIL import Image
from xdc_lab.explorers.iteration_slider import IterationSlider
IterationSlider("squares", (0, 1, 4), lambda position: Image.new("RGB", (400, 100), (position * 40, 0, 0)))
"""


@pytest.fixture
def drawn() -> list[int]:
    return []


@pytest.fixture
def slider(drawn):
    def picture(position: int) -> Image.Image:
        drawn.append(position)
        return Image.new("RGB", (400, 100), (position * 40, 0, 0))

    return IterationSlider("squares", (0, 1, 4), picture)


def test_it_begins_at_the_end_and_draws_what_is_looked_at_once(slider, drawn):
    assert drawn == [2] and slider.label.value == "iteration 4 of 4"
    slider.slider.value = 0
    slider.slider.value = 2
    slider.slider.value = 0
    assert drawn == [2, 0]
    assert slider.label.value == "iteration 0 of 4"
    assert slider.image.value == slider.png(0) != slider.png(2)


def test_its_words_are_stable_and_a_picture_stands_beside_it(slider):
    assert repr(slider) == "IterationSlider(squares, iterations 0 to 4)"
    bundle = slider._repr_mimebundle_()
    assert bundle["text/plain"] == repr(slider)
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_nothing_to_slide_over_is_an_error():
    with pytest.raises(SettingError, match="no iteration of squares"):
        IterationSlider("squares", (), lambda position: Image.new("RGB", (1, 1)))


def test_sheets_follow_one_cluster_back(result, monkeypatch):
    sheets = []

    def draw_sheet(result, clustering, **options):
        sheets.append(options)
        return Image.new("RGB", (1280, 400))

    monkeypatch.setattr(iteration_slider, "draw_sheet", draw_sheet)
    slider = slide_sheets(result, "video", cluster=2, clips=5)
    slider.slider.value = 0
    path = earlier_clusters(result, "video", 2)
    assert repr(slider) == "IterationSlider(XDC, video cluster 2, iterations 0 to 2)"
    assert sheets == [{"clusters": [path[position]], "clips": 5, "iteration": position} for position in (2, 0)]


def test_real_clips_and_the_matrix_are_drawn(result):
    assert slide_sheets(result, "audio", clips=2).png(1).startswith(b"\x89PNG")
    slider = slide_matrix(result)
    assert repr(slider) == "IterationSlider(XDC, audio x video matrix, iterations 0 to 2)"
    assert len(slider.png(2)) < 120_000


@pytest.mark.browser
def test_in_jupyterlab_the_picture_follows_the_slider(chromium, jupyter_lab):
    with jupyter_lab([CELL]) as address:
        page = open_notebook_page(chromium, address, width=1200, height=800)
        run_first_cell(page)
        page.get_by_text("iteration 4 of 4").wait_for()
        before = page.locator("img.widget-image").get_attribute("src")
        page.locator(".widget-slider .noUi-target").click(position={"x": 2, "y": 2})
        page.get_by_text("iteration 0 of 4").wait_for()
        page.locator(".widget-slider .widget-readout").click()
        page.keyboard.press("Control+A")
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        page.get_by_text("iteration 1 of 4").wait_for()
        page.wait_for_function("before => document.querySelector('img.widget-image').src !== before", arg=before)
        page.close()
