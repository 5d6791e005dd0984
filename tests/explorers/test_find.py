"""Find, tick, name, join and export clips in the page; the CSV goes back to the collection."""

import csv

import pytest
from synthetic_run import HOSTILE, LABELS, flat_maps, make_run

from xdc_lab.analysis.neighbours import like_these
from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.selection import selected
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.ratings import read_ratings

pytestmark = pytest.mark.browser


def keep(page, name: str, button: str = "Add") -> None:
    """Put what the page lists, or what is ticked of it, into a selection."""
    bar = page.locator("main .found .keep").first
    bar.get_by_label("Name of a selection").fill(name)
    bar.get_by_role("button", name=button).press("Enter")
    bar.get_by_role("link").or_(bar.get_by_text("taken out")).first.wait_for()


def search(page, words: str) -> list[int]:
    page.evaluate("location.hash = 'find'")
    page.locator("main input[type=search]").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('main .found > :last-child h2')")
    while (more := page.locator("main .found > button:visible")).count():
        more.click()
    return page.locator("main .found article").evaluate_all("all => all.map(one => Number(one.dataset.item))")


def test_a_search_is_named_exported_and_read_back(visit, page_file, result, tmp_path):
    page = visit(page_file).page
    items = result.items
    found = search(page, "SCUBA 00")
    assert found == [i for i, label in enumerate(items["label"]) if label == LABELS[1]]
    keep(page, "odd, 'clips'")
    page.locator("main .found article input[type=checkbox]").first.check()
    assert page.locator(".keep span").first.inner_text() == "The 1 ticked"
    keep(page, "odd, 'clips'", "Take out")
    assert page.locator(".keep .many").input_value() == str(len(found))  # done with: no tick is left
    assert search(page, "0007.mp4") == [7]
    page.evaluate("location.hash = 'find?clip=7'")
    panel = page.locator(".panel .keep")
    panel.get_by_role("button", name="Add").press("Enter")  # the last name stands there still
    panel.get_by_role("link").press("Enter")
    page.wait_for_selector("main .eyebrow")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as CSV").press("Enter")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "odd-clips.csv"
    assert selected(items, path).nonzero()[0].tolist() == sorted({*found[1:], 7})
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["selection"] for row in rows} == {"odd, 'clips'"}
    beside = (result.path / "media" / path.name).resolve()  # in the collection's own folder it is a collection
    beside.write_bytes(path.read_bytes())
    assert read_items(beside)["path"].tolist() == items["path"].iloc[sorted({*found[1:], 7})].tolist()
    page.reload()
    page.evaluate("location.hash = 'find'")
    assert page.locator(".selections li").count() == 1  # the browser has kept it


def test_like_this_is_nearest_in_the_features(visit, page_file, result):
    page = visit(page_file, "like?of=3&by=0").page
    shown = page.locator("main article").evaluate_all("all => all.map(one => Number(one.dataset.item))")
    exact, _ = like_these(result.features("audio"), [3], count=24)
    assert len(set(shown) & set(exact.tolist())) >= 22 and shown[0] == exact[0]
    page.locator("main article a", has_text="More like this").first.press("Enter")
    page.wait_for_function("item => location.hash === `#like?of=${item}`", arg=shown[0])
    page.evaluate("location.hash = 'a/0?clip=3'")
    assert page.locator(".panel .alike .thumb").count() == 10


def test_hostile_names_stay_words(visit, tmp_path):
    run = make_run(tmp_path / "run", clips=24, labels=HOSTILE, k={"audio": 3, "video": 3}, iterations=1)
    payload = build_payload(load_result(run), maps=flat_maps(run))
    payload["suspects"] = [{"item": 0, "score": 1.0, "label": 1, "shares": [(0.1, 0.9), (0.2, 0.8)]}]
    export_html(payload, tmp_path / "page.html", media=(), report=lambda line: None)
    page = visit(tmp_path / "page.html").page
    search(page, "clip")
    for name in HOSTILE[:4]:
        keep(page, name)
    page.evaluate("location.hash = 'find'")
    page.wait_for_selector(".selections li")
    for number in range(4):
        page.evaluate("link => { location.hash = link; }", f"selection/{number}")
        page.wait_for_function("name => document.querySelector('main h1').textContent === name", arg=HOSTILE[number])
    page.evaluate("location.hash = 'suspects'")
    page.wait_for_function("() => document.querySelector('main .lede')?.textContent.startsWith('1 clip')")


