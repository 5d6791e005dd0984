"""A run is a folder: every file in it has one place, is written whole or not at all, and can be read alone."""

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from xdc_lab.errors import RunError

FORMAT = 1
PARTIAL = ".partial"
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG}


@dataclass(frozen=True)
class RunFolder:
    """Where each thing of a run lies; nothing is created until it is written.

    >>> RunFolder("runs/demo").clusters("audio", iteration=3).as_posix()
    'runs/demo/clusters/iteration_03/audio.npz'
    """

    path: Path

    def __init__(self, path: str | Path):
        object.__setattr__(self, "path", Path(path))

    @property
    def about(self) -> Path:
        """What made this run: method, settings with sources, seed, data, environment."""
        return self.path / "run.json"

    @property
    def identity(self) -> Path:
        """A digest of what makes this run and another the same, should run.json be lost."""
        return self.path / ".identity"

    @property
    def lock(self) -> Path:
        """Held by the process that is at work here."""
        return self.path / ".lock"

    @property
    def items(self) -> Path:
        """The items table; row i is item i in every other file."""
        return self.path / "items.csv"

    @property
    def items_digest(self) -> Path:
        """The digest of the items table, as `sha256sum --check` reads it."""
        return self.path / "items.csv.sha256"

    @property
    def rejected(self) -> Path:
        """The files that could not be used, each with its reason."""
        return self.path / "rejected.csv"

    @property
    def clusterings_log(self) -> Path:
        """One line per iteration and clustering."""
        return self.path / "clusterings.jsonl"

    @property
    def training_log(self) -> Path:
        """One line per iteration, encoder and epoch."""
        return self.path / "training.jsonl"

    @property
    def curves(self) -> Path:
        """What TensorBoard reads, if it was asked for."""
        return self.path / "tensorboard"

    @property
    def failures(self) -> Path:
        """Clips that did not decode while training: path and reason, one on each line."""
        return self.path / "failures.jsonl"

    @property
    def checkpoint(self) -> Path:
        """Everything needed to go on after a kill."""
        return self.path / "checkpoint.safetensors"

    @property
    def report(self) -> Path:
        """Tables, contact sheets and the explorer."""
        return self.path / "report"

    def clusters(self, clustering: str, *, iteration: int) -> Path:
        """The clusters file of one deep clustering iteration (00: of the random encoders)."""
        return self.path / "clusters" / f"iteration_{iteration:02d}" / f"{clustering}.npz"

    def iterations(self) -> list[int]:
        """The numbers of all clusterings there are, ascending: SDC's at scale paper are more than a hundred."""
        return sorted(int(path.name.removeprefix("iteration_")) for path in (self.path / "clusters").glob("iteration_*"))

    def features(self, encoder: str) -> Path:
        """The features of the last clustering, float32 (items, dim)."""
        return self.path / "features" / f"{encoder}.npy"

    def encoder(self, encoder: str) -> Path:
        """The trained weights."""
        return self.path / "encoders" / f"{encoder}.safetensors"

    def read_about(self) -> dict[str, Any]:
        """Read run.json.

        Raises:
            RunError: if this folder holds no run, one of a newer format, or a run.json that is damaged.
        """
        if not self.about.is_file():
            raise RunError(
                f"{self.path} holds no run (there is no run.json); make one with: xdc-lab pretrain"
            )
        about = read_json(
            self.about,
            remedy="remove it and start the same command again: what has been made is kept, and an unfinished run goes on",
        )
        if about.get("format") != FORMAT:
            raise RunError(f"{self.about} has format {about.get('format')}; this version reads {FORMAT}")
        return about

    def write_about(self, about: dict[str, Any]) -> None:
        """Write run.json whole."""
        write_text(self.about, json.dumps({"format": FORMAT, **about}, indent=2) + "\n")


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place only when the block ends well.

    Raises:
        RunError: if the disk is full, or the place may not be written to; nothing half-written stays.
    """
    with unwritten_said(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}{path.suffix}")
    try:
        with unwritten_said(path):
            yield partial
            os.replace(partial, path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


@contextlib.contextmanager
def unwritten_said(path: Path) -> Iterator[None]:
    """Raise a disk that does not take what is written as a RunError; safetensors has an error of its own for it."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        code = error.errno if isinstance(error, OSError) else None
        if code in FULL or os.strerror(errno.ENOSPC) in str(error):
            raise RunError(
                f"the disk is full: {path} was not written; free some space and start again"
            ) from error
        if code in REFUSED or isinstance(error, SafetensorError):
            raise RunError(
                f"{path} was not written ({error}); give a folder that can be written to, or free this one, and start again"
            ) from error
        raise


def reserve_blocks(path: Path) -> None:
    """Take all blocks of a file that was made with holes: a full disk is an error now, no SIGBUS of a mapped page later.

    Raises:
        RunError: if the disk is full.
    """
    with unwritten_said(path), path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            os.posix_fallocate(file.fileno(), 0, size)
            return
        except AttributeError:  # macOS, Windows
            pass
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
                raise
        while part := file.read(1 << 24):  # what is written has blocks
            file.seek(-len(part), os.SEEK_CUR)
            file.write(part)


def remove_partials(folder: Path) -> None:
    """Remove the temporary files in a folder and below it whose process has ended."""
    for path in folder.rglob(f".*{PARTIAL}*"):
        number = path.name.partition(PARTIAL)[0].rpartition(".")[2]
        if number.isdigit() and not _is_alive(int(number)):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    """Whether there is such a process; this one has no file left of an earlier one of its number."""
    if process == os.getpid():
        return False
    if os.name == "nt":  # a signal would end it there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_json(path: Path, *, remedy: str) -> dict[str, Any]:
    """Read a JSON file of a run.

    Args:
        path: the file.
        remedy: what to do where it is damaged.

    Raises:
        RunError: if it is missing, cut off or damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
        reason = "it holds no names"
    except (OSError, ValueError) as error:  # of which UnicodeDecodeError and JSONDecodeError are
        reason = str(error)
    raise RunError(f"{path} is missing, cut off or damaged ({reason}); {remedy}")


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all, the same bytes on every system."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows as JSON lines, whole or not at all."""
    write_text(path, "".join(json.dumps(dict(row)) + "\n" for row in rows))


def append_line(path: Path, row: dict[str, Any]) -> None:
    """Add one JSON line; several processes may add to one file.

    Raises:
        RunError: if the disk is full.
    """
    with unwritten_said(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with unwritten_said(path), path.open("ab+") as file:  # begins at the end, and always writes there
        file.seek(max(0, file.tell() - 1))
        cut_off = file.read() not in (b"", b"\n")
        file.write(b"\n" * cut_off + json.dumps(row).encode() + b"\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; a file that is not there has none.

    A line that a kill or a full disk cut off is none: what it would have said is done again.
    """
    if not path.is_file():
        return []
    return lines_of(path.read_bytes())


def lines_of(content: bytes) -> list[dict[str, Any]]:
    """The JSON lines of a file's content, without those that were cut off."""
    rows = []
    for line in content.decode(errors="replace").splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            rows.append(json.loads(line))
    return rows
