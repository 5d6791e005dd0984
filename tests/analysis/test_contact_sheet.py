"""Contact sheets of real files: pictures where there are, a grey tile with the reason where there are none."""

import math

import numpy as np
import pytest
from PIL import Image

from xdc_lab.analysis.palette import SHADE
from xdc_lab.analysis.pictures import contact_sheet as sheets
from xdc_lab.analysis.pictures.clip_pictures import log_mel_picture, middle_frame, span_of
from xdc_lab.analysis.pictures.contact_sheet import LAYOUT, contact_sheet, draw_sheet, figure_2
from xdc_lab.analysis.pictures.lettering import fitted, typeface, wrapped
from xdc_lab.analysis.pictures.origin import origin_of
from xdc_lab.analysis.report import write_report
from xdc_lab.analysis.result import load_result
from xdc_lab.cli.explorers import clusters
from xdc_lab.datasets.item_spans import ItemSpan
from xdc_lab.errors import ClusteringError, RunError, SettingError
from xdc_lab.media.writer import write_video

RED, BLUE = (200, 30, 30), (30, 30, 200)
FIRST_TILE = (LAYOUT.margin + LAYOUT.tile // 2, LAYOUT.header + LAYOUT.heading + 12)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory, make_run):
    """12 clips, red bells and blue rain; clip 0 is missing, clip 1 has no sound, clip 6 no picture."""
    codes, folder = np.repeat([0, 1], 6), tmp_path_factory.mktemp("filmed")
    run = make_run(folder, labels=["bell"] * 6 + ["rain"] * 6, assignments=[{"audio": codes, "video": codes}])
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(32_000, dtype=np.float32) / 16_000)
    for number in range(1, 12):
        frames = np.full((10, 48, 64, 3), RED if number < 6 else BLUE, dtype=np.uint8)
        waveform = None if number == 1 else tone
        name = folder / f"clip_{number:02d}.mp4"
        write_video(name, None if number == 6 else frames, frame_rate_hz=5.0, waveform=waveform)
    return load_result(run)


def near(pixel, colour):
    return np.abs(np.array(pixel[:3], dtype=int) - colour).max() < 25


def test_a_sheet_shows_the_clips_of_its_clusters(filmed, tmp_path):
    path = contact_sheet(filmed, "video", path=tmp_path / "sheet.png", clusters=[1])
    with Image.open(path) as sheet:
        assert sheet.width == LAYOUT.width == 1280
        x, y = FIRST_TILE
        assert near(sheet.getpixel((x, y)), (0xEC, 0xEA, 0xE4))  # clip 6 has no picture
        assert near(sheet.getpixel((x + LAYOUT.tile + LAYOUT.gap, y)), BLUE)


def test_an_unframed_sheet_is_its_clusters_alone(filmed):
    framed, bare = (draw_sheet(filmed, "video", clusters=[1], framed=framed) for framed in (True, False))
    assert bare.height == framed.height - LAYOUT.header - LAYOUT.footer + LAYOUT.gap
    top = np.array(framed)[LAYOUT.header : LAYOUT.header + 200]
    np.testing.assert_array_equal(np.array(bare)[LAYOUT.gap : LAYOUT.gap + 200], top)


def test_a_notebook_shows_a_small_sheet(filmed, monkeypatch):
    shown = []
    monkeypatch.setattr(sheets, "show_picture", lambda picture, *, words: shown.append((picture.size, words)))
    sheets.show_sheet(filmed, "audio", clusters=[0], width_px=400)
    assert shown[0][0][0] == 400
    assert shown[0][1] == "the clips nearest to the centroids of 1 of 2 audio clusters"


def test_audio_clusters_have_log_mels_beneath(filmed):
    heard = draw_sheet(filmed, "audio", clusters=[0])
    seen = draw_sheet(filmed, "video", clusters=[0])
    assert heard.height - seen.height == 2 * (LAYOUT.log_mel + 3)
    x, y = FIRST_TILE[0] + 2 * (LAYOUT.tile + LAYOUT.gap), FIRST_TILE[1] - 12 + LAYOUT.picture + 3
    strip = np.array(heard)[y : y + LAYOUT.log_mel, x]
    assert np.ptp(strip.astype(int).sum(axis=1)) > 200  # one bright tone on dark


def test_what_does_not_decode_is_a_grey_tile_with_words(filmed):
    sheet = np.array(draw_sheet(filmed, "video", clusters=[0]))
    left, top = LAYOUT.margin, LAYOUT.header + LAYOUT.heading
    tile = sheet[top : top + LAYOUT.picture, left : left + LAYOUT.tile]
    grey = np.array([int(SHADE[i : i + 2], 16) for i in (1, 3, 5)])
    assert (tile[0] == grey).all()
    assert (tile < 180).any()  # the reason is written on it


