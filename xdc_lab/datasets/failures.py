"""Files that cannot be read while a run is at work: named, counted, and one clear error when they are too many."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from xdc_lab.errors import MediaError, SettingError, TrainingError, counted, printable
from xdc_lab.runs.folder import RunFolder, append_line, lines_of, read_lines

UNREADABLE_SHARE = 0.01
NAMED = 10  # in the error


class FailureLog:
    """The files that could not be read, named in a .jsonl file that all processes append to.

    What failed before a run was started again is not counted: the files may have been mended.

    Args:
        path: the file.
        allowed: the share of the items that may fail; one file always may.
    """

    def __init__(self, path: str | Path, *, allowed: float = UNREADABLE_SHARE):
        self.path, self.allowed = Path(path), allowed
        self._read_bytes = self.path.stat().st_size if self.path.is_file() else 0
        self._failed: dict[str, str] = {}

    def note(self, error: MediaError, *, items: int) -> None:
        """Add a file, unless it is known.

        Raises:
            TrainingError: if more than one file, and more than the allowed share of the items, have failed.
        """
        if error.path not in self._failed and error.path not in self.failed():
            append_line(self.path, {"path": error.path, "reason": error.reason})
        failed = self.failed()
        if len(failed) > max(1, self.allowed * items):
            named = "".join(f"\n    {printable(path)}  [{reason}]" for path, reason in list(failed.items())[:NAMED])
            raise TrainingError(
                f"{len(failed)} of {items} items cannot be read, more than unreadable_share={self.allowed:g} allows: "
                f"all are in {self.path}. Look at the collection again (xdc-lab check) and mend these files, or allow "
                f"more (--set unreadable_share=0.1); the same command then goes on:{named}"
            )

    def failed(self) -> dict[str, str]:
        """Each failed file and why; what was read before is not read again."""
        if self.path.is_file():
            with self.path.open("rb") as file:
                file.seek(self._read_bytes)
                whole, newline, _ = file.read().rpartition(b"\n")  # another process may be at its line
            self._read_bytes += len(whole) + len(newline)
            self._failed |= {row["path"]: row["reason"] for row in lines_of(whole)}
        return self._failed


def demand_share(share: float) -> None:
    """Refuse what is no share of the items.

    Raises:
        SettingError: if it is below 0 or above 1.
    """
    if not 0.0 <= share <= 1.0:
        raise SettingError(f"unreadable_share={share}; it must be in [0, 1]")


def replaced_clips(run: RunFolder) -> list[str]:
    """A warning that says how many clips of a run's trainings were replaced, and of how many files; none: no clip."""
    files = {row["path"] for row in read_lines(run.failures)}
    clips = sum(row.get("clips_replaced", 0) for row in read_lines(run.training_log))
    if not files:
        return []
    return [
        f"{counted(len(files), 'file')} could not be read, named in {run.failures.name}; other draws took the place of "
        f"{counted(clips, 'training clip')}"
    ]


def last_warnings(run: RunFolder, about: Mapping[str, Any]) -> dict[str, list[str]]:
    """The warnings that run.json has at the end: those that it had, and what was replaced; empty without any."""
    warnings = [*about.get("warnings", ()), *replaced_clips(run)]
    return {"warnings": warnings} if warnings else {}
