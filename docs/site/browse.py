"""Open the built pages in Chromium, offline: what they ask for, what their scripts complain of, how wide they are.

    python docs/site/browse.py                   # every page at 1440 and at 390 pixels
    python docs/site/browse.py --pictures OUT    # with pictures of some

The pages are opened from the disk; every request that is not for a file beside them is refused and counted.
"""

import argparse
import shutil
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

HTML = Path(__file__).parents[2] / "build" / "site" / "html"
WIDTHS_PX = (1440, 390)
MOST_MS = 120_000  # of a busy machine
SHOWN = ("index", "docs/start", "docs/explorer", "notebooks/06_what_the_clusters_mean")
SHOWN += ("reference/results", "reference/settings", "reference/api/clustering")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def visit(browser: Browser, path: Path, *, pictures: Path | None = None) -> list[str]:
    """Open a page; what is wrong with it, in words."""
    faults: list[str] = []
    page = browser.new_page(viewport={"width": WIDTHS_PX[0], "height": 900})

    def route(one: Any) -> None:
        if one.request.url.startswith(("data:", "blob:", HTML.as_uri())):
            one.continue_()
        else:
            faults.append(f"asks for {one.request.url}")
            one.abort()

    page.route("**/*", route)
    page.on("pageerror", lambda error: faults.append(f"a script fails: {error}"))
    page.on("requestfailed", lambda request: faults.append(f"not there: {request.url}"))
    page.goto(path.as_uri(), wait_until="load", timeout=MOST_MS)
    for width in WIDTHS_PX:
        page.set_viewport_size({"width": width, "height": 900})
        if (wider := page.evaluate(WIDER)) > 0:
            faults.append(f"{wider} pixels wider than {width}")
        if pictures:
            name = path.relative_to(HTML).with_suffix("").as_posix().replace("/", "_")
            page.screenshot(path=pictures / f"{name}_{width}.png", timeout=MOST_MS)
    empty = page.locator(".plotly-graph-div:not(:has(.main-svg))").count()
    faults += [f"{empty} charts not drawn"] if empty else []
    page.close()
    return faults


def main() -> None:
    """Visit every page; exit with 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pictures", type=Path, help="folder for pictures of some pages")
    parser.add_argument("pages", nargs="*", help="some alone, as docs/start; default: all")
    arguments = parser.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    pages = [HTML / f"{name}.html" for name in arguments.pages] or sorted(HTML.rglob("*.html"))
    found: dict[str, list[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for path in pages:
            name = path.relative_to(HTML).with_suffix("").as_posix()
            if faults := visit(browser, path, pictures=arguments.pictures if name in SHOWN else None):
                found[name] = faults
                print(f"{name}: {'; '.join(faults)}", flush=True)
        browser.close()
    print(f"browser: {len(pages)} pages at {' and '.join(map(str, WIDTHS_PX))} pixels, {len(found)} with faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
