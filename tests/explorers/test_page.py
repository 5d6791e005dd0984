"""The exported file in Chromium: offline, by keyboard, with sound, for every kind of run."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from synthetic_run import HOSTILE, LABELS, flat_maps, make_run

from xdc_lab.analysis.agreement import contingency
from xdc_lab.analysis.journey import journey
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.ratings import read_ratings
from xdc_lab.explorers.schema import pack, unpack

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "a/0",
    "v/2?tab=farthest",
    "a/0?clip=0",
    "maps",
    "matrix",
    "pair/a.0/v.0",
    "label/1",
    "table6",
    "rate",
    "run",
    "list/a",
    "find",
    "like?of=0",
    "suspects",
)
SIZES = ((1280, 720), (1440, 900), (1920, 1080), (390, 844))
OF_SIZE = ["target-size", "region", "landmark-one-main", "page-has-heading-one", "scrollable-region-focusable"]
EITHER = pytest.mark.parametrize("written", ["page_file", "folder_page"])


def export(payload, folder: Path, **options) -> Path:
    path = folder / "explorer.html"
    export_html(payload, path, report=lambda line: None, **options)
    return path


@pytest.fixture(scope="module")
def folder_page(payload, previews, tmp_path_factory) -> Path:
    """The same explorer with its media beside it."""
    path = tmp_path_factory.mktemp("folder") / "index.html"
    export_html(payload, path, previews=previews, report=lambda line: None, beside=True)
    return path


def tab_to(page, selector: str, *, most: int = 80) -> None:
    """Press Tab until something is focused; the mouse stays away."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} was not reached with {most} tabs")


def go(page, link: str) -> None:
    page.evaluate("link => { location.hash = link; }", link)
    page.wait_for_timeout(60)


def in_view(page, *selectors: str) -> str:
    """All of each first match lies in the viewport and is not hidden by a scrolled box; their words."""
    words = []
    for selector in selectors:
        node = page.locator(selector).first
        assert node.evaluate(
            """node => { const box = node.getBoundingClientRect(); let inside = box.width > 0 && box.height > 0;
            let around = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
            for (let at = node; ; at = at.parentElement) {
                inside &&= box.left >= around.left - 1 && box.top >= around.top - 1
                    && box.right <= around.right + 1 && box.bottom <= around.bottom + 1;
                if (!inside || !at) return inside;
                around = ['auto', 'hidden'].includes(getComputedStyle(at).overflowY) && at !== node
                    ? at.getBoundingClientRect() : around;
            } }"""
        ), f"{selector} at {page.viewport_size}"
        words.append(node.inner_text())
    return "\n".join(words)


def clip_on_map(page, payload) -> tuple[int, tuple[float, float]]:
    """A clip with a preview and sound, and where it lies on the first map."""
    item, places = 7, payload["maps"][0]
    box = page.locator(".map canvas[tabindex]").first.bounding_box()
    x, y = (int(unpack(places[axis])[item]) / 65535 for axis in "xy")
    return item, (box["x"] + 12 + x * (box["width"] - 24), box["y"] + 12 + y * (box["height"] - 24))


def lasso(page) -> None:
    """All clips of the first map."""
    box = page.locator(".map canvas[tabindex]").first.bounding_box()
    corners = [(0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99), (0.01, 0.1)]
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def shared(payload, audio: int, video: int) -> int:
    """Clips of an audio and a video cluster."""
    ears, eyes = (unpack(one["assignment"]) for one in payload["clusterings"])
    return int(((ears == audio) & (eyes == video)).sum())


def title(page) -> str:
    return re.sub(r"\s+", " ", page.locator("main h1").inner_text()).strip()


