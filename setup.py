"""What pyproject.toml cannot say: the tables in data/ travel inside the package, and links of the README work alone."""

import re
import shutil
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
TABLES = ("data/paper", "data/measured")  # they stay where people look for them: xdc_lab/results/shipped.py


class BuildWithTables(build_py):
    """Build the package and copy the tables into it; an editable install reads those of the clone."""

    def run(self):
        """Build."""
        super().run()
        if not self.editable_mode:
            for source, target in self._tables():
                self.mkpath(str(target.parent))
                shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode=True):
        """Name what was built, as setuptools asks for."""
        tables = [] if self.editable_mode else [str(target) for _, target in self._tables()]
        return [*super().get_outputs(include_bytecode), *tables]

    def _tables(self):
        package = Path(self.build_lib) / "xdc_lab"
        files = [path for folder in TABLES for path in (ROOT / folder).rglob("*") if path.suffix in (".csv", ".md")]
        return [(path, package / path.relative_to(ROOT)) for path in sorted(files)]


def described(readme: str, *, repository: str | None) -> str:
    """The README where the files beside it are not: links into the project lead to its address, if it has one.

    Args:
        readme: its Markdown.
        repository: `urls.Repository` of pyproject.toml; None: such links are their words alone, and pictures are gone.
    """
    place = r"(?!https?://|#)([^)]+)"
    shown = rf"![\1]({repository}/raw/main/\2)" if repository else ""
    linked = rf"[\1]({repository}/blob/main/\2)" if repository else r"\1"
    return re.sub(rf"\[([^]]*)\]\({place}\)", linked, re.sub(rf"!\[([^]]*)\]\({place}\)", shown, readme))


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")

setup(
    cmdclass={"build_py": BuildWithTables},
    long_description=described(README, repository=PROJECT.get("urls", {}).get("Repository")),
    long_description_content_type="text/markdown",
)
