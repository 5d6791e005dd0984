"""The player of one clip: it shows, plays and steps in JupyterLab; without a kernel there is a picture."""

import json

import pytest
import traitlets
from lab_page import open_notebook_page, run_first_cell

from xdc_lab.errors import DataError
from xdc_lab.explorers.clip_player import ClipPlayer

CELL = """
from xdc_lab.explorers.clip_player import ClipPlayer
clips = ClipPlayer({run!r}, rows=[0, 2, 1])
display(clips)
"""


@pytest.fixture
def clip_player(result):
    return ClipPlayer(result, rows=[3, 1, 30], twin=False)


def test_state_is_small_and_its_words_are_stable(clip_player, result):
    state = {name: value for name, value in clip_player.get_state().items() if not name.startswith("_")}
    assert state["place"] == 0
    assert len(json.dumps({name: str(value) for name, value in state.items()})) < 2_000
    assert repr(clip_player) == f"ClipPlayer(row 3, {result.items['label'][3]!r}, 1 of 3 clips)"


def test_a_row_is_shown_by_its_number(clip_player):
    clip_player.row = 30
    assert (clip_player.place, clip_player.row) == (2, 30)
    with pytest.raises(DataError, match="row 2 is none of the 3 clips"):
        clip_player.row = 2
    with pytest.raises(traitlets.TraitError, match="the places are 0 to 2"):
        clip_player.place = 3


def test_rows_that_are_not_there(result):
    with pytest.raises(DataError, match="row 40 asked for; the items table has the rows 0 to 39"):
        ClipPlayer(result, rows=[2, 40])
    with pytest.raises(DataError, match="no row asked for"):
        ClipPlayer(result, rows=[])


def test_questions_are_answered_with_media_and_facts(clip_player, monkeypatch):
    sent = []
    monkeypatch.setattr(clip_player, "send", lambda content, buffers=None: sent.append((content, buffers)))
    for message in ({"kind": "clip", "place": 0}, {"kind": "clip", "place": 1}, {"kind": "clip", "place": 2}):
        clip_player._answer(clip_player, message, [])
    clip_player._answer(clip_player, {"kind": "clip", "place": 3}, [])  # a page may say anything
    clip_player._answer(clip_player, {"kind": "other"}, [])
    clip_player._pool.shutdown(wait=True)
    (playing, data), (silent, _), (missing, _) = sent
    assert playing["parts"] == ["strip", "clip", "mel"] and len(data) == 3
    assert playing["clip"]["of"] == 3
    facts = dict(playing["clip"]["facts"])
    assert facts["Row"] == "3" and facts["File"].endswith(".mp4")
    assert {"Audio cluster", "Video cluster"} <= set(facts)
    assert silent["parts"] == ["strip", "clip"] and silent["about"]["note"] == "no audio track"
    assert missing["parts"] == [] and "No such file" in missing["about"]["note"]


def test_an_items_table_is_enough(result):
    clips = ClipPlayer(result.items.assign(label=""), row=2, twin=False)
    assert repr(clips) == "ClipPlayer(row 2, 'clip 0002.mp4', 3 of 40 clips)"
    assert (clips._source.audio_settings.mels, clips._source.video_settings.frames) == (40, 8)


def test_picture_stands_beside_the_widget(result):
    for row in (0, 1, 30):  # one with all, a silent one, a missing one
        data, about = ClipPlayer(result, row=row)._repr_mimebundle_()
        assert "application/vnd.jupyter.widget-view+json" in data
        assert data["image/png"].startswith(b"\x89PNG")
        assert len(data["image/png"]) < 200_000
        assert about["image/png"]["alt"]
    assert "image/png" not in ClipPlayer(result, twin=False)._repr_mimebundle_()[0]


@pytest.mark.browser
def test_player_in_jupyterlab(chromium, jupyter_lab, run):
    with jupyter_lab([CELL.format(run=str(run))]) as address:
        page = open_notebook_page(chromium, address, width=1300, height=900)
        run_first_cell(page)
        page.wait_for_selector(".xdc .frames[style]")
        assert page.locator(".xdc [role=status]").inner_text() == "clip 1 of 3"
        page.locator(".xdc .film").click()
        page.wait_for_selector(".xdc .playing video")
        page.wait_for_function("document.querySelector('.xdc video').currentTime > 0")
        assert float(page.locator(".xdc .player").evaluate("e => e.style.getPropertyValue('--at')")) > 0
        before = page.locator(".jp-Cell").count()
        page.get_by_role("button", name="Next clip").focus()
        page.keyboard.press("a")  # would insert a cell
        page.keyboard.press("Enter")
        page.get_by_text("clip 2 of 3").wait_for()
        assert page.locator(".xdc video").count() == 0  # it fell silent
        page.keyboard.press("Enter")
        page.get_by_text("clip 3 of 3").wait_for()
        page.get_by_text("no audio track").wait_for()
        page.keyboard.press("Enter")  # around
        page.get_by_text("clip 1 of 3").wait_for()
        assert page.locator(".jp-Cell").count() == before
        page.close()


@pytest.mark.browser
def test_of_two_players_one_sounds(chromium, jupyter_lab, run):
    with jupyter_lab([CELL.format(run=str(run)) + f"display(ClipPlayer({str(run)!r}, rows=[1]))\n"]) as address:
        page = open_notebook_page(chromium, address, width=1300, height=1400)
        run_first_cell(page)
        films = page.locator(".xdc .film")
        for number in (0, 1):
            page.locator(".xdc .frames[style]").nth(number).wait_for()
        for number in (0, 1):
            films.nth(number).click()
            page.wait_for_function("document.querySelectorAll('.xdc video').length === 1")
            page.wait_for_function("document.querySelector('.xdc video').currentTime > 0")
            assert films.nth(number).get_attribute("aria-pressed") == "true"
        page.close()
