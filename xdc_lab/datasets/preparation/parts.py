"""Which part of a collection a process prepares, and the lock that it holds meanwhile."""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from xdc_lab.errors import RunError, SettingError


@dataclass(frozen=True)
class Part:
    """Part `number` of `count`, counted from 1.

    >>> print(Part(2, 4))
    2-of-4
    """

    number: int = 1
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise SettingError(f"there is no part {self.number} of {self.count}; the parts are 1/{self.count} and on")

    def __str__(self) -> str:
        """As its files are named."""
        return f"{self.number}-of-{self.count}"


WHOLE = Part()


def own_part(text: str | None, environment: Mapping[str, str] = os.environ) -> Part:
    """The part that an option names, "2/4"; else this process's of those that torchrun or Slurm started.

    A Slurm array of tasks with several processes each has as many parts as processes in all.

    Raises:
        SettingError: if the option names none.

    >>> own_part(None, {"RANK": "3", "WORLD_SIZE": "8"})
    Part(number=4, count=8)
    """
    if text is not None:
        given = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
        if given is None:
            raise SettingError(f"--shard {text!r} is no part of a whole; write I/N, as 1/4, 2/4, 3/4, 4/4")
        return Part(int(given[1]), int(given[2]))
    if "RANK" in environment and "WORLD_SIZE" in environment:
        return Part(int(environment["RANK"]) + 1, int(environment["WORLD_SIZE"]))
    # A batch script outside of srun is one process, whatever the number of tasks that it asked for.
    is_step = "SLURM_STEP_ID" in environment and "SLURM_PROCID" in environment
    rank, size = (int(environment[f"SLURM_{name}"]) if is_step else at for name, at in (("PROCID", 0), ("NTASKS", 1)))
    task, tasks = 0, int(environment.get("SLURM_ARRAY_TASK_COUNT", 1))
    if tasks > 1:
        first, step = int(environment["SLURM_ARRAY_TASK_MIN"]), int(environment.get("SLURM_ARRAY_TASK_STEP", 1))
        task = (int(environment["SLURM_ARRAY_TASK_ID"]) - first) // step
    return Part(task * size + rank + 1, tasks * size)


@contextlib.contextmanager
def held(folder: Path, part: Part) -> Iterator[Path]:
    """Hold a part, and give an empty folder for what is not finished; what a killed process left there is removed.

    Raises:
        RunError: if another process is at work on it, or on parts of another number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as locks:
        for path in sorted({*folder.glob("*.lock"), folder / f"{part}.lock"}):
            if path.stem == str(part) or not path.stem.endswith(f"-of-{part.count}"):
                try:
                    lock = locks.enter_context(FileLock(path, blocking=False))
                except Timeout as error:
                    raise RunError(
                        f"another process is at work on part {path.stem} in {folder.parent}: wait until it has ended, "
                        "or stop it, then start again"
                    ) from error
                if path.stem != str(part):
                    lock.release()
        work = folder / f"{part}.work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        yield work
        shutil.rmtree(work, ignore_errors=True)
