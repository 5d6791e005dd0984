"""Linux, macOS and Windows: no POSIX-only name without a fallback, and the main job where there is none of them.

What Windows lacks stands in `as_on_windows/lacking.json`; `sitecustomize.py` beside it takes that away from xdc_lab.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "xdc_lab").rglob("*.py"))
AS_ON_WINDOWS = Path(__file__).parent / "as_on_windows"
LACKING = json.loads((AS_ON_WINDOWS / "lacking.json").read_text(encoding="utf-8"))
ASKS = ("hasattr", "sys.platform", "os.name")
MISSED = ("ImportError", "AttributeError")
OF_LINUX = ("/proc/", "/dev/")


def lacking(node: ast.AST) -> str | None:
    """The name that a node takes and Windows lacks."""
    if isinstance(node, ast.Import):
        return next((alias.name for alias in node.names if LACKING.get(alias.name) == []), None)
    if isinstance(node, ast.ImportFrom) and node.module in LACKING:
        return next((alias.name for alias in node.names if alias.name in LACKING[node.module]), None)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.attr in LACKING.get(node.value.id, ()) else None
    return None


def is_guard(node: ast.AST) -> bool:
    """Whether a statement asks for the system, or goes on where a name is missing."""
    if isinstance(node, ast.If | ast.IfExp):
        return any(word in ast.unparse(node.test) for word in ASKS)
    if isinstance(node, ast.Try):
        return any(word in ast.unparse(handler.type) for handler in node.handlers if handler.type for word in MISSED)
    if isinstance(node, ast.With):
        return any(word in ast.unparse(item.context_expr) for item in node.items for word in MISSED)
    return False


def unguarded(node: ast.AST) -> Iterator[str]:
    """POSIX-only names outside of any guard, and files of Linux that no test can take away."""
    if (name := lacking(node)) is not None:
        yield f"line {getattr(node, 'lineno', 0)}: {name}"
    if is_guard(node):
        return
    for child in ast.iter_child_nodes(node):
        yield from unguarded(child)


def hidden_files(tree: ast.Module) -> Iterator[str]:
    """Paths of Linux that are no constant of their module, which a test can replace."""
    shown = {id(part) for node in tree.body if isinstance(node, ast.Assign) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and str(node.value).startswith(OF_LINUX) and id(node) not in shown:
            yield f"line {node.lineno}: {node.value!r}"


@pytest.mark.parametrize("find", [unguarded, hidden_files])
def test_nothing_of_one_system_is_used_without_a_fallback(find):
    found = {path.relative_to(ROOT).as_posix(): list(find(ast.parse(path.read_text("utf-8")))) for path in MODULES}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import resource", ["line 1: resource"]),
        ("from os import fork", ["line 1: fork"]),
        ("import os\nos.killpg(1, 9)", ["line 2: killpg"]),
        ("with open('a') as a:\n    signal.alarm(1)", ["line 2: alarm"]),
        ("with suppress(ImportError):\n    import fcntl", []),
        ("try:\n    os.posix_fallocate(1, 0, 1)\nexcept AttributeError:\n    pass", []),
        ("a = os.getloadavg() if hasattr(os, 'getloadavg') else None", []),
        ("if sys.platform == 'win32':\n    a()\nelse:\n    os.killpg(1, 9)", []),
    ],
)
def test_names_without_a_guard_are_found(code, found):
    assert list(unguarded(ast.parse(code))) == found


JOB = """
import sys
from dataclasses import replace
from pathlib import Path

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.clips import ClipDataset
from xdc_lab.datasets.isolation import clean_context
from xdc_lab.datasets.items import write_items
from xdc_lab.datasets.preparation.engine import prepare_collection
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.features import extract_features
from xdc_lab.media.inputs import model_input
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.settings import TINY
from xdc_lab.runs.execution import Execution

if __name__ == "__main__":
    assert clean_context().get_start_method() == "spawn"
    write_items(load_items(sys.argv[1]).iloc[:6], "listed/items.csv")
    prepare_collection("listed/items.csv", "prepared", workers=1, progress=False)
    items, execution = load_items("prepared"), Execution(progress=False, workers=1)
    encoder, prepare = build_encoder("audio_resnet_18", width=4), model_input("audio")
    clips = ClipDataset(items, modality="audio")
    extract_features(encoder, clips, Path("audio.npy"), prepare=prepare, execution=execution)
    small = replace(TINY, iterations=1, video_width=4, audio_width=4, video_encoder="r2plus1d_10",
                    held_out_fraction=0.0, kmeans=replace(TINY.kmeans, k=2))
    for _ in range(2):  # the second time it only reads
        pretrain(items, "run", settings=small, execution=replace(execution, workers=0))
"""


@pytest.mark.slow
def test_prepare_check_read_and_pretrain_as_on_windows(tiny_set, tmp_path):
    """With workers that are spawned, without what Windows lacks; no file is replaced or removed while it is open."""
    (tmp_path / "job.py").write_text(JOB, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (AS_ON_WINDOWS, ROOT)))}
    command = [sys.executable, "job.py", str(tiny_set)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert b"\r" not in (tmp_path / "run" / "run.json").read_bytes()
    assert len(pd.read_csv(tmp_path / "run" / "items.csv")) == 6


MISDEEDS = {
    "import resource": "ModuleNotFoundError",
    "import os; os.killpg": "AttributeError",
    "import os; a = open('a', 'w'); os.replace('a', 'b')": "PermissionError",
    "import numpy, os; a = numpy.memmap('a', mode='w+', shape=9); os.remove('a')": "PermissionError",
    "from pathlib import Path; a = open('a', 'w'); Path('a').unlink()": "PermissionError",
}
TOLD = """
def told(line):
    try:
        exec(line, {"__name__": "xdc_lab.odd"})
    except Exception as error:
        print(type(error).__name__)
"""


def test_what_windows_refuses_is_refused(tmp_path):
    lines = [f"told({line!r})" for line in MISDEEDS]
    environment = os.environ | {"PYTHONPATH": str(AS_ON_WINDOWS)}
    command = [sys.executable, "-c", TOLD + "\n".join(lines)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == list(MISDEEDS.values())
