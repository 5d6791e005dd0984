"""Build the site: pages, notebooks with their outputs, references made from the code, and a live explorer.

    python docs/site/build.py                 # build/site/html; with the explorer of a demo run, else of the tiny world
    python docs/site/build.py --run RUN       # with the explorer of another run

Sphinx reads a copy of the pages in which everything lies as it does in the project, so that a link which works there
works here. A warning of Sphinx and a link that leads nowhere fail the build.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]

from charts import copy_notebook, write_script  # noqa: E402
from links import broken  # noqa: E402
from pages import PAGES, api_pages  # noqa: E402

BUILD = ROOT / "build" / "site"
SOURCE, HTML, STATIC = BUILD / "source", BUILD / "html", BUILD / "static"
DEMO_RUN = ROOT / "runs" / "demo" / "XDC-k32-s0"
TINY_RUN = ROOT / "runs" / "tiny" / "XDC-k4-s0"
EXPLORER_MB = 20.0


def main() -> None:
    """Build, and say what was built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--run", type=Path, help="whose explorer is shown; default: runs/demo/XDC-k32-s0, else the tiny world")
    arguments = parser.parse_args()
    begun = time.monotonic()
    shutil.rmtree(BUILD, ignore_errors=True)
    STATIC.mkdir(parents=True)
    write_script(STATIC)
    copy_sources(SOURCE)
    write_pages(SOURCE)
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-j", "auto", "-d", BUILD / "doctrees", "-c", HERE, SOURCE, HTML],
        check=True,
    )
    write_explorer(arguments.run, HTML / "explorer")
    if faults := broken(HTML):
        sys.exit("\n".join(["links that lead nowhere:", *faults]))
    size = sum(path.stat().st_size for path in HTML.rglob("*") if path.is_file())
    pages = len(list(HTML.rglob("*.html")))
    print(f"site: {HTML.relative_to(ROOT)}/index.html  {pages} pages, {size / 1e6:.0f} MB, {time.monotonic() - begun:.0f} s")


def copy_sources(target: Path) -> None:
    """Copy pages, notebooks and pictures to where they lie in the project."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("data/**/*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("notebooks/pictures/*")]
    for path in pages:
        if HERE not in path.parents:
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    shutil.copyfile(HERE / "index.md", target / "index.md")
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        copy_notebook(path, target / path.relative_to(ROOT))


def write_pages(target: Path) -> None:
    """Write the pages that are made from code and tables."""
    (target / "reference" / "api").mkdir(parents=True)
    made = [(name, page()) for name, page in PAGES.items()]
    for name, text in (*made, *api_pages()):
        (target / "reference" / f"{name}.md").write_text(text, encoding="utf-8")


def write_explorer(run: Path | None, folder: Path) -> None:
    """Write a run's explorer with its media beside it; where there is no demo run, of the tiny world, made first."""
    from xdc_lab.explorers.html import export_html

    run = run or (DEMO_RUN if DEMO_RUN.is_dir() else None)
    if run is None:
        run = TINY_RUN
        for words in (["demo-set", "--scale", "tiny"], ["pretrain", "--data", "tiny", "--scale", "tiny", "--out", str(run)]):
            subprocess.run([sys.executable, "-m", "xdc_lab.cli", *words], cwd=ROOT, check=True)
    export_html(run, folder / "index.html", budget_mb=EXPLORER_MB, beside=True, report=lambda line: print(f"explorer: {line}"))


if __name__ == "__main__":
    main()
