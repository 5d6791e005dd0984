"""Build the site: pages, notebooks with their outputs, references made from the code, and a live explorer.

    python docs/site/make.py                 # build/site/html; with the explorer of a demo run, else of the tiny world
    python docs/site/make.py --run RUN       # with the explorer of another run

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

from xdc_lab.explorers.html import export_html  # noqa: E402

BUILD = ROOT / "build" / "site"
SOURCE, HTML, STATIC = BUILD / "source", BUILD / "html", BUILD / "static"
DEMO_RUN = ROOT / "runs" / "demo" / "XDC-k32-s0"
TINY_RUN = ROOT / "runs" / "tiny" / "XDC-k4-s0"
EXPLORER_MB = 20.0
COPIED = ("*.md", "data/**/*.md", "docs/**/*.md", "notebooks/*/*.webp")
OTHER_PAGES = "docs/*\n"  # in index.md, the how-tos that it does not name


def main() -> None:
    """Build, and say what was built."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--run", type=Path, help="whose explorer; default: runs/demo/XDC-k32-s0, else the tiny world's")
    arguments = parser.parse_args()
    from sphinx.cmd.build import build_main  # of the extra `site`

    begun = time.monotonic()
    shutil.rmtree(BUILD, ignore_errors=True)
    STATIC.mkdir(parents=True)
    write_script(STATIC)
    copy_sources(SOURCE)
    write_pages(SOURCE)
    strict = ["-b", "html", "-W", "--keep-going", "-q"]
    if failed := build_main([*strict, "-d", str(BUILD / "doctrees"), "-c", str(HERE), str(SOURCE), str(HTML)]):
        sys.exit(failed)
    write_explorer(arguments.run, HTML / "explorer")
    if faults := broken(HTML):
        sys.exit("\n".join(["links that lead nowhere:", *faults]))
    size = sum(path.stat().st_size for path in HTML.rglob("*") if path.is_file())
    pages, seconds = len(list(HTML.rglob("*.html"))), time.monotonic() - begun
    told = f"{pages} pages, {size / 1e6:.0f} MB, {seconds:.0f} s; no broken link"
    print(f"site: {HTML.relative_to(ROOT)}/index.html  {told}")


def copy_sources(target: Path) -> None:
    """Copy pages, notebooks and pictures to where they lie in the project."""
    for path in (path for pattern in COPIED for path in ROOT.glob(pattern)):
        if HERE not in path.parents:
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    (target / "index.md").write_text(home((HERE / "index.md").read_text(encoding="utf-8")), encoding="utf-8")
    for path in sorted(ROOT.glob("notebooks/*.ipynb")):
        copy_notebook(path, target / path.relative_to(ROOT))


def home(text: str) -> str:
    """The home page, with the pages of docs that it does not name among the how-tos."""
    names = [f"docs/{path.stem}" for path in sorted(ROOT.glob("docs/*.md"))]
    others = [name for name in names if f"\n{name}\n" not in text]
    return text.replace(OTHER_PAGES, "".join(f"{name}\n" for name in others))


def write_pages(target: Path) -> None:
    """Write the pages that are made from code and tables."""
    (target / "reference" / "api").mkdir(parents=True)
    made = [(name, page()) for name, page in PAGES.items()]
    for name, text in (*made, *api_pages()):
        (target / "reference" / f"{name}.md").write_text(text, encoding="utf-8")


def write_explorer(run: Path | None, folder: Path) -> None:
    """Write a run's explorer with its media beside it; where there is no demo run, of the tiny world, made first."""
    run = run or (DEMO_RUN if DEMO_RUN.is_dir() else TINY_RUN)
    if run == TINY_RUN:
        pretrain = ["pretrain", "--data", "tiny", "--scale", "tiny", "--k", "4", "--out", str(run)]
        for words in (["demo-set", "--scale", "tiny"], pretrain):
            subprocess.run([sys.executable, "-m", "xdc_lab.cli", *words], cwd=ROOT, check=True)
    tell = lambda line: print(f"explorer: {line}")  # noqa: E731
    export_html(run, folder / "index.html", budget_mb=EXPLORER_MB, beside=True, report=tell)


if __name__ == "__main__":
    main()
