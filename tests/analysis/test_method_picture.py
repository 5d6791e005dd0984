"""Figure 1 from the method table: every method, and any of one's own."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from xdc_lab.analysis.pictures.method_picture import clustering_places, draw_methods
from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS, Method


@pytest.fixture
def drawn(monkeypatch) -> list:
    """Whatever is put on a panel, in order."""
    patches = []
    add = Axes.add_patch
    monkeypatch.setattr(Axes, "add_patch", lambda axes, patch: (patches.append(patch), add(axes, patch))[1])
    return patches


@pytest.mark.parametrize("name", METHODS)
def test_boxes_arrows_and_heads_are_those_of_the_table(name, drawn):
    method = METHODS[name]
    draw_methods([method], dots_per_inch=40)
    count = {kind: sum(type(patch) is kind for patch in drawn) for kind in (FancyBboxPatch, FancyArrowPatch, Rectangle)}
    heads = sum(method.heads.values())
    seen = sum(len(encoders) for encoders in method.clusterings.values())
    assert count[FancyBboxPatch] == len(method.encoders) + len(method.clusterings)
    assert count[Rectangle] == heads
    assert count[FancyArrowPatch] == seen + heads


def test_a_clustering_that_nobody_learns_has_no_arrows(drawn):
    mine = replace(METHODS["XDC"], supervision={"video": ("audio",), "audio": ("audio",)})
    draw_methods([mine], dots_per_inch=40)
    assert sum(type(patch) is FancyArrowPatch for patch in drawn) == 1 + 2


def test_no_two_clusterings_stand_on_each_other():
    three = Method(
        "three",
        encoders={"video": "video", "audio": "audio", "slow": "video"},
        clusterings={"all": ("video", "audio", "slow"), "audio": ("audio",), "ends": ("video", "slow")},
        supervision={"video": ("all",), "audio": ("ends",), "slow": ("audio",)},
    )
    places = sorted(clustering_places(three).values())
    assert min(np.diff(places)) >= 1
    assert clustering_places(METHODS["CDC"]) == {"joint": -0.5}


def test_panels_stand_in_a_grid_and_are_of_one_size():
    methods = list(METHODS.values())
    one, six = draw_methods(methods[:1]), draw_methods(methods)
    assert abs(six.width - 2 * one.width) <= 1 and six.height > 2 * one.height


def test_a_name_with_dollars_is_drawn_as_typed():
    method = METHODS["XDC"]
    assert draw_methods([replace(method, name=r"$\frac{$")]).size == draw_methods([method]).size


def test_nothing_to_draw_is_an_error():
    with pytest.raises(SettingError, match="no method to draw"):
        draw_methods([])