def test_a_large_collection_names_its_clips_when_they_are_asked_for(visit, tmp_path, monkeypatch):
    monkeypatch.setattr("xdc_lab.explorers.item_columns.NAMED", 20)
    run = make_run(tmp_path / "run", clips=300, k={"audio": 2, "video": 2}, iterations=1)
    payload = build_payload(run, maps=flat_maps(run), shown=3)
    export_html(payload, tmp_path / "page.html", media=(), report=lambda line: None)
    page = visit(tmp_path / "page.html").page
    assert search(page, "0299.mp4") == [299]


def test_clusters_without_labels_are_named_by_their_files_and_a_rater(visit, tmp_path):
    run = make_run(tmp_path / "run", clips=24, labels=(), k={"audio": 3, "video": 3}, iterations=1)
    payload = build_payload(load_result(run), maps=flat_maps(run))
    cluster = payload["clusterings"][0]["clusters"][0]
    cluster["words"] = [HOSTILE[0], "dog"]
    export_html(payload, tmp_path / "page.html", media=(), report=lambda line: None)
    page = visit(tmp_path / "page.html", f"a/{cluster['id']}").page
    assert page.locator("main h1").inner_text().endswith(f"{HOSTILE[0]} dog")
    assert "Name from file names:" in page.locator("main").inner_text()
    assert "name from file names" in page.locator(f".rail.audio a[data-id='{cluster['id']}']").inner_text()
    page.evaluate("location.hash = 'rate'")
    for number in range(1, 7):  # in an order of the rater's own
        page.get_by_text(f"Cluster {number} of 6", exact=True).wait_for()
        page.get_by_label("A name for it").fill("barking")
        page.evaluate("link => { location.hash = link; }", f"rate?n={number + 1}")
    page.evaluate("link => { location.hash = link; }", f"a/{cluster['id']}")
    page.wait_for_function("() => document.querySelector('main h1').innerText.endsWith('barking')")
    assert "A rater's name: barking." in page.locator("main").inner_text()


def test_the_first_so_many_of_a_cluster_and_a_labels_clips_outside_its_own(visit, page_file, payload, result):
    space = payload["clusterings"][0]
    clusters = result.clusters("audio")
    of, distance = clusters.assignment, clusters.distance
    page = visit(page_file, f"{space['key']}/0?tab=all").page
    near = sorted((of == 0).nonzero()[0].tolist(), key=lambda item: distance[item])
    shown = page.locator("main article").evaluate_all("all => all.map(one => Number(one.dataset.item))")
    assert shown == near
    page.locator(".keep .many").fill("2")
    keep(page, "two")
    page.locator("main .keep a").press("Enter")
    page.wait_for_function("() => document.querySelector('main h1').textContent === 'two'")
    kept = page.locator("main article").evaluate_all("all => all.map(one => Number(one.dataset.item))")
    assert kept == sorted(near[:2])
    page.evaluate("location.hash = 'label/1?out=a'")
    page.wait_for_function("() => document.querySelector('main .eyebrow select')")
    labels = (result.items["label"] == payload["labels"][1]).to_numpy()
    most = max(set(of[labels].tolist()), key=lambda cluster: ((of[labels] == cluster).sum(), -cluster))
    shown = page.locator("main article").evaluate_all("all => all.map(one => Number(one.dataset.item))")
    assert shown == (labels & (of != most)).nonzero()[0].tolist()


def test_a_cluster_is_named_where_it_is_looked_at(visit, page_file):
    page = visit(page_file, "a/0").page
    name = page.get_by_label("A name of your own for this cluster")
    name.fill(HOSTILE[0])
    name.press("Enter")
    page.get_by_text("A rater's name:").wait_for()
    assert page.get_by_label("A name of your own for this cluster").input_value() == HOSTILE[0]
    page.evaluate("location.hash = 'rate'")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export as JSON").press("Enter")
    (row,) = read_ratings(download.value.path()).table.to_dict("records")
    assert row["name"] == HOSTILE[0] and row["coherent"] == "" and "not blind" in row["note"]
