"""Open the built pages in Chromium, offline: what they ask of the network, what their scripts complain of, how wide they are.

    python docs/site/browse.py                   # every page at 1440 and at 390 pixels
    python docs/site/browse.py --pictures OUT    # with pictures of some

The pages are opened from the disk; every request that is not for a file beside them is refused and counted.
"""

import argparse
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

HTML = Path(__file__).parents[2] / "build" / "site" / "html"
WIDTHS_PX = (1440, 390)
SHOWN = ("index", "docs/start", "notebooks/06_what_the_clusters_mean", "reference/api/clustering", "reference/results", "docs/explorer")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass
class Visit:
    """What a page did.

    Attributes:
        refused: requests for anything but files of the site.
        complaints: errors of scripts and of missing files.
        overflow_px: by how much it is wider than the window.
        charts: plotly charts that were drawn, of how many.
    """

    refused: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    overflow_px: int = 0
    charts: tuple[int, int] = (0, 0)

    def faults(self) -> list[str]:
        """What is wrong with it, in words."""
        wide = [f"{self.overflow_px} pixels too wide"] if self.overflow_px > 0 else []
        drawn, there = self.charts
        missing = [f"{there - drawn} of {there} charts not drawn"] if drawn < there else []
        return [*(f"asks for {url}" for url in self.refused), *self.complaints, *wide, *missing]


def visit(browser: Browser, path: Path, *, width_px: int, picture: Path | None = None) -> Visit:
    """Open a page and look."""
    seen = Visit()
    page = browser.new_page(viewport={"width": width_px, "height": 900})

    def route(one: Any) -> None:
        url = one.request.url
        if url.startswith(("data:", "blob:")) or url.startswith(HTML.as_uri()):
            one.continue_()
        else:
            seen.refused.append(url)
            one.abort()

    page.route("**/*", route)
    page.on("pageerror", lambda error: seen.complaints.append(f"a script fails: {error}"))
    page.on("requestfailed", lambda request: seen.complaints.append(f"not there: {request.url}"))
    page.goto(path.as_uri(), wait_until="load")
    seen.overflow_px = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    drawn = page.locator(".plotly-graph-div:has(.main-svg)").count()
    seen.charts = (drawn, page.locator(".plotly-graph-div").count())
    if picture:
        page.screenshot(path=picture)
    page.close()
    return seen


def main() -> None:
    """Visit every page; exit with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pictures", type=Path, help="folder for pictures of some pages")
    arguments = parser.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    pages = sorted(HTML.rglob("*.html"))
    found: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for path in pages:
            name = path.relative_to(HTML).with_suffix("").as_posix()
            for width in WIDTHS_PX:
                shown = arguments.pictures and name in SHOWN
                picture = arguments.pictures / f"{name.replace('/', '_')}_{width}.png" if shown else None
                if faults := visit(browser, path, width_px=width, picture=picture).faults():
                    found[f"{name} at {width} pixels"] = faults
        browser.close()
    for name, faults in found.items():
        print(f"{name}: {'; '.join(faults)}")
    print(f"browser: {len(pages)} pages at {' and '.join(map(str, WIDTHS_PX))} pixels, {len(found)} with faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
