"""What a stranger meets first: a README of one screen, commands that exist, forms and workflows that can be read."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")), *WORKFLOWS]
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


def test_hooks_ask_what_make_lint_asks():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0]
    for hook in hooks:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert f"$(BIN)/{tool}" in lint
