"""Begin a run or go on with it: what every kind of run.json says, and whether a folder holds the same run."""

import contextlib
import datetime
import json
import secrets
import shlex
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from xdc_lab import distributed
from xdc_lab.errors import RunError
from xdc_lab.runs.environment import environment
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import settings_table

BEFORE_ANY_WORK = {"run.json", ".lock", "items.csv", "rejected.csv", "probes.sqlite", "probes.sqlite-journal"}


def describe_run(
    kind: str,
    name: str,
    *,
    settings: Any,
    execution: Execution,
    data: Mapping[str, str] | None = None,
    reads: Collection[str] | None = None,
) -> dict[str, Any]:
    """What run.json says of any run at its beginning.

    Args:
        kind: "pretrain", "supervised", "evaluate", "retrain".
        name: the beginning of the run's id.
        settings: a dataclass of settings; kept with their sources.
        execution: its seed and device are kept.
        data: name, path and licence of the collection.
        reads: the fields of `settings` that such a run reads, which are all that is kept; None: all of them.
    """
    created = datetime.datetime.now(datetime.UTC)
    return {
        # Two runs may begin in one second.
        "id": f"{name}-s{execution.seed}-{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        "kind": kind,
        "created": created.isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": execution.seed,
        "settings": [
            row for row in settings_table(settings) if reads is None or row["name"].split(".")[0] in reads
        ],
        "data": dict(data or {}),
        "environment": environment(execution.device),
        "status": "running",
        "wall_seconds": 0.0,
    }


@contextlib.contextmanager
def open_run(run: RunFolder, about: dict[str, Any], *, same: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Begin a run, or go on with the same one; give what run.json says now. Until the block ends the folder is held.

    A finished run is only read, and any number of processes may.

    Args:
        run: the folder.
        about: what the run to begin would say.
        same: the keys that make two runs the same.

    Raises:
        RunError: if the folder holds another run, or another process is at work in it.
    """
    there = _same_run(run, about, same)
    if there and there["status"] == "finished":
        yield there
        return
    with _held(run):
        found = _same_run(run, about, same)
        there = found or about
        if there["status"] != "finished":
            there = {**about, "id": there["id"], "created": there["created"]}
            distributed.barrier()  # everyone has looked before the main process writes
            if distributed.is_main():
                if found is None:
                    for path in (run.items, run.rejected):  # of a run that failed before it made anything
                        path.unlink(missing_ok=True)
                run.write_about(there)
            distributed.barrier()
            there["id"] = run.read_about()["id"]  # the main process's, for all
        yield there


def _same_run(run: RunFolder, about: dict[str, Any], same: Sequence[str]) -> dict[str, Any] | None:
    """What run.json says; None: the folder holds none."""
    if not run.about.is_file():
        return None
    there = run.read_about()
    asked = json.loads(json.dumps(about))
    for key in ("kind", *same):
        if difference := _difference(_told(there, asked, key), _told(asked, there, key), key):
            if (
                there["status"] != "finished"
                and {path.name for path in run.path.iterdir()} <= BEFORE_ANY_WORK
            ):
                return None  # it failed before it made anything: a corrected command may begin here
            raise RunError(
                f"{run.path} holds another run: {difference}; give another folder, or remove that one"
            )
    return there


def _difference(was: Any, now: Any, key: str) -> str | None:
    """In which way two runs differ, as "its settings differ: training.epochs 6 (now 3)"; None: they do not."""
    if was == now:
        return None
    if not isinstance(was, dict) or not isinstance(now, dict):
        return f"its {key} is {was} (now {now})"
    names = [name for name in now | was if was.get(name) != now.get(name)]
    told = ", ".join(f"{name} {was.get(name)} (now {now.get(name)})" for name in names)
    return f"its {key} differ: {told}"


def _told(about: dict[str, Any], other: dict[str, Any], key: str) -> Any:
    """What a run says under a key; of settings their values alone, not where these come from and why.

    A setting that this run lacks and the other has is at its default: a version without it made the run. Of data it
    is where they lie and how many of them: what they are called is a matter of words.
    """
    if key == "settings":
        defaults = {row["name"]: row["default"] for row in other[key]}
        return defaults | {row["name"]: row["value"] for row in about[key]}
    if key == "data" and "path" in about[key]:
        return {name: about[key].get(name) for name in ("path", "clips")}
    return about.get(key)


def is_held(run: RunFolder) -> bool:
    """Whether another process is at work in a run folder."""
    if not run.lock.is_file():
        return False
    try:
        with FileLock(run.lock, blocking=False):
            return False
    except Timeout:
        return True


@contextlib.contextmanager
def _held(run: RunFolder) -> Iterator[None]:
    """Keep other processes out of a run folder; the system lets go when this process ends, however it ends."""
    if not distributed.is_main():
        yield
        return
    run.path.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.lock, blocking=False):
            yield
    except Timeout as error:
        raise RunError(
            f"another process is at work in {run.path}: wait until it has ended, or stop it, then start again"
        ) from error
