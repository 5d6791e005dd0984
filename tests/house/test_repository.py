"""What a stranger meets first: a README of one screen, commands that exist, forms and workflows that can be read."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")), *WORKFLOWS]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
COMMAND = re.compile(r"(?:`|^|run: )make ([a-z][a-z-]*)", re.MULTILINE)


def test_readme_is_one_screen():
    readme = (ROOT / "README.md").read_text()
    prose = re.sub(r"```.*?```|!\[.*?\)", "", readme, flags=re.DOTALL)
    assert len(readme.splitlines()) <= 60
    assert len(prose.split()) <= 350


def test_make_help_tells_of_every_target():
    declared = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert declared and set(declared[1].split()) == TARGETS


def test_commands_that_pages_and_workflows_name_are_targets():
    named = {page.name: set(COMMAND.findall(page.read_text())) - TARGETS for page in PAGES}
    assert {name: unknown for name, unknown in named.items() if unknown} == {}
    assert "site" in COMMAND.findall("".join(path.read_text() for path in WORKFLOWS))


def test_forms_workflows_and_hooks_can_be_read():
    for path in (*ROOT.glob(".github/**/*.yml"), ROOT / ".pre-commit-config.yaml"):
        assert yaml.safe_load(path.read_text()), path
    for form in ROOT.glob(".github/ISSUE_TEMPLATE/[!c]*.yml"):
        assert {"name", "description", "body"} <= set(yaml.safe_load(form.read_text()))


def test_conda_brings_what_pyproject_allows():
    """Names and ranges of environment.yml against pyproject.toml: conda-forge has most packages under PyPI's names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *named, pip = environment["dependencies"]
    asked = {one.name: one.specifier for one in map(Requirement, [line.replace("=3", "==3") for line in named])}
    assert environment["channels"] == ["conda-forge"] and set(asked) == {"python", "pip", "ffmpeg", "faiss-gpu"}
    (python,) = asked["python"]
    assert project["requires-python"] == f">={min(PYTHONS)}" and python.version in PYTHONS
    assert str(asked["faiss-gpu"]) == str(Requirement(extras["gpu"][0]).specifier)
    assert pip == {"pip": ["-e .[dev]"]} and "dev" in extras


def test_workflows_run_on_every_system_and_python():
    systems = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text())["jobs"]["systems"]
    matrix = systems["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["system"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == PYTHONS
    named = " ".join(step.get("run", "") for step in systems["steps"])
    assert [name for name in re.findall(r"tests/[\w/.]+", named) if not (ROOT / name).exists()] == []


def test_hooks_ask_what_make_lint_asks():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]
    for hook in hooks:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert f"$(BIN)/{tool}" in lint
