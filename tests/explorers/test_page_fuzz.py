"""Whatever labels, names and ratings files say, the page shows it as text and goes on."""

import json
import random
from typing import Any

import pytest

from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.schema import cut

pytestmark = pytest.mark.browser

PARTS = (
    *"<>&\"'`/\\$ {}()=;#?%-\n\t\0aZ9",
    *("</script>", "<!--", "-->", "]]>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "${alert(1)}"),
    *("&lt;", "\\u003c", "%3Cb%3E", "\u202e", "\u2066", "\u200f", "\u2028", "\ufeff", "\ufffe", "\ud800", "\U0001f93f"),
    *("e\u0301" * 9, "مرحبا", "שלום", "漢字", "__proto__", "constructor", "toString", "x" * 400),
)
LINKS = ("", "a/0", "a/0?clip=0", "v/1", "maps", "matrix", "pair/a.0/v.0", "table6", "rate", "run", "list/a")


def text_of(source: random.Random) -> str:
    return "".join(source.choices(PARTS, k=source.randint(1, 12)))


@pytest.mark.parametrize("seed", range(4))
def test_any_text_is_shown_as_text(visit, payload, tmp_path, seed):
    source = random.Random(seed)

    def any_text(_: Any) -> str:
        return cut(text_of(source))

    hostile: Any = {
        **payload,
        "title": any_text(0),
        "run": {name: any_text(0) if isinstance(value, str) else value for name, value in payload["run"].items()},
        "settings": [{name: any_text(0) for name in row} for row in payload["settings"]],
        "environment": {any_text(0): any_text(0) for _ in range(5)},
        "labels": [any_text(0) for _ in payload["labels"]],
        "items": {**payload["items"], "names": [any_text(0) for _ in payload["items"]["names"]]},
        "stories": [{**story, "title": any_text(0), "text": any_text(0)} for story in payload["stories"]],
        "media": {**payload["media"], "otherwise": any_text(0)},
    }
    export_html(hostile, tmp_path / "x.html", media=(), report=lambda line: None)
    page = visit(tmp_path / "x.html", width=1000).page
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    for number, label in enumerate(hostile["labels"]):
        page.evaluate("link => { location.hash = link; }", f"label/{number}")
        page.wait_for_function("label => document.querySelector('main h1 .said')?.textContent === label", arg=label)
    for link in LINKS:
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_timeout(40)
        assert page.locator("main :is(script, img, iframe, object, style, link, base)").count() == 0
        assert page.locator("body > .xdc").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= 1000, link
    assert dialogs == []


def value_of(source: random.Random, depth: int = 0) -> Any:
    kinds = ("text", "number", "nothing", "list", "object") if depth < 3 else ("text", "number", "nothing")
    match source.choice(kinds):
        case "text":
            return text_of(source)
        case "number":
            return source.choice((-1, 0, 1, 2, 1e300, 0.5, True))
        case "list":
            return [value_of(source, depth + 1) for _ in range(source.randint(0, 4))]
        case "object":
            names = ("clustering", "cluster", "coherent", "name", "note", text_of(source))
            return {name: value_of(source, depth + 1) for name in source.sample(names, 3)}
    return None


def test_any_ratings_file_is_read_or_refused(visit, page_file, payload, tmp_path):
    source = random.Random(0)
    page = visit(page_file, "rate").page
    page.wait_for_selector("input[type=file]", state="attached")
    for number in range(40):
        own = {"clustering": "audio", "cluster": source.choice((0, 1, 99, "0")), "coherent": "yes"}
        content: Any = {
            "format": "xdc-lab-ratings",
            "version": source.choice((1, 1, 1, 2)),
            "run": source.choice((payload["run"]["id"], text_of(source))),
            "rater": value_of(source),
            "ratings": source.choice((value_of(source), [value_of(source, 1), {**own, "name": value_of(source)}])),
        }
        content = source.choice((content, content, content, value_of(source)))
        path = tmp_path / f"{number}.json"
        path.write_text(source.choice((json.dumps(content),) * 5 + ("{", "", text_of(source).replace("\ud800", ""))))
        page.evaluate("() => { document.querySelector('[role=status]').textContent = ''; }")
        page.locator("input[type=file]").set_input_files(path)
        page.wait_for_function("() => document.querySelector('[role=status]').textContent !== ''")
        assert page.locator("main h1").inner_text() == "Does it cohere?"
    page.reload()
    page.wait_for_selector("main h1")
    assert "rated" in page.locator(".eyebrow").inner_text()
