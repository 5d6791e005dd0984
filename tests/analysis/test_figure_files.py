"""Figures saved for papers: words that can be edited, TrueType fonts, whatever signs the labels hold."""

import base64
import re
import zlib
from xml.etree import ElementTree

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from xdc_lab.analysis.charts.feature_map import feature_map
from xdc_lab.analysis.charts.result import clusterings_over_iterations, matrix_figure
from xdc_lab.analysis.charts.static_twin import write_png
from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.pictures.clip_drawings import times_drawing
from xdc_lab.analysis.pictures.contact_sheet import draw_sheet
from xdc_lab.analysis.pictures.iteration_strip import matrix_strip
from xdc_lab.analysis.pictures.lettering import Pen
from xdc_lab.analysis.pictures.method_picture import draw_methods
from xdc_lab.analysis.pictures.origin import joined
from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.results.figures import figure_of_methods

HOSTILE = "$5 <b> & \\frac{"
SVG = "{http://www.w3.org/2000/svg}"


def words_in(path):
    """The texts of an SVG, in order."""
    return ["".join(node.itertext()).strip() for node in ElementTree.parse(path).iter(f"{SVG}text")]


def fonts_in(path):
    """The kinds of font in a PDF: of its dictionaries, packed or not."""
    data = path.read_bytes()
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            data += zlib.decompress(stream)
        except zlib.error:
            continue
    return set(re.findall(rb"/Subtype /(Type3|Type0|TrueType|Type1|CIDFontType2)\b", data))


def times():
    return times_drawing({HOSTILE: [1.0]}, clip_seconds=2.0, duration_seconds=4.0)


def hostile():
    return styled(go.Figure(go.Bar(x=["a"], y=[1], name=HOSTILE)), HOSTILE, height=300)


FIGURES = {
    "iterations": (clusterings_over_iterations, "NMI with the label"),
    "matrix": (matrix_figure, "audio clusters"),
    "sheet": (lambda result: draw_sheet(result, "audio", clips=1), "2 of 3 clusters: the clips nearest"),
    "matrices": (matrix_strip, "Where each audio cluster's clips (a row) lie among the video clusters (columns)."),
    "methods": (lambda result: draw_methods([METHODS["XDC"]]), "audio clusters"),
    "times": (lambda result: times(), HOSTILE),
    "table 1": (lambda result: figure_of_methods(), "XDC-2-video"),
    "hostile": (lambda result: hostile(), HOSTILE),
}


@pytest.mark.parametrize("name", FIGURES)
def test_words_stay_words_and_fonts_are_truetype(result, tmp_path, name):
    make, expected = FIGURES[name]
    figure = make(result)
    words = words_in(save_figure(figure, tmp_path / "figure.svg"))
    assert any(text.startswith(expected) for text in words), words
    if name in ("sheet", "methods", "hostile"):  # words on pixels, mathematics, a chart
        assert fonts_in(save_figure(figure, tmp_path / "figure.pdf")) == {b"Type0", b"CIDFontType2"}


def test_a_saved_figure_is_the_same_each_time(tmp_path):
    for kind in ("svg", "pdf"):
        once, again = (save_figure(hostile(), tmp_path / f"{n}.{kind}").read_bytes() for n in range(2))
        assert once == again


def test_a_chart_for_a_column_has_its_width_and_no_title(result, tmp_path):
    path, chart = tmp_path / "column.svg", matrix_figure(result)
    save_figure(chart, path, width_inches=5.5, titled=False)
    assert chart.to_dict()["layout"]["title"]["text"] not in words_in(path)
    points = float(ElementTree.parse(path).getroot().get("width", "")[: -len("pt")])
    assert 4 < points / 72 < 5.6  # what is empty at its sides is cut off


def test_words_are_on_the_picture_once(tmp_path):
    picture = Image.new("RGB", (200, 40), "white")
    Pen(picture).write((10, 10), "once", size=20)
    both = joined([picture, picture])
    svg = save_figure(both, tmp_path / "both.svg")
    assert words_in(svg) == ["once", "once"]
    embedded = svg.read_text().partition("base64,")[2].partition('"')[0]
    (tmp_path / "ground.png").write_bytes(base64.b64decode(embedded))
    with Image.open(tmp_path / "ground.png") as ground:
        assert np.asarray(ground.convert("L")).min() > 250  # nothing but the words' ground
    assert np.asarray(both.convert("L")).min() < 100


def test_what_was_cut_after_its_words_were_written_is_refused(tmp_path):
    picture = Image.new("RGB", (200, 40), "white")
    Pen(picture).write((10, 10), "words", size=20)
    small = picture.resize((100, 20))
    with pytest.raises(SettingError, match=r"100 x 20 pixels was cut or resized from 200 x 40.*\.png"):
        save_figure(small, tmp_path / "small.svg")
    assert save_figure(small, tmp_path / "small.png").is_file()


def test_a_map_of_many_points_has_them_as_pixels(tmp_path):
    places = np.random.default_rng(0).random((6_000, 2))
    figure = feature_map(places, marker={"color": "black"}, hover=[""] * 6_000, title="many")
    assert save_figure(figure, tmp_path / "map.svg").stat().st_size < 600_000
    assert "many" in words_in(tmp_path / "map.svg")


def test_another_kind_of_file_is_refused(tmp_path):
    with pytest.raises(SettingError, match=r"figure.jpg: a figure is saved as \.png, \.pdf, \.svg"):
        save_figure(figure_of_methods(), tmp_path / "figure.jpg")


def test_the_old_name_warns(result, tmp_path):
    with pytest.warns(DeprecationWarning, match="save_figure"):
        assert write_png(matrix_figure(result), tmp_path / "twin.png", width_px=500, scale=1.0).is_file()
