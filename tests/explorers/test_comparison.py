"""Two runs in one page: what the analysis says of them, and one selection in both maps."""

import numpy as np
import pytest
from synthetic_run import HOSTILE, make_run
from typer.testing import CliRunner

from xdc_lab.analysis.result import load_result
from xdc_lab.analysis.two_runs import agreement_of, compare_runs, matched_clusters, splits_and_merges
from xdc_lab.cli import app
from xdc_lab.errors import SettingError
from xdc_lab.explorers.comparison import comparison_payload
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.schema import check_payload, pack, unpack

AUDIO = ("audio", "audio")


@pytest.fixture(scope="module")
def two(run, tmp_path_factory):
    """The run, and SDC on 30 of its 40 clips."""
    items = load_result(run).items.iloc[10:].reset_index(drop=True)
    items["label"] = [HOSTILE[0] if label == "golf putting" else label for label in items["label"]]
    other = make_run(
        tmp_path_factory.mktemp("sdc") / "sdc", items=items, method="SDC", k={"audio": 4, "video": 5}, seed=3
    )
    return compare_runs(other, run)


@pytest.fixture(scope="module")
def compared(two):
    """Its payload, with maps that need no UMAP."""
    payload = comparison_payload(two, maps=False)
    random = np.random.default_rng(0)
    for space in payload["clusterings"]:
        places = (pack(random.integers(0, 65535, 30)) for _ in range(2))
        words = {"name": space["name"], "modality": space["modality"], "key": space["key"], "rows": None, "note": ""}
        payload["maps"].append({**words, "x": next(places), "y": next(places)})  # type: ignore[typeddict-item]
    return payload


def test_the_page_says_what_the_analysis_says(two, compared):
    check_payload(compared)
    assert compared["items"]["count"] == 30
    assert [side["only"] for side in compared["sides"]] == [0, 10]
    audio = compared["pairs"][0]
    assert [row[:2] for row in audio["matched"]] == [
        (row.one, row.other) for row in matched_clusters(two, AUDIO).itertuples()
    ]
    assert [row["parts"] for row in audio["changes"]] == splits_and_merges(two, AUDIO)["parts"].tolist()
    assert audio["measures"]["ami"] == pytest.approx(agreement_of(two)["ami"][0], abs=1e-4)
    for side, space in zip((two.one, two.other), (compared["clusterings"][0], compared["clusterings"][2]), strict=True):
        np.testing.assert_array_equal(unpack(space["assignment"]), side.assignment("audio"))


def test_clusters_that_hold_none_of_the_shared_clips_are_there_and_empty(run, tmp_path):
    items = load_result(run).items.iloc[:3].reset_index(drop=True)
    few = make_run(tmp_path / "few", items=items, k={"audio": 2, "video": 2})
    page = comparison_payload(compare_runs(run, few), maps=False)
    check_payload(page)
    sizes = {cluster["id"]: cluster["size"] for cluster in page["clusterings"][0]["clusters"]}
    assert sum(sizes.values()) == 3 and 0 in sizes.values()
    assert all(len(one["nearest"]) == one["size"] for one in page["clusterings"][0]["clusters"])


@pytest.mark.browser
def test_what_is_selected_in_one_map_is_seen_in_both(visit, compared, tmp_path):
    path = tmp_path / "page.html"
    export_html(compared, path, media=(), report=lambda line: None)
    page = visit(path).page
    page.get_by_role("button", name="Split, merged, matched").press("Enter")
    matched = page.locator(".found section", has=page.get_by_role("heading", name="Matched"))
    row = matched.locator("tbody tr").first
    clips = compared["pairs"][0]["matched"][0][2]
    row.locator("button").nth(2).press("Enter")
    assert page.locator(".below h2").inner_text().startswith(f"{clips} clip")
    assert page.locator(".below .twin p").count() == 2
    accents = """() => [...document.querySelectorAll('.map')].map(node => {
        const [r, g, b] = getComputedStyle(node).outlineColor.match(/\\d+/g).map(Number);
        const { width, height } = node.firstChild;
        const image = node.firstChild.getContext('2d').getImageData(0, 0, width, height).data;
        let n = 0;
        for (let i = 0; i < image.length; i += 4) if (image[i] === r && image[i + 1] === g && image[i + 2] === b) n++;
        return n;
    })"""
    one, other = page.evaluate(accents)
    assert one > 0 and other > 0
    page.get_by_role("button", name="Clear").press("Enter")
    assert page.locator(".below").inner_text() == ""
    page.locator("input[name=pair][value='1']").check()
    page.locator(".map canvas[tabindex]").last.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # selects the cluster
    assert page.locator(".below h2").inner_text().count("selected") == 1
    for width, height in ((1280, 720), (1440, 900), (1920, 1080), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for box in (page.locator(one).last.bounding_box() for one in (".map", ".below h2")):
            assert box and box["y"] + box["height"] <= height


@pytest.mark.browser
def test_axe_finds_nothing_and_keys_reach_everything(visit, compared, axe, tmp_path):
    path = tmp_path / "page.html"
    export_html(compared, path, media=(), report=lambda line: None)
    page = visit(path).page
    for width, height, scheme in ((1440, 900, "light"), (390, 844, "dark")):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        for _ in ("maps", "tables"):
            assert axe(page) == [], f"at {width} x {height}"
            page.get_by_role("button", name="Split, merged, matched").press("Enter")
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("(e => e.name || e.ariaLabel || e.textContent)(document.activeElement)"))
    names = [f"Map of audio space, clusters of {side['name']}" for side in compared["sides"]]
    for one in ("pair", "colour", "tool", "Split, merged, matched", *names, "What is selected, and how the two agree"):
        assert one in reached


def test_two_runs_are_compared_as_they_are(run):
    with pytest.raises(SettingError, match="without --compare"):
        CliRunner().invoke(app, ["explore", str(run), str(run), "--compare", str(run)], catch_exceptions=False)
