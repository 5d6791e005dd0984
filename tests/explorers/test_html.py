"""The one HTML file holds its budget, drops nothing in silence, and no text gets out of its element."""

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from synthetic_run import HOSTILE, flat_maps, make_run
from typer.testing import CliRunner

from xdc_lab.analysis.result import load_result
from xdc_lab.cli import app
from xdc_lab.errors import RunError, SettingError
from xdc_lab.explorers.budget import FIRST, plan_media, shown_items
from xdc_lab.explorers.html import NO_ROOM, explore, export_html, inert_json
from xdc_lab.explorers.payload import WITHOUT_UMAP, build_payload
from xdc_lab.explorers.previews import Preview
from xdc_lab.explorers.renderer import LIMIT_BYTES, page_script


class Elements(HTMLParser):
    """What a parser makes of a page: tags in order, and the text of each script."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[str] = []
        self.scripts: dict[str, str] = {}
        self.policy = ""
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.tags.append(tag)
        self.policy = named["content"] if named.get("http-equiv") else self.policy
        self._open = named.get("id") or named.get("type") or "code" if tag == "script" else ""

    def handle_data(self, data):
        if self._open:
            self.scripts[self._open] = self.scripts.get(self._open, "") + data

    def handle_endtag(self, tag):
        self._open = ""


def quiet(line: str) -> None:
    """Swallow the plan."""


def test_everything_is_kept_where_there_is_room(payload, previews, tmp_path):
    lines = []
    out = export_html(payload, tmp_path / "x.html", previews=previews, report=lines.append)
    page = Elements((tmp_path / "x.html").read_text())
    playable = [item for item, preview in previews.items() if "clip" in preview.files]
    for item in playable:
        block = json.loads(page.scripts[f"clip-{item}"])
        assert {"strip", "clip"} <= set(block) and "sound" not in block
    assert tuple(lines) == out.plan
    assert out.bytes == (tmp_path / "x.html").stat().st_size
    missing = json.loads(page.scripts["xdc-payload"])["media"]["missing"]
    assert set(missing) == {str(item) for item, preview in previews.items() if not preview.files}


def test_budget_holds_and_what_is_dropped_is_counted(payload, previews, tmp_path):
    whole = export_html(payload, tmp_path / "whole.html", previews=previews, report=quiet).bytes
    bare = export_html(payload, tmp_path / "bare.html", media=(), report=quiet).bytes
    for share in (0.9, 0.5, 0.15):
        budget = bare + share * (whole - bare) + 12_000
        out = export_html(payload, tmp_path / "part.html", previews=previews, budget_mb=budget / 1e6, report=quiet)
        assert bare < out.bytes <= budget
        assert any("did not fit" in line for line in out.plan)
    assert (
        json.loads(Elements((tmp_path / "part.html").read_text()).scripts["xdc-payload"])["media"]["otherwise"]
        == NO_ROOM
    )


def test_media_beside_the_page_have_no_limit_and_the_same_plan(payload, previews, tmp_path):
    whole = export_html(payload, tmp_path / "whole.html", previews=previews, report=quiet)
    lines = []
    out = export_html(payload, tmp_path / "x" / "index.html", previews=previews, report=lines.append, beside=True)
    assert tuple(lines) == out.plan
    assert [line.split(",")[0] for line in out.plan[:-1]] == [line.split(",")[0] for line in whole.plan]
    files = sorted((tmp_path / "x").rglob("*"))
    assert out.bytes == sum(file.stat().st_size for file in files if file.is_file()) < whole.bytes
    page = Elements((tmp_path / "x" / "index.html").read_text())
    beside = json.loads(page.scripts["xdc-payload"])["media"]["beside"]
    assert sorted(beside) == sorted(item for item, preview in previews.items() if preview.files)
    for item in beside:
        told = re.fullmatch(rf"xdcClip\({item},(.*)\);\n", (tmp_path / "x" / "media" / f"{item}.js").read_text())
        assert told and all((tmp_path / "x" / file).is_file() for file in json.loads(told[1])["files"].values())
    with pytest.raises(SettingError, match="budget_mb=0.01 is too small"):
        export_html(payload, tmp_path / "x" / "index.html", budget_mb=0.01, beside=True, report=quiet)


def test_nearest_pictures_come_first(payload, previews):
    look = sum(preview.size("strip") + preview.size("mel") for preview in previews.values())
    plan = plan_media(payload, previews, room_bytes=int(0.5 * look))
    first = {c["nearest"][0] for part in payload["clusterings"] for c in part["clusters"]}
    assert {item for item in first if previews[item].files} <= set(plan.kept)
    assert not any("clip" in kinds for kinds in plan.kept.values())
    assert sum(line.startswith(f"video with sound of the {FIRST} nearest: 0 of") for line in plan.lines) == 1


def test_the_budget_holds_with_a_reason_of_its_own_for_every_clip(payload, previews, tmp_path):
    broken = {item: Preview({}, {"note": f"clip {item}: {'what is wrong ' * 12}"}) for item in previews}
    least = export_html(payload, tmp_path / "x.html", previews=broken, report=quiet).bytes
    with pytest.raises(SettingError, match="is too small"):
        export_html(payload, tmp_path / "x.html", previews=broken, budget_mb=least / 1e6 - 0.001, report=quiet)
    out = export_html(payload, tmp_path / "x.html", previews=broken, budget_mb=least / 1e6 + 0.01, report=quiet)
    assert out.bytes == least


def test_too_small_a_budget_is_an_answer(payload, tmp_path):
    with pytest.raises(SettingError, match=r"budget_mb=0.01 is too small.* give \d+ or more"):
        export_html(payload, tmp_path / "x.html", budget_mb=0.01, report=quiet)
    with pytest.raises(SettingError, match="unknown media gif; a preview has strip, mel, clip, sound"):
        export_html(payload, tmp_path / "x.html", media=("gif",), report=quiet)


def test_policy_forbids_everything_but_the_file_itself(page_file):
    page = Elements(page_file.read_text())
    rules = dict(rule.strip().split(" ", 1) for rule in str(page.policy).split(";"))
    assert rules["default-src"] == "'none'"
    assert all(re.fullmatch(r"'sha256-[\w+/=]+'|'none'|blob:", rules[name]) for name in rules)
    assert "connect-src" not in rules
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page_file.read_text())


def test_explore_writes_into_the_run(tmp_path, capsys):
    run = make_run(tmp_path, clips=6, media=2, k={"audio": 2, "video": 2}, iterations=1)  # too few for UMAP
    other = make_run(tmp_path / "sdc", items=load_result(run).items, method="SDC", k={"audio": 2, "video": 2})
    path = explore(run, budget_mb=5, compare=[other])
    assert path == run / "report" / "explorer.html"
    printed = capsys.readouterr().out
    assert "pictures and spectrograms of the 10 nearest" in printed or "nearest: 2 of 6 clips" in printed
    assert "no preview of 4 clips: does not decode" in printed and "clip 0004.mp4 and 1 more" in printed
    assert "clip 0005" not in printed
    payload = json.loads(Elements(path.read_text()).scripts["xdc-payload"])
    assert [one["method"] for one in payload["comparisons"]] == ["SDC"]
    with pytest.raises(RunError):
        explore(tmp_path / "nothing")


def test_command_line_compares_several_runs(tmp_path):
    run = make_run(tmp_path / "xdc", clips=6, k={"audio": 2, "video": 2}, iterations=1)
    items = load_result(run).items
    others = [make_run(tmp_path / m, items=items, method=m, k={"audio": 2, "video": 2}) for m in ("SDC", "MDC")]
    flags = [word for other in others for word in ("--compare", str(other))]
    out = tmp_path / "x.html"
    done = CliRunner().invoke(app, ["explore", str(run), "--out", str(out), *flags], catch_exceptions=False)
    assert f"explorer: {out}" in done.output
    payload = json.loads(Elements(out.read_text()).scripts["xdc-payload"])
    assert [one["method"] for one in payload["comparisons"]] == ["SDC", "MDC"]


def test_command_line_takes_features_of_ones_own(tmp_path):
    features = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    np.save(tmp_path / "A.npy", features)
    lines = ["path,style", *(f"clip {number}.mp4,{'ab'[number % 2]}" for number in range(30))]
    (tmp_path / "items.csv").write_text("\n".join(lines))
    words = ["explore", str(tmp_path / "run"), "--items", str(tmp_path / "items.csv"), "--labels", "style", "--k", "3"]
    words += ["--audio-features", str(tmp_path / "A.npy"), "--media", "folder", "--out", str(tmp_path / "page")]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert f"explorer: {tmp_path / 'page' / 'index.html'}" in done.output
    payload = json.loads(Elements((tmp_path / "page" / "index.html").read_text()).scripts["xdc-payload"])
    assert [part["k"] for part in payload["clusterings"]] == [3]
    assert (payload["iterations"], payload["run"]["iteration"], payload["labels"]) == ([], "", ["a", "b"])
    assert (payload["run"]["method"], len(payload["maps"])) == ("own features", 1)
    with pytest.raises(SettingError, match="a run folder, or features of your own: --items"):
        CliRunner().invoke(app, ["explore", "--k", "3"], catch_exceptions=False, standalone_mode=False)


def test_hostile_labels_end_no_element(tmp_path):
    run = make_run(tmp_path, clips=24, labels=HOSTILE, k={"audio": 3, "video": 3}, iterations=1)
    payload = build_payload(run, maps=flat_maps(run))
    export_html(payload, tmp_path / "x.html", media=(), report=quiet)
    page = Elements((tmp_path / "x.html").read_text())
    assert page.tags.count("script") == 2
    assert json.loads(page.scripts["xdc-payload"])["labels"] == payload["labels"]


@given(st.text(st.characters(), max_size=200))
@hypothesis_settings(max_examples=300)
def test_no_text_ends_its_element(text):
    inside = inert_json({"text": text})
    assert json.loads(inside) == {"text": text}
    assert "<" not in inside and inside.isascii()
    page = Elements(f'<script type="application/json" id="a">{inside}</script><p>')
    assert page.tags == ["script", "p"]


def test_shown_items_are_listed_once(payload):
    items = shown_items(payload)
    assert len(items) == len(set(items))
    assert {i for part in payload["clusterings"] for c in part["clusters"] for i in c["nearest"]} <= set(items)


def test_renderer_holds_its_limit():
    assert len(page_script().encode()) <= LIMIT_BYTES


def test_without_umap_page_and_console_say_what_the_maps_are(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "umap", None)
    run = make_run(tmp_path, clips=12, k={"audio": 2, "video": 2}, iterations=1)
    payload = json.loads(Elements(explore(run, budget_mb=5).read_text()).scripts["xdc-payload"])
    assert [one["note"] for one in payload["maps"]] == [WITHOUT_UMAP] * 2
    assert (payload["environment"]["map audio"], payload["environment"]["map video"]) == ("PCA", "PCA")
    assert capsys.readouterr().out.count(f"maps: {WITHOUT_UMAP}\n") == 1
