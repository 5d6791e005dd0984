"""House rules that a linter does not know: names, lengths, no method by name, no unpickling.

Docstrings, imports, types and the floors are the business of ruff, pyright and lint-imports.
"""

import ast
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from xdc_lab.clustering.measures import largest_share
from xdc_lab.methods import METHODS

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "xdc_lab").rglob("*.py"))
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_ARGUMENTS = 8
NO_NAMES = {"util", "utils", "common", "helper", "helpers", "misc", "core", "manager", "managers", "base"}
UNPICKLERS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
METHOD_NAMES = {name.lower() for name in METHODS}


def long_functions(tree: ast.AST) -> Iterator[str]:
    """Functions of more than `LONGEST_FUNCTION` lines; what documents or decorates them is not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node, clean=False)
            lines = (node.end_lineno or 0) - node.lineno + 1 - len((documented or "").splitlines())
            if lines > LONGEST_FUNCTION:
                yield f"{node.name}, line {node.lineno}, has {lines} lines"


def many_arguments(tree: ast.AST) -> Iterator[str]:
    """Functions of more than `MOST_ARGUMENTS` arguments: what belongs together travels together."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [word.arg for word in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            if len(names) - (names[:1] in (["self"], ["cls"])) > MOST_ARGUMENTS:
                yield f"{node.name}, line {node.lineno}, has {len(names)} arguments"


def methods_by_name(tree: ast.AST) -> Iterator[str]:
    """Comparisons with the name of a method: what a method does follows from its table alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare | ast.match_case):
            compared = node.pattern if isinstance(node, ast.match_case) else node
            for constant in ast.walk(compared):
                if isinstance(constant, ast.Constant) and str(constant.value).lower() in METHOD_NAMES:
                    yield f"line {constant.lineno} compares with {constant.value!r}"


def unpickling(tree: ast.AST) -> Iterator[str]:
    """Whatever could run code out of a file: pickle and its kin, torch.load and np.load with objects."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not all(alias.name.endswith("Error") for alias in node.names):
            names += [node.module or ""]
        if UNPICKLERS & {name.split(".")[0] for name in names}:
            yield f"line {getattr(node, 'lineno', 0)} imports {names[0]}"
        if not isinstance(node, ast.Call):
            continue
        call, keywords = ast.unparse(node.func), {word.arg: ast.unparse(word.value) for word in node.keywords}
        if call == "torch.load" and keywords.get("weights_only") != "True":
            yield f"line {node.lineno}: torch.load without weights_only=True"
        if call.endswith("read_pickle") or keywords.get("allow_pickle", "False") != "False":
            yield f"line {node.lineno}: {call} unpickles"


def test_modules_are_named_after_what_they_hold():
    assert ROOT / "xdc_lab" / "methods.py" in MODULES
    assert [path for path in MODULES if path.stem in NO_NAMES] == []


def test_files_are_one_idea():
    lengths = {path: len(path.read_text().splitlines()) for path in MODULES}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_what_a_text_names_is_there():
    texts = [*MODULES, *ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/text/*")]
    named = {name: path for path in texts for name in re.findall(r"`(xdc_lab(?:\.\w+)+)", path.read_text("utf-8"))}
    assert len(named) > 20
    for name, path in named.items():
        assert pkgutil.resolve_name(name) is not None, path


def test_shapes_are_checked():
    with pytest.raises(TypeCheckError):
        largest_share(np.ones((2, 2), dtype=int))  # sizes have one axis


@pytest.mark.parametrize("rule", [long_functions, many_arguments, methods_by_name, unpickling])
def test_rule_is_kept(rule):
    trees = {path: ast.parse(path.read_text()) for path in MODULES}
    assert {path: found for path, tree in trees.items() if (found := list(rule(tree)))} == {}


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (long_functions, "def f():\n" + "    pass\n" * LONGEST_FUNCTION),
        (many_arguments, "def f(a, b, c, d, *, e, f, g, h, i): pass"),
        (methods_by_name, "if method == 'XDC': pass"),
        (methods_by_name, "supervised = name.lower() in ('sdc', 'mdc')"),
        (methods_by_name, "match name:\n    case 'CDC': pass"),
        (unpickling, "import pickle"),
        (unpickling, "from joblib.numpy_pickle import load"),
        (unpickling, "torch.load(path)"),
        (unpickling, "torch.load(path, weights_only=False)"),
        (unpickling, "numpy.load(path, allow_pickle=True)"),
        (unpickling, "pd.read_pickle(path)"),
    ],
)
def test_violation_is_found(rule, source: str):
    assert list(rule(ast.parse(source)))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (long_functions, "def f():\n" + "    pass\n" * (LONGEST_FUNCTION - 1)),
        (many_arguments, "def f(self, a, b, c, d, *, e, f, g, h): pass"),
        (methods_by_name, "method = METHODS['XDC']"),
        (unpickling, "torch.load(path, weights_only=True)"),
        (unpickling, "from pickle import UnpicklingError"),
        (unpickling, "np.load(path, allow_pickle=False)"),
    ],
)
def test_good_code_is_left_alone(rule, source: str):
    assert list(rule(ast.parse(source))) == []