def test_the_first_ranks_are_drawn_by_default(filmed):
    two = draw_sheet(filmed, "video")
    one = draw_sheet(filmed, "video", clusters=[0])
    assert two.height - one.height == LAYOUT.block(6, False) + LAYOUT.between


@pytest.mark.parametrize(
    ("top", "expected"), [(1, "1 of 2 clusters: the clips"), (2, "All 2 clusters: the clips"), (None, "All 2 clusters")]
)
def test_a_sheet_says_how_many_of_the_clusters_it_shows_and_how_to_get_all(filmed, top, expected):
    words = [line.text for line in origin_of(draw_sheet(filmed, "video", top=top, clips=1)).lines]
    assert any(line.startswith(expected) for line in words)
    assert any("--sheet all" in line for line in words) == (top == 1)
    assert "#0" in words and "rank 1" in words  # the id and the rank, both named


def test_figure_2_sets_both_senses_side_by_side(filmed):
    with Image.open(figure_2(filmed)) as both:
        assert both.width == 2 * LAYOUT.width


def test_the_report_lists_what_it_wrote(filmed):
    written = write_report(filmed)
    assert [path.name for path in written] == [
        *("table6.csv", "table6.md", "table6.tex", "table6_audio.csv", "table6_video.csv"),
        *("contact_sheet_audio.png", "contact_sheet_video.png"),
    ]
    assert all(path.stat().st_size for path in written)


def test_hostile_labels_and_no_labels_and_one_clip_are_drawn(tmp_path, make_run, single):
    labels = ["<script>" * 2000, "\u202erevese", "🥁 \n drum", ""]
    codes = np.zeros(4, dtype=int)
    run = make_run(tmp_path / "a", labels=labels, assignments=[{"audio": codes, "video": codes}])
    assert draw_sheet(load_result(run), "audio").width == LAYOUT.width
    run = make_run(tmp_path / "b", labels=[""] * 4, assignments=[{"joint": codes}], method="CDC")
    assert draw_sheet(load_result(run), "joint").width == LAYOUT.width
    with pytest.raises(RunError, match="contact_sheet: joint"):
        figure_2(load_result(run))
    assert draw_sheet(single, "video").height == LAYOUT.header + LAYOUT.block(1, False) + LAYOUT.between + LAYOUT.footer


def test_an_unknown_cluster_is_refused(filmed):
    with pytest.raises(ClusteringError, match="no cluster 9"):
        draw_sheet(filmed, "audio", clusters=[9])


def test_pictures_of_a_clip(filmed):
    clip = filmed.items.iloc[7].to_dict()
    assert near(middle_frame(clip).getpixel((5, 5)), BLUE)
    assert log_mel_picture(clip).size == (100, 40)  # audio frames x mels (paper 4.1)


@pytest.mark.parametrize(
    ("part", "span"),
    [
        ({}, (0.0, 8.0)),
        ({"start_seconds": 2.0, "end_seconds": 5.0}, (2.0, 3.0)),
        ({"start_seconds": 2.0, "end_seconds": 30.0}, (2.0, 6.0)),
        ({"start_seconds": 9.0, "end_seconds": 30.0}, (9.0, 0.0)),
        ({"duration_seconds": math.nan}, (0.0, 0.0)),
        ({"duration_seconds": math.nan, "end_seconds": 5.0}, (0.0, 5.0)),
    ],
)
def test_the_used_part_of_a_file(part, span):
    whole = {"path": "film.mp4", "start_seconds": math.nan, "end_seconds": math.nan, "duration_seconds": 8.0}
    assert span_of({**whole, **part}) == ItemSpan("film.mp4", *span)


def test_words_are_cut_to_their_space():
    face = typeface(16)
    assert fitted("short", face, 200) == "short"
    cut = fitted("a very long label indeed", face, 80)
    assert cut.endswith("…") and face.getlength(cut) <= 80
    lines = wrapped("does not decode: " + "reason " * 30, face, 120, 3)
    assert len(lines) == 3 and lines[-1].endswith("…")
    assert all(face.getlength(line) <= 120 for line in lines)


def test_the_command_says_what_its_sheets_show_and_how_to_draw_all(make_run, tmp_path, capsys):
    labels, codes = ["bell", "rain", "wind"], np.arange(3)
    run = make_run(tmp_path, labels=labels, assignments=[{"audio": codes, "video": np.zeros(3, dtype=int)}])
    clusters(run, figures="svg")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "contact_sheet_audio.svg shows 2 of 3 audio clusters; --sheet all draws them all",
        "contact_sheet_video.svg shows the only video cluster",
    ]
    clusters(run, sheet="all")
    assert "shows all 3 audio clusters\n" in capsys.readouterr().out
    with pytest.raises(SettingError, match="--sheet 0: it is the number of clusters"):
        clusters(run, sheet="0")
