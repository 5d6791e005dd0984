"""Runs to explore, made once; a browser that records what it is asked for."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest

sys.path.insert(0, str(Path(__file__).parent))  # tests are no package: this is how they share synthetic_run

from synthetic_run import flat_maps, make_run

from xdc_lab.analysis.result import load_result
from xdc_lab.explorers.budget import shown_items
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.payload import build_payload
from xdc_lab.explorers.previews import make_previews

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> Path:
    """Forty clips, fourteen of them real files (one silent), 6 audio and 5 video clusters."""
    return make_run(tmp_path_factory.mktemp("runs") / "xdc", clips=40, media=14, k={"audio": 6, "video": 5})


@pytest.fixture(scope="session")
def result(run):
    return load_result(run)


@pytest.fixture(scope="session")
def payload(result, run):
    return build_payload(result, maps=flat_maps(run))


@pytest.fixture(scope="session")
def previews(result, payload):
    return make_previews(result, shown_items(payload), progress=False)


@pytest.fixture(scope="session")
def page_file(payload, previews, tmp_path_factory) -> Path:
    """The exported explorer of the run."""
    path = tmp_path_factory.mktemp("page") / "explorer.html"
    export_html(payload, path, previews=previews, report=lambda line: None)
    return path


@pytest.fixture(scope="session")
def chromium() -> Iterator:
    """Chromium, driven by Playwright."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; the package is called chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visit:
    """One offline page, with everything that it asked for and complained of."""

    def __init__(self, browser, *, width: int = 1400, height: int = 900, **options):
        self.context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: Path, link: str = ""):
        self.page.goto(f"file://{path}#{link}")
        self.page.wait_for_selector("main h1", state="attached")
        return self.page

    @property
    def left(self) -> list[str]:
        """Requests that went anywhere but into the file."""
        return [url for url in self.requests if not url.startswith(("file:", "blob:", "data:"))]


@pytest.fixture
def visit(chromium) -> Iterator:
    """Open pages offline; at the end none may have complained or asked the network for anything."""
    visits: list[Visit] = []

    def open_visit(path: Path, link: str = "", **options) -> Visit:
        visits.append(Visit(chromium, **options))
        visits[-1].open(path, link)
        return visits[-1]

    yield open_visit
    for one in visits:
        one.context.close()
    assert [one.left for one in visits if one.left] == []
    assert [one.complaints for one in visits if one.complaints] == []


@pytest.fixture(scope="session")
def axe() -> Callable:
    """What axe finds on a page as it stands: all of its rules, or those of some names alone."""
    spec = find_spec("axe_playwright_python")
    if spec is None or spec.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    script = (Path(spec.origin).parent / "axe.min.js").read_text()

    def findings(page, only: Sequence[str] = ()) -> list:
        if not page.evaluate("'axe' in window"):
            page.evaluate(script)
        return page.evaluate(
            "async only => (await axe.run({ rules: { 'target-size': { enabled: true } },"
            " ...(only.length ? { runOnly: only } : {}) }))"
            ".violations.map(v => [v.id, v.nodes.map(n => n.html).slice(0, 3)])",
            list(only),
        )

    return findings


@pytest.fixture
def jupyter_lab(tmp_path) -> Callable[[Sequence[str]], contextlib.AbstractContextManager[str]]:
    """Start a JupyterLab with one notebook of some cells; gives its address."""
    return lambda sources: _jupyter_lab(tmp_path, sources)


@contextlib.contextmanager
def _jupyter_lab(folder: Path, sources: Sequence[str]) -> Iterator[str]:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(source.strip(), id=f"cell-{number}") for number, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "x.ipynb")
    config = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    config.mkdir(parents=True)
    (config / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    port = 8700 + os.getpid() % 1000
    flags = [
        "--no-browser",
        "--allow-root",
        "--ip",
        "127.0.0.1",
        "--IdentityProvider.token=",
        f"--port={port}",
        "--ServerApp.port_retries=0",
    ]
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "config" / "lab" / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *flags],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server)
        yield f"{address}/lab/tree/x.ipynb?reset"
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen, *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("JupyterLab did not start")