def test_whole_tour_by_keyboard(visit, page_file, payload):
    page = visit(page_file).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    tab_to(page, ".rail.audio .rows a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    second = payload["clusterings"][0]["clusters"][1]
    page.wait_for_function("id => location.hash === `#a/${id}`", arg=second["id"])
    page.wait_for_function("() => document.querySelector('[role=status]').textContent.startsWith('audio cluster')")
    assert "rank 2 of 6" in page.locator("[role=status]").inner_text()
    assert page.evaluate("document.activeElement.matches('.rows a[aria-current=page]')")  # the rail keeps its place
    tab_to(page, ".film:not([aria-disabled])")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.2")
    page.keyboard.press("Enter")
    page.wait_for_selector("video", state="detached")
    page.keyboard.press("ArrowLeft")  # scrubs
    for link, canvas in (("#maps", ".map canvas[tabindex]"), ("#matrix", ".matrix canvas")):
        page.keyboard.press("Home")
        page.locator(f"header a[href='{link}']").focus()
        page.keyboard.press("Enter")
        page.wait_for_selector(canvas)
        tab_to(page, canvas)
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.querySelector('[role=status]').textContent.match(/clip/)")
        page.keyboard.press("Enter")
        page.wait_for_function("link => location.hash !== link", arg=link)
    page.wait_for_function("() => document.querySelector('main h1').textContent.startsWith('In both audio')")


def test_keys_of_a_map(visit, page_file):
    page = visit(page_file, "maps").page
    page.locator(".map canvas[tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".pinned .player")
    page.keyboard.press("s")
    assert re.match(r"\d+ clips? selected", page.locator(".below h2").inner_text())
    page.locator(".below button", has_text="Clear").press("Enter")
    assert page.locator(".below").inner_text() == ""


@EITHER
def test_one_sound_at_a_time(visit, request, written):
    page = visit(request.getfixturevalue(written), "a/0").page
    films = page.locator(".player:not(.still) .film")
    films.nth(0).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.player:not(.still) .frames[style]').length > 1")
    assert page.locator("video, audio").count() == 0  # nothing sounds before a click
    for number in (0, 1):
        films.nth(number).click()
        page.wait_for_function(
            "() => [...document.querySelectorAll('video')]"
            ".some(v => v.readyState >= 2 && v.currentTime > 0.1 && !v.paused)"
        )
        assert page.locator("video").count() == 1
        assert films.nth(number).get_attribute("aria-pressed") == "true"
    page.locator("header a[href='#run']").click()
    page.wait_for_selector("video", state="detached")  # and nothing after the page is left


def test_deep_link_back_and_forward(visit, page_file, payload):
    item = payload["clusterings"][0]["clusters"][0]["nearest"][0]
    cluster = payload["clusterings"][0]["clusters"][0]["id"]
    page = visit(page_file, f"a/{cluster}?clip={item}").page
    assert page.locator(".panel dd .said").inner_text() == payload["items"]["names"][item]
    page.locator(".panel .tie.video").click()
    assert page.evaluate("location.hash").startswith("#v/")
    page.go_back()
    page.wait_for_selector(".panel")
    assert page.evaluate("location.hash") == f"#a/{cluster}?clip={item}"
    page.go_forward()
    page.wait_for_function("() => location.hash.startsWith('#v/')")
    assert page.locator(".panel").count() == 0
    for wrong in ("a/999", "nowhere/at/all", "pair/a.0/v.99", "label/77", "%F0%9F"):
        page.evaluate("link => { location.hash = link; }", wrong)
        page.wait_for_function("() => document.querySelector('main h1').textContent === 'Nothing here'")
        page.evaluate("location.hash = ''")
        page.wait_for_function("() => document.querySelector('main h1').textContent !== 'Nothing here'")


def test_axe_finds_nothing_at_any_size(visit, page_file, axe):
    page = visit(page_file, "a/0").page
    page.get_by_label("Name of a selection").fill("some")
    page.get_by_role("button", name="Add").press("Enter")
    for number, (width, height) in enumerate(SIZES):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        rules = [] if number in (0, 3) else OF_SIZE  # all of them once a scheme: they take most of this file's time
        for link in (*PAGES, "label/1?out=a", "selection/0"):
            go(page, link)
            assert axe(page, rules) == [], f"{link or 'overview'} at {width} x {height}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, link
            assert page.evaluate("(m => m.scrollWidth - m.clientWidth)(document.querySelector('main'))") <= 0, link
            assert page.locator("main h1").is_visible(), link


@EITHER
def test_what_answers_a_pointer_is_in_view_at_any_size(visit, request, written, payload):
    page = visit(request.getfixturevalue(written)).page
    for width, height in SIZES if written == "page_file" else SIZES[-1:]:
        page.set_viewport_size({"width": width, "height": height})
        go(page, "maps")
        item, place = clip_on_map(page, payload)
        page.mouse.move(*place)
        page.wait_for_selector(".frames-row i")
        for space in payload["clusterings"]:
            assert f"{space['name']} #{unpack(space['assignment'])[item]}, rank" in in_view(page, ".hover-card")
        assert payload["labels"][unpack(payload["items"]["label"])[item]] in in_view(page, ".hover-card")
        page.mouse.click(*place)
        page.wait_for_selector(".pinned .player.playing")
        assert payload["items"]["names"][item] in in_view(page, ".pinned h2", ".pinned .film", ".pinned .fine")
        page.keyboard.press(" ")
        page.wait_for_selector(".pinned .player:not(.playing)")
        lasso(page)
        assert in_view(page, ".below h2").startswith("40 clips selected")
        page.locator(".below button", has_text="Clear").click()
        page.get_by_label("Purity", exact=True).check()
        in_view(page, ".audio .scale", ".video .scale")
        go(page, "matrix")
        in_view(page, ".matrix canvas")
        box = page.locator(".matrix canvas").bounding_box()
        page.mouse.move(box["x"] + box["width"] - 9, box["y"] + box["height"] - 9)
        assert in_view(page, ".tip").startswith("Audio #")
        if width > 760:
            go(page, "a/0")
            in_view(page, ".ties.video li", ".rail.video .rows li:first-child")
            most = max((c for c in payload["clusterings"][1]["clusters"]), key=lambda c: shared(payload, 0, c["id"]))
            assert page.locator(".rail.video .rows li a").first.get_attribute("data-id") == str(most["id"])
        for link in ("maps", "matrix"):
            go(page, link)
            if width > 760 or link == "maps":
                assert page.evaluate("(m => m.scrollHeight - m.clientHeight)(document.querySelector('main'))") <= 0


def test_a_map_is_never_empty_and_comes_back(visit, page_file):
    page = visit(page_file, "maps", width=1280, height=720).page
    drawn = "document.querySelector('.map canvas').toDataURL()"
    page.wait_for_timeout(200)  # its pictures come
    whole, empty = page.evaluate(f"[{drawn}, document.querySelector('.map canvas').cloneNode().toDataURL()]")
    for back in (
        lambda: page.keyboard.press("f"),
        lambda: page.locator(".map").first.dblclick(position={"x": 3, "y": 3}),
    ):
        for _ in range(6):
            page.get_by_label("Zoom in").click()
        assert page.evaluate(drawn) not in (whole, empty)
        back()
        page.wait_for_function(f"whole => {drawn} === whole", arg=whole)
    page.evaluate("location.hash = 'maps?clip=7'")
    page.wait_for_selector(".below h2")
    alone = page.evaluate(drawn)
    page.keyboard.press("f")  # what is selected
    assert page.evaluate(drawn) not in (alone, empty)


def test_table_6_and_stories_lead_to_their_clusters(visit, page_file, payload):
    page = visit(page_file, "table6").page
    first = payload["clusterings"][0]["clusters"][0]
    row = page.locator("tbody tr").first
    assert row.locator("th").inner_text().split() == ["audio", f"#{first['id']}", "rank", "1"]
    assert row.locator("td a").first.get_attribute("href") == f"#a/{first['id']}"
    go(page, "")
    told = [story for story in payload["stories"] if story["kind"] not in ("figure 2", "table 6")]
    assert told
    for story in told:
        node = page.locator(".stories li", has=page.get_by_text(story["title"], exact=True))
        assert node.locator(".thumb").count() == min(6, len(story["items"]))
        assert node.locator(".links a").count() == len(story["clusters"])


def test_matrix_and_journey_are_the_analysis(visit, page_file, result, payload):
    counts = contingency(result, "audio", "video").to_numpy()
    page = visit(page_file).page
    for row, column in zip(*np.nonzero(counts), strict=True):
        page.evaluate("link => { location.hash = link; }", f"pair/a.{row}/v.{column}")
        page.wait_for_function(
            "words => document.querySelector('main h1').textContent === words",
            arg=f"In both audio #{row} and video #{column}",
        )
        assert page.locator(".eyebrow").inner_text().startswith(f"{counts[row, column]} shared clip")
    label = payload["labels"].index(LABELS[1])
    page.evaluate("link => { location.hash = link; }", f"label/{label}")
    page.wait_for_selector(".twin .bars")
    table = journey(result, LABELS[1])
    for name in ("audio", "video"):
        rows = table[table["clustering"] == name]
        shown = page.locator(f".twin .{name} > .bars li").all_inner_texts()
        ids = [int(re.findall(r"#(\d+)", text)[0]) for text in shown]
        percents = [text.split("\n")[-1] for text in shown]
        assert sorted(ids) == sorted(rows["cluster"])
        assert percents == [f"{np.floor(100 * share + 0.5):.0f}%" for share in rows["share_of_label"]]


def test_listen_look_and_blind(visit, page_file):
    page = visit(page_file, "a/0").page
    page.wait_for_selector(".frames[style]")
    page.get_by_label("Listen", exact=True).check()
    page.wait_for_function(
        "() => document.querySelectorAll('.why').length > 0 && !document.querySelector('.frames[style]')"
    )
    page.locator(".player:not(.still) .film").first.click()
    page.wait_for_function("() => document.querySelector('.player.playing')")
    assert page.locator("video").count() == 0
    page.get_by_label("Look", exact=True).check()
    page.wait_for_selector(".frames[style]")
    page.locator(".player:not(.still) .film").first.click()
    page.wait_for_selector("video")
    assert page.evaluate("document.querySelector('video').muted")
    assert page.locator(".ink[style]").count() == 0
    page.get_by_label("Blind").check()
    for link in ("a/0", "maps", "matrix", "", "label/0", "table6", "run", "rate"):
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_timeout(60)
        words = page.locator("body > .xdc").inner_text().lower()
        assert [label for label in LABELS if label in words] == [], link


def test_rating_is_kept_exported_and_read(visit, page_file, tmp_path, result):
    page = visit(page_file, "rate").page
    assert not any(label in page.locator("main").inner_text() for label in LABELS)
    page.get_by_label("Unsure").check()
    page.get_by_label("A name for it").fill("</script>“engines”\u202e")
    page.get_by_role("button", name="Next cluster").click()
    page.wait_for_function("() => document.querySelector('.eyebrow').textContent.includes('Cluster 2 of 11')")
    page.get_by_label("Yes").check()
    page.get_by_label("Your name, for the file").fill("Ada")
    page.get_by_label("Your name, for the file").press("Tab")
    page.reload()
    page.wait_for_selector("main h1")
    assert "2 of 11 rated" in page.locator(".eyebrow").inner_text()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Export as JSON").click()
    path = tmp_path / caught.value.suggested_filename
    caught.value.save_as(path)
    ratings = read_ratings(path, result=result)
    assert path.name == "ratings-Ada.json"
    assert (ratings.rater, sorted(ratings.table["coherent"])) == ("Ada", ["unsure", "yes"])
    assert "</script>“engines”\u202e" in set(ratings.table["name"])
    (tmp_path / "other.json").write_text(path.read_text().replace("Ada", "Bob").replace("unsure", "no"))
    page.locator("input[type=file]").set_input_files(tmp_path / "other.json")
    page.wait_for_function("() => document.querySelector('[role=status]').textContent.includes('2 ratings of Bob')")
    (tmp_path / "bad.json").write_text('{"format": "xdc-lab-ratings", "version": 1, "run": "<b>", "ratings": []}')
    page.locator("input[type=file]").set_input_files(tmp_path / "bad.json")
    page.wait_for_function("() => document.querySelector('.toast').textContent.includes('another run (<b>)')")


def test_ratings_without_storage(chromium, page_file):
    context = chromium.new_context(offline=True)
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('no'); } });")
    page = context.new_page()
    page.goto(f"file://{page_file}#rate")
    page.get_by_label("Yes").check()
    assert "This browser keeps nothing here" in page.locator("main").inner_text()
    page.get_by_role("button", name="Next cluster").click()
    page.wait_for_function("() => document.querySelector('.eyebrow').textContent.includes('1 of 11 rated')")
    context.close()


