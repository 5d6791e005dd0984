"""What pyproject.toml cannot say: the tables in data/ travel inside the package, as xdc_lab/data."""

import shutil
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


setup(cmdclass={"build_py": BuildWithTables})
