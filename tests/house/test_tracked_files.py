"""What is committed: no addresses of machines, living links, a version that the changelog knows, a true tree."""

import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import xdc_lab
from xdc_lab.methods import METHODS

ROOT = Path(__file__).parents[2]
# Sites that a reader is sent to. No package index is one: where packages come from is each machine's own business.
SITES = {"arxiv.org", "conda.io", "creativecommons.org", "doi.org", "github.com", "jupyter.org", "keepachangelog.com"}
SITES |= {"proceedings.neurips.cc", "pytorch.org", "semver.org", "www.contributor-covenant.org", "www.w3.org"}
SITES |= {"localhost", "127.0.0.1"}
FOLDERS_OF_MACHINES = ("home", "root", "work", "tmp", "Users", "opt", "mnt", "scratch")
MACHINE_PATH = re.compile(rf"(?<![\w.:/}})-])/(?:{'|'.join(FOLDERS_OF_MACHINES)})/\w")
LISTED_INSIDE = ("notebooks", "data", "tests")
TREE = re.compile(r"<!-- tree -->\n```text\n(.*?)```", re.DOTALL)


def tracked() -> list[str]:
    """Every file that is committed or about to be, as a path from the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(name for name in set(files) if (ROOT / name).exists())


def foreign_addresses(text: str) -> list[str]:
    """URLs of sites that are not in `SITES`, and absolute paths of somebody's machine."""
    urls = re.findall(r"https?://[^\s\"'<>)\]`]+", text)
    return [url for url in urls if urlsplit(url).hostname not in SITES] + MACHINE_PATH.findall(text)


def is_text(path: Path) -> bool:
    """Whether a file can be read as text."""
    return b"\0" not in path.read_bytes()[:4096]


def tree_of(page: str) -> dict[str, str]:
    """Paths and comments of the tree in a page; two spaces an indentation, folders end in a slash."""
    found = TREE.search(page)
    assert found, "CONTRIBUTING.md has a tree: a text block after a line <!-- tree -->"
    entries, folders = {}, []
    for line in found[1].splitlines():
        name, _, comment = line.strip().partition(" ")
        folders = folders[: (len(line) - len(line.lstrip())) // 2]
        entries["".join([*folders, name])] = comment.strip()
        folders.append(name)
    return entries


def expected_tree(files: list[str]) -> set[str]:
    """What the tree lists of these files.

    The top level; one level of notebooks, data and tests; two of the package, where a deeper folder is one entry.
    """
    entries = set()
    for parts in (name.split("/") for name in files):
        if parts[0].startswith(".") or parts[-1] == "__init__.py" and len(parts) < 4:
            continue
        depth = 3 if parts[0] == "xdc_lab" else 2 if parts[0] in LISTED_INSIDE else 1
        entries |= {"/".join(parts[:n]) + "/" for n in range(1, min(len(parts), depth + 1))}
        if len(parts) <= depth:
            entries.add("/".join(parts))
    return entries


def broken_links(text: str, folder: Path) -> list[str]:
    """Relative links of a Markdown text that lead nowhere."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    return [link for link in links if "://" not in link and not (folder / link).exists()]


def test_files_have_no_foreign_addresses():
    texts = {name: (ROOT / name).read_text() for name in tracked() if is_text(ROOT / name)}
    assert {name: found for name, text in texts.items() if (found := foreign_addresses(text))} == {}


def test_links_lead_somewhere():
    pages = [ROOT / name for name in tracked() if name.endswith(".md")]
    assert {page: found for page in pages if (found := broken_links(page.read_text(), page.parent))} == {}


def test_tree_equals_the_disk():
    tree = tree_of((ROOT / "CONTRIBUTING.md").read_text())
    expected = expected_tree(tracked())
    assert sorted(expected - set(tree)) == [], "missing in CONTRIBUTING's tree"
    assert sorted(set(tree) - expected) == [], "in CONTRIBUTING's tree, not on the disk"
    assert [path for path, comment in tree.items() if not comment] == [], "without a comment"


def test_page_of_methods_names_every_method():
    page = (ROOT / "docs" / "own_method.md").read_text()
    assert [name for name in METHODS if f"| {name} |" not in page.replace("**", "")] == []


def test_changelog_knows_the_version():
    assert f"## [{xdc_lab.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_ci_runs_the_command_of_the_readme():
    assert "make test" in (ROOT / "README.md").read_text()
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == "make test"


@pytest.mark.parametrize(
    "text",
    [
        "see https:" + "//packages.example/simple/",
        "http:" + "//10.0.0.7/x",
        '"/' + 'home/anna/videos"',
        "in /" + "work/main",
    ],
)
def test_foreign_address_is_found(text: str):
    assert len(foreign_addresses(text)) == 1


@pytest.mark.parametrize("text", ["https://arxiv.org/abs/1911.12667", "data/work/x.mp4", "file:/root", "a/tmp/b"])
def test_good_address_is_left_alone(text: str):
    assert foreign_addresses(text) == []


def test_broken_link_is_found(tmp_path: Path):
    (tmp_path / "there.md").touch()
    text = "[a](there.md) [b](there.md#part) [c](gone.md) [d](https://arxiv.org)"
    assert broken_links(text, tmp_path) == ["gone.md"]


def test_tree_is_read():
    page = "<!-- tree -->\n```text\npackage/  all of it\n  part/  some\n    file.py  one\nend.md\n```"
    assert tree_of(page) == {
        "package/": "all of it",
        "package/part/": "some",
        "package/part/file.py": "one",
        "end.md": "",
    }


def test_tree_to_expect():
    files = ["a.md", ".ci/run", "docs/deep/x.md", "tests/t/x.py", "xdc_lab/__init__.py", "xdc_lab/a/b/c/d.py"]
    expected = {"a.md", "docs/", "tests/", "tests/t/", "xdc_lab/", "xdc_lab/a/", "xdc_lab/a/b/"}
    assert expected_tree(files) == expected
