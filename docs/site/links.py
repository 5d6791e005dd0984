"""Whether every link of the built pages leads somewhere, and nothing is fetched from elsewhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FETCHED = {"src", "srcset", "poster", "data"}  # by the browser, unasked
UNCHECKED = "explorer"  # a page of another make, with tests of its own: tests/explorers


class Links(HTMLParser):
    """What a page links to and fetches, and the places in it that one can link to."""

    def __init__(self):
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links of a tag."""
        for name, value in attrs:
            if not value:
                continue
            if name in ("id", "name"):
                self.anchors.add(value)
            elif name in FETCHED or (name == "href" and tag == "link"):
                self.fetched.append(value)
            elif name == "href":
                self.links.append(value)


def read(path: Path) -> Links:
    """The links of a page."""
    links = Links()
    links.feed(path.read_text(encoding="utf-8"))
    return links


def broken(folder: Path) -> list[str]:
    """What is wrong with the links of all pages of a folder: "page: link"."""
    paths = [path for path in sorted(folder.rglob("*.html")) if path.relative_to(folder).parts[0] != UNCHECKED]
    pages = {path: read(path) for path in paths}
    return [f"{path.relative_to(folder)}: {one}" for path, page in pages.items() for one in _faults(path, page, pages)]


def _faults(path: Path, page: Links, pages: dict[Path, Links]) -> Iterator[str]:
    for link in page.fetched:
        if urlsplit(link).scheme in ("http", "https") or link.startswith("//"):
            yield f"{link} is fetched from elsewhere"
    for link in dict.fromkeys((*page.links, *page.fetched)):
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            yield link
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
            yield f"{link} (no such place in it)"
