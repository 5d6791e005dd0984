"""The floors hold: lint-imports keeps its contracts, and would notice if they were broken."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "torchvision", "torchaudio", "faiss", "av", "umap", "sklearn", "pandas", "matplotlib", "plotly"}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml on the package that lies in `folder`."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    return subprocess.run([*command, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package with its contracts, to break."""
    shutil.copytree(ROOT / "xdc_lab", tmp_path / "xdc_lab", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_floors_hold():
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("errors.py", "import xdc_lab.settings"),  # upwards within floor 0
        ("clustering/measures.py", "import xdc_lab.encoders.catalogue"),  # a sibling
        ("datasets/items.py", "import xdc_lab.training.loop"),  # upwards
        ("datasets/items.py", "import av"),  # the decoder's own business
        ("stray.py", '"""A module that no floor names."""'),
    ],
)
def test_broken_floor_is_noticed(copy: Path, module: str, line: str):
    with (copy / "xdc_lab" / module).open("a") as file:
        file.write(f"\n{line}\n")
    result = lint_imports(copy)
    assert result.returncode == 1, result.stdout
    assert f"xdc_lab.{module.removesuffix('.py').replace('/', '.')}" in result.stdout or "stray" in result.stdout


def test_command_line_starts_light():
    command = "import sys, xdc_lab, xdc_lab.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "typer" in loaded.stdout.split()
    assert not HEAVY & set(loaded.stdout.split())
