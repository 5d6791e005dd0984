"""Measure the exported page at full size: python tests/explorers/benchmark.py [FOLDER].

Two pages: 128 + 64 clusters with 1,100 clips and their media in 20 MB, and 240,000 clips, all of Kinetics.
The figures to hold: open in 1.0 s at 20 MB, switch a cluster in 200 ms, hover within 16 ms, renderer of 60 kB or less.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from conftest import ARGUMENTS, CHROMIUM
from playwright.sync_api import Page, sync_playwright
from synthetic_run import make_run

from xdc_lab.analysis.result import load_result
from xdc_lab.explorers.budget import shown_items
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.previews import make_preview
from xdc_lab.explorers.renderer import page_script, style

REPEATS = 5
KINETICS = tuple(f"action number {i}" for i in range(400))

LOAD = """() => new Promise(done => {
  const look = () => document.querySelector('main h1') ? done(performance.now()) : setTimeout(look, 1);
  look();
})"""
SWITCH = """async (link) => {
  const start = performance.now();
  location.hash = link;
  await new Promise(done => {
    const look = () => {
      const frames = [...document.querySelectorAll('main .clips .frames')];
      const there = location.hash.slice(1) === link && frames.length;
      if (there && frames.every(f => f.hasAttribute('style') || f.firstChild)) done();
      else setTimeout(look, 0);
    };
    setTimeout(look, 0);
  });
  document.body.offsetHeight;
  return performance.now() - start;
}"""
HOVER = """() => {
  const canvas = document.querySelector('.map canvas[tabindex]'), box = canvas.getBoundingClientRect(), times = [];
  for (let i = 0; i < 300; i++) {
    const x = 0.1 + 0.008 * ((i * 37) % 100), y = 0.1 + 0.008 * ((i * 61) % 100);
    const place = { clientX: box.left + box.width * x, clientY: box.top + box.height * y };
    const start = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', place));
    times.push(performance.now() - start);
  }
  return times;
}"""
REDRAW = """() => {
  const times = [];
  for (const name of ['cluster', 'purity', 'label', 'cluster', 'label']) {
    const start = performance.now();
    document.querySelector(`input[value=${name}]`).click();
    times.push(performance.now() - start);
  }
  return times;
}"""


def main(folder: Path) -> None:
    """Write both pages and print what they take."""
    print(f"renderer: {len(page_script().encode()):,} bytes of JavaScript, {len(style().encode()):,} of CSS")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        many_clusters(browser, folder)
        many_points(browser, folder)
        browser.close()


def many_clusters(browser, folder: Path) -> None:
    """128 + 64 clusters; every clip has the media of one of 24 real ones."""
    run = make_run(folder / "clusters", clips=1_100, labels=KINETICS[:100], media=24, k={"audio": 128, "video": 64})
    result = load_result(run)
    real = [make_preview(result, item) for item in range(24)]
    payload = build_payload(result, maps=random_maps(1_100))
    previews = {item: real[item % 24] for item in shown_items(payload)}
    out = export_html(payload, folder / "clusters.html", previews=previews)
    print(f"128 + 64 clusters, {len(previews):,} clips: {out.bytes / 1e6:.1f} MB")
    loads, switches = [], []
    for _ in range(REPEATS):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        loads.append(opened(page, out.path))
        clusters = [(part["key"], c["id"]) for part in payload["clusterings"] for c in part["clusters"][:6]]
        switches += [page.evaluate(SWITCH, f"{key}/{cluster}") for key, cluster in clusters]
        page.close()
    say("open", loads)
    say("switch a cluster, all 10 pictures on", switches)


def many_points(browser, folder: Path) -> None:
    """240,000 clips on both maps, without media."""
    started = time.perf_counter()
    run = make_run(folder / "points", clips=240_000, labels=KINETICS, k={"audio": 128, "video": 64}, iterations=1)
    made = time.perf_counter()
    payload = build_payload(run, maps=random_maps(240_000))
    built = time.perf_counter()
    out = export_html(payload, folder / "points.html", media=(), report=lambda line: None)
    print(f"240,000 clips: {out.bytes / 1e6:.1f} MB; payload {built - made:.1f} s (run {made - started:.1f} s)")
    loads, hovers, redraws, switches = [], [], [], []
    for _ in range(REPEATS):
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        loads.append(opened(page, out.path))
        switches += [page.evaluate(SWITCH, f"a/{cluster}") for cluster in range(5)]
        page.evaluate("location.hash = 'maps'")
        page.wait_for_selector(".map canvas[tabindex]")
        page.wait_for_timeout(400)
        hovers += page.evaluate(HOVER)
        redraws += page.evaluate(REDRAW)
        page.close()
    say("open", loads)
    say("switch a cluster", switches)
    say("hover, both maps", hovers)
    say("colour both maps anew", redraws)


def opened(page: Page, path: Path) -> float:
    """Milliseconds from the start of the navigation to the first page drawn."""
    page.goto(f"file://{path}", wait_until="commit")
    return page.evaluate(LOAD)


def say(what: str, milliseconds: list[float]) -> None:
    """Median, 95 % and worst."""
    median, most = statistics.median(milliseconds), np.percentile(milliseconds, 95)
    print(f"  {what}: median {median:.1f} ms, 95 % {most:.1f} ms, worst {max(milliseconds):.1f} ms")


def random_maps(count: int) -> dict[str, pd.DataFrame]:
    """Blobs, as many as there are clusters."""
    random, maps = np.random.default_rng(0), {}
    for encoder in ("audio", "video"):
        centres = random.random((100, 2))
        places = centres[random.integers(0, 100, count)] + random.normal(scale=0.02, size=(count, 2))
        maps[encoder] = pd.DataFrame({"item": range(count), "x": places[:, 0].clip(0, 1), "y": places[:, 1].clip(0, 1)})
    return maps


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else place))
