"""The table of methods says what Figure 1 and Section 3 say, and refuses what cannot be trained."""

from dataclasses import replace

import pandas as pd
import pytest

from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS, Method, find_method, methods_table

ARROWS = {
    "SDC": "video ← video; audio ← audio",
    "MDC": "video ← video, audio; audio ← audio, video",
    "CDC": "video ← video+audio; audio ← video+audio",
    "XDC": "video ← audio; audio ← video",
    "XDC-2-video": "video_1 ← video_2; video_2 ← video_1",
    "XDC-2-audio": "audio_1 ← audio_2; audio_2 ← audio_1",
    "SDC-plain": "video ← video; audio ← audio",
}


def test_the_table_is_the_papers():
    assert {name: method.describe() for name, method in METHODS.items()} == ARROWS


@pytest.mark.parametrize("name", METHODS)
def test_every_row_is_whole(name):
    method = METHODS[name]
    assert method.name == name
    assert method.paper or method.note
    assert set(method.clusterings_needed) == set(method.clusterings)
    assert set(method.heads) == set(method.encoders)


def test_sdc_alone_is_deepcluster_with_its_remedies():
    assert [name for name, method in METHODS.items() if method.remedies] == ["SDC"]


def test_mdc_has_two_heads_an_encoder_and_the_others_one():
    heads = {name: set(method.heads.values()) for name, method in METHODS.items()}
    assert heads == {name: {2} if name == "MDC" else {1} for name in METHODS}


def test_cross_modal_are_the_three_of_section_3_2():
    papers = [name for name, method in METHODS.items() if method.paper]
    assert [name for name in papers if METHODS[name].is_cross_modal] == ["MDC", "CDC", "XDC"]


def test_cdc_clusters_once_what_both_encoders_see():
    assert METHODS["CDC"].clusterings_needed == ("joint",)
    assert METHODS["CDC"].clustering_modalities("joint") == ("video", "audio")
    assert METHODS["XDC-2-video"].clustering_modalities("video_2") == ("video",)


def test_a_clustering_that_nobody_learns_from_is_not_needed():
    one_way = replace(METHODS["XDC"], name="one-way", supervision={"video": ("audio",), "audio": ("audio",)})
    assert one_way.clusterings_needed == ("audio",)
    assert one_way.is_cross_modal


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoders": {}}, "no encoders"),
        ({"encoders": {"video": "video", "audio": "sound"}}, "'sound'; a modality is one of video, audio"),
        ({"clusterings": {"video": ("video",), "audio": ()}}, "'audio' names no encoders; .* video, audio"),
        ({"clusterings": {"video": ("vidoe",), "audio": ("audio",)}}, "vidoe; there are video, audio"),
        ({"clusterings": {"video": ("video", "video"), "audio": ("audio",)}}, "twice"),
        ({"supervision": {"video": ("audio",)}}, "encoder 'audio' names no clusterings; .* video, audio"),
        ({"supervision": {"video": ("audio",), "audio": ()}}, "encoder 'audio' names no clusterings"),
        ({"supervision": {"video": ("joint",), "audio": ("video",)}}, "joint; there are video, audio"),
        ({"supervision": {"video": ("audio",), "audio": ("video",), "text": ("video",)}}, "encoders text"),
        ({"supervision": {"video": "audio", "audio": ("video",)}}, r"write a tuple: \('audio',\)"),
        ({"supervision": {}}, "names no encoders"),
    ],
)
def test_a_method_that_cannot_be_trained_says_why(changes, message):
    with pytest.raises(SettingError, match=message):
        replace(METHODS["XDC"], **changes)


def test_one_encoder_alone_is_a_method():
    alone = Method("alone", {"audio": "audio"}, {"audio": ("audio",)}, {"audio": ("audio",)})
    assert alone.heads == {"audio": 1}
    assert not alone.is_cross_modal


def test_an_unknown_name_lists_the_known_ones():
    assert find_method("CDC") is METHODS["CDC"]
    with pytest.raises(SettingError, match="'xdc'; there are SDC, MDC, CDC, XDC"):
        find_method("xdc")


def test_the_printed_table_has_a_row_a_method():
    table = pd.DataFrame(methods_table()).set_index("method")
    assert list(table.index) == list(METHODS)
    assert table.loc["MDC", "heads"] == 4
    assert table.loc["CDC", "clusterings"] == 1
