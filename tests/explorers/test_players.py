"""Players of clips: the media is inside, captions are text, what cannot be played says why."""

from dataclasses import replace

from xdc_lab.explorers.players import players


def test_players_hold_their_media(result):
    shown = players(result, [0, 1], captions=["<one>", "two"])
    page = shown._repr_html_()
    assert page.count('<video controls preload="metadata"') == 2
    assert page.count("data:video/mp4;base64,") == 2
    assert "&lt;one&gt;" in page
    assert "http" not in page
    assert repr(shown) == "2 players"


def test_a_lost_file_has_its_reason(result, tmp_path):
    items = result.items.copy()
    items.loc[2, "path"] = str(tmp_path / "gone.mp4")
    page = players(replace(result, path=tmp_path, items=items), [2])._repr_html_()
    assert "<video" not in page
    assert "<p>" in page