@EITHER
def test_downloads(visit, request, payload, written):
    page = visit(request.getfixturevalue(written), "table6").page
    for words, key in (("Markdown", "markdown"), ("LaTeX", "latex"), ("CSV", "csv")):
        with page.expect_download() as caught:
            page.get_by_role("button", name=words).click()
        assert Path(caught.value.path()).read_text() == payload["table6"][key]
    page.evaluate("location.hash = ''")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save this figure as PNG").click()
    assert Path(caught.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_selected_clip_is_drawn_over_the_others(visit, page_file):
    page = visit(page_file, "maps?clip=0").page
    count = """item => {
        location.hash = `maps?clip=${item}`;
        return new Promise(done => setTimeout(() => {
            const node = document.querySelector('.map'), canvas = node.querySelector('canvas');
            const accent = getComputedStyle(node).outlineColor.match(/[0-9]+/g).map(Number);
            const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            let seen = 0;
            for (let i = 0; i < data.length; i += 4) if (accent.every((part, j) => data[i + j] === part)) seen++;
            done(seen);
        }, 50));
    }"""
    whole, *beneath = [page.evaluate(count, item) for item in (0, 4, 15)]  # 0 is free, the others lie beneath some
    assert whole > 0 and beneath == [whole, whole]


def test_hostile_texts_are_shown_as_text(visit, tmp_path):
    run = make_run(tmp_path, clips=24, labels=HOSTILE, k={"audio": 3, "video": 3}, iterations=2)
    about = json.loads((run / "run.json").read_text())
    about |= {"id": HOSTILE[0], "command": HOSTILE[2], "data": {"name": HOSTILE[1], "licence": HOSTILE[3]}}
    about["settings"] = [{"name": HOSTILE[0], "value": HOSTILE[1], "source": HOSTILE[2], "note": HOSTILE[4]}]
    (run / "run.json").write_text(json.dumps(about))
    payload = build_payload(run, maps=flat_maps(run))
    page = visit(export(payload, tmp_path), width=900).page
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    for number, label in enumerate(payload["labels"]):
        page.evaluate("link => { location.hash = link; }", f"label/{number}")
        page.wait_for_function("label => document.querySelector('main h1 .said')?.textContent === label", arg=label)
    for link in ("", "a/0", "maps", "matrix", "table6", "run", "rate", "list/a"):
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_timeout(60)
        assert page.locator("main script, main b, main img").count() == (
            0 if link != "run" else page.locator("main .strip b").count()
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 900
    assert dialogs == []


def test_missing_media_have_their_reason(visit, page_file, payload, previews):
    page = visit(page_file).page
    gone = next(i for i in payload["clusterings"][0]["clusters"][0]["nearest"] if not previews[i].files)
    page.evaluate(
        "link => { location.hash = link; }", f"a/{payload['clusterings'][0]['clusters'][0]['id']}?clip={gone}"
    )
    page.wait_for_selector(".panel .why")
    assert "No such file" in page.locator(".panel .why").inner_text()
    assert page.locator(".panel .film").get_attribute("aria-disabled") == "true"
    silent = 1
    page.evaluate("link => { location.hash = link; }", f"maps?clip={silent}")
    page.wait_for_function("() => document.querySelector('.pinned .note')?.textContent === 'no audio track'")
    page.evaluate("location.hash = 'run'")
    page.wait_for_selector("main dl")
    assert "without a preview" in page.locator("main").inner_text()


def test_no_media_at_all(visit, payload, tmp_path):
    page = visit(export(payload, tmp_path, media=()), "a/0").page
    page.wait_for_selector(".why")
    assert page.locator(".why").first.inner_text() == "no preview: this explorer was written without media"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"labels": ()}, "the clips have no labels"),
        ({"method": "CDC"}, "joint clusters"),
        ({"method": "XDC-2-audio"}, "8 audio 1 clusters and 8 audio 2 clusters"),
        ({"method": "XDC-2-video", "labels": ()}, "the clips have no labels"),
        ({"k": {"audio": 1, "video": 1}}, "1 audio cluster and 1 video cluster"),
        ({"clips": 1, "k": {"audio": 1, "video": 1}}, "1 clip sorted"),
    ],
)
def test_unusual_runs_work(visit, tmp_path, options, words):
    run = make_run(tmp_path, **{"clips": 16, "iterations": 1, "k": {"audio": 3, "video": 2, "joint": 3}, **options})
    payload = build_payload(run, maps=flat_maps(run))
    page = visit(export(payload, tmp_path)).page
    assert words in page.locator("main .lede").inner_text()
    key = payload["clusterings"][0]["key"]
    for link in (f"{key}/0", f"{key}/0?clip=0", "maps", "matrix", "rate", "run", "table6", "label/0"):
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_timeout(60)
        assert title(page)
    if "labels" in options:
        assert page.locator("header a", has_text="Labels").count() == 0
        assert title(page) == "Nothing here"
    if options.get("method") == "CDC":
        page.evaluate("location.hash = 'matrix'")
        page.wait_for_function("() => document.querySelector('main').textContent.includes('one clustering')")


