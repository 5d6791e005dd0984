"""The wheel: built from what is committed, installed with what it declares and no more, and run far from the clone.

The virtual environment is a new one. Into it come links to the running environment's copies of what the wheel requires
and of what that requires in turn, then the wheel itself, by pip and without an index, so that pip refuses it if
anything is missing. So this shows that the declared packages suffice and that the wheel holds all files. It does not
show that pip finds and downloads them: `make setup` does, from the same list, and doing it twice would cost each run of
CI a minute and a half and 6 GB. Folders that several packages share (`nvidia`) are linked whole.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path
from zipfile import Path as PathInZip
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xdc_lab.explorers.payload import WITHOUT_UMAP
from xdc_lab.extras import EXTRA_OF

ROOT = Path(__file__).parents[2]
OF_ONE_TIME = {"SOURCE_DATE_EPOCH": "1700000000"}
TRAVELS = ("xdc_lab/", "data/paper/", "data/measured/")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def tracked() -> list[str]:
    """Every file that is committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in files if (ROOT / name).is_file()]


def said(command: list[str], *, folder: Path, **environment: str) -> str:
    """What a command prints, in an environment of its own; what it complained of, if it fails."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    alone = {**kept, "HOME": str(folder), "OMP_NUM_THREADS": "1", "PIP_CONFIG_FILE": os.devnull, **environment}
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def required(wheel: Distribution) -> Iterator[Distribution]:
    """The running environment's copies of what a distribution requires, without its extras, and so on."""
    waiting, seen = [(wheel, "")], set[tuple[str, str]]()
    while waiting:
        one, extra = waiting.pop()
        for line in one.requires or []:
            needed = Requirement(line)
            if needed.marker and not needed.marker.evaluate({"extra": extra}):
                continue
            for also in ("", *needed.extras):
                found = (canonicalize_name(needed.name), also)
                if found not in seen:
                    seen.add(found)
                    waiting.append((distribution(needed.name), also))
                    yield waiting[-1][0]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a source distribution that was built from a copy of what is committed."""
    copy, made = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("dist")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    said([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made)], folder=copy, **OF_ONE_TIME)
    assert len(list(made.glob("*.tar.gz"))) == 1
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def away(wheel, tmp_path_factory) -> Path:
    """An empty folder far from the clone, with a virtual environment that holds the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("away")
    assert ROOT not in folder.resolve().parents
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    packages = next((folder / "venv").glob("lib*/python*/site-packages"))
    about = next(name for name in ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    for needed in required(PathDistribution(PathInZip(wheel, about.removesuffix("METADATA")))):
        for name in {file.parts[0] for file in needed.files or []} - {"..", "__pycache__"}:
            link = packages / name
            if not link.exists() and not name.endswith(".pth"):
                link.symlink_to(Path(str(needed.locate_file(name))))
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    said([*pip, "install", "--quiet", "--no-index", str(wheel)], folder=folder)
    assert "No broken requirements found" in said([*pip, "check"], folder=folder)
    return folder


@pytest.fixture(scope="module")
def command(away) -> Callable[..., str]:
    """The installed command."""
    return lambda *words: said([str(away / "venv" / "bin" / "xdc-lab"), *words], folder=away)


@pytest.fixture(scope="module")
def demo(command, away, tiny_set) -> str:
    """What `xdc-lab demo` prints on the tiny set, of which it renders a single clip."""
    copy = away / "data" / "tiny"
    shutil.copytree(tiny_set.parent, copy)
    (copy / "items.csv").unlink()
    clip = min(copy.glob("downstream_test/*.mp4"))
    clip.unlink()
    printed = command("demo", "--scale", "tiny")
    assert f"items table: {copy / 'items.csv'}" in printed
    assert clip.is_file()
    return printed


def test_wheel_holds_every_file(wheel):
    held = set(ZipFile(wheel).namelist())
    files = [name for name in tracked() if name.startswith(TRAVELS)]
    assert "data/paper/table1.csv" in files and "xdc_lab/py.typed" in files
    assert {name if name.startswith("xdc_lab/") else f"xdc_lab/{name}" for name in files} - held == set()
    assert [name for name in held if name.startswith(("tests/", "data/", "notebooks/"))] == []


def test_a_second_build_is_the_same_to_the_byte(wheel, tmp_path):
    """From the source distribution, elsewhere and later."""
    shutil.unpack_archive(next(wheel.parent.glob("*.tar.gz")), tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for path in source.rglob("*.py"):
        os.utime(path, (1800000000, 1800000000))
    said([sys.executable, "-m", "build", "--wheel", "--no-isolation"], folder=source, **OF_ONE_TIME)
    assert next(source.glob("dist/*.whl")).read_bytes() == wheel.read_bytes()


def test_description_has_no_link_into_the_clone(wheel):
    about = next(name for name in ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA"))
    described = ZipFile(wheel).read(about).decode().partition("\n\n")[2]
    assert "# XDC Lab" in described and "](https://arxiv.org" in described
    assert re.findall(r"\]\((?!https?://)[^)]*\)", described) == []


def test_no_extra_is_there_and_the_package_is_the_installed_one(away):
    there = f"[module for module in {list(EXTRA_OF)} if find_spec(module)]"
    asked = f"from importlib.util import find_spec; import xdc_lab; print(xdc_lab.__file__, {there})"
    printed = said([str(away / "venv" / "bin" / "python"), "-c", asked], folder=away)
    assert printed.startswith(str(away))
    assert printed.endswith("[]\n")


def test_recorded_tables_are_printed(command):
    printed = command("table", "1", "--recorded")
    assert "XDC" in printed and "recorded with the project" in printed


def test_demo_is_described_drawn_and_explored_without_umap(command, demo, away):
    run = away / demo.split("run folder: ")[1].split()[0]
    assert "kmeans" in command("show", str(run))
    assert "audio concepts" in demo
    assert len(list((run / "report").glob("contact_sheet_*.png"))) == 2
    assert f"maps: {WITHOUT_UMAP}" in demo
    assert (run / "report" / "explorer.html").stat().st_size > 100_000
