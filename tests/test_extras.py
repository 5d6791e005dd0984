"""A plain install is enough for the core, and each other module says which extra it needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from xdc_lab.errors import InstallError
from xdc_lab.extras import EXTRA_OF, imports_of_an_extra, installed

ROOT = Path(__file__).parents[1]
IN_A_PLAIN_INSTALL = f"""
import importlib, pathlib, sys
for module in {list(EXTRA_OF)}:
    sys.modules[module] = None  # as if it were not installed
for path in sorted(pathlib.Path("xdc_lab").rglob("*.py")):
    if path.stem == "__main__":
        continue  # it runs
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, type(error).__name__, error, sep=" | ")
"""
NEEDS_LAB = {
    f"xdc_lab.{name}"
    for name in (
        "analysis.clusters_over_k",
        "analysis.comparisons",
        "analysis.confusion",
        "explorers.clip_player",
        "explorers.iteration_slider",
        "explorers.widget",
    )
}


@pytest.fixture(scope="module")
def failures() -> dict[str, str]:
    """What happens where no extra is installed: module -> error, for those that cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", IN_A_PLAIN_INSTALL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [line.split(" | ", 1) for line in done.stdout.splitlines()]
    return {name: error for name, error in lines}


def test_only_charts_and_widgets_need_an_extra(failures):
    charts = {name for name in failures if name.startswith("xdc_lab.analysis.charts")}
    assert set(failures) - charts == NEEDS_LAB
    assert "xdc_lab.analysis.charts.result" in charts


def test_every_one_says_what_to_install(failures):
    assert {name: error for name, error in failures.items() if "InstallError" not in error} == {}
    assert {error.split(": ")[-1] for error in failures.values()} == {'pip install "xdc-lab[lab]"'}


def test_both_builds_of_faiss_are_offered():
    with pytest.raises(InstallError, match=r'xdc-lab\[cpu\]" \(or "xdc-lab\[gpu\]"'), imports_of_an_extra():
        raise ModuleNotFoundError(name="faiss")


def test_what_no_extra_brings_is_another_error():
    with pytest.raises(ModuleNotFoundError), imports_of_an_extra():
        raise ModuleNotFoundError(name="xdc_lab.typo")


def test_what_is_installed(monkeypatch):
    assert installed("faiss")
    monkeypatch.setitem(sys.modules, "faiss", None)
    assert not installed("faiss")