def test_empty_cluster_says_so(visit, payload, tmp_path):
    part = payload["clusterings"][0]
    blank = {
        **part["clusters"][0],
        "id": part["k"],
        "rank": part["k"] + 1,
        "size": 0,
        "concepts": [],
        "nearest": [],
        "farthest": [],
        "random": [],
    }
    blank |= dict.fromkeys(("purity", "low", "high", "chance", "entropy", "distance", "agreement"))
    changed = {**part, "k": part["k"] + 1, "clusters": [*part["clusters"], blank]}
    changed["order"] = [*part["order"], part["k"]]
    page = visit(
        export({**payload, "clusterings": [changed, payload["clusterings"][1]]}, tmp_path), f"a/{part['k']}"
    ).page
    assert "This cluster has no clips" in page.locator("main").inner_text()
    page.evaluate("location.hash = 'maps'")
    page.wait_for_selector(".map")
    page.evaluate("location.hash = 'matrix'")
    page.wait_for_selector(".matrix canvas")


def test_newer_payload_is_refused_in_words(visit, payload, tmp_path, chromium):
    path = export(payload, tmp_path)
    path.write_text(path.read_text().replace('"version":1,', '"version":2,', 1))
    page = chromium.new_context(offline=True).new_page()
    page.goto(f"file://{path}")
    assert "version 2" in page.locator("body > div > p").inner_text()


@pytest.mark.parametrize("options", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}])
def test_readers_who_asked_for_less(visit, page_file, options):
    page = visit(page_file, "a/0", **options).page
    page.wait_for_selector(".frames[style]")
    page.locator(".player:not(.still) .film").first.click()
    page.wait_for_function(
        "() => parseFloat(document.querySelector('.player.playing')?.style.getPropertyValue('--at')) > 0.1"
    )


def test_sorting_and_finding(visit, page_file, payload):
    page = visit(page_file).page
    rail = page.locator(".rail.audio")
    by_size = sorted(payload["clusterings"][0]["clusters"], key=lambda c: (-c["size"], c["rank"]))
    rail.locator("select").select_option("size")
    assert [int(n) for n in rail.locator(".rows a").evaluate_all("all => all.map(a => a.dataset.id)")] == [
        c["id"] for c in by_size
    ]
    rail.locator("input").fill("no such concept")
    assert rail.locator(".rows a").count() == 0
    assert rail.get_by_text("No cluster has such a concept.").is_visible()
    rail.locator("input").fill(f"#{by_size[0]['id']} ")
    assert rail.locator(".rows a").count() >= 1
    video = payload["clusterings"][1]["clusters"][0]["id"]
    page.locator(f".rail.video a[data-id='{video}']").click()
    page.wait_for_selector(".rail.audio.tied")
    rail.locator("input").fill("")
    rail.locator("select").select_option("tied")
    shares = rail.locator(".side").all_text_contents()  # rows out of sight have no rendered text
    numbers = [int(text.strip("%<")) if text else 0 for text in shares]
    assert numbers == sorted(numbers, reverse=True) and numbers[0] > 0


def test_pack_is_what_the_page_reads(visit, payload, tmp_path):
    """A label code that needs two bytes, and one that is missing."""
    labels = [f"label {i}" for i in range(300)]
    codes = np.arange(payload["items"]["count"]) + 255
    codes[0] = -1
    changed = {**payload, "labels": labels, "items": {**payload["items"], "label": pack(codes)}}
    page = visit(export(changed, tmp_path), "label/260").page
    assert title(page).endswith("label 260")
    assert "1 clip with this label" in page.locator("main").inner_text()
