"""Beginning a run, or going on with it: what every kind of run.json says, and whether a folder holds the same run."""

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
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import settings_table


def describe_run(
    kind: str,
    name: str,
    *,
    settings: Any,
    seed: int,
    data: Mapping[str, str] | None = None,
    device: str = "auto",
    reads: Collection[str] | None = None,
) -> dict[str, Any]:
    """What run.json says of any run at its beginning.

    Args:
        kind: "pretrain", "supervised", "evaluate", "retrain".
        name: the beginning of the run's id.
        settings: a dataclass of settings; kept with their sources.
        seed: everything random follows from it.
        data: name, path and licence of the collection.
        device: "auto", "cpu", "cuda".
        reads: the fields of `settings` that such a run reads, which are all that is kept; None: all of them.
    """
    created = datetime.datetime.now(datetime.UTC)
    return {
        "id": f"{name}-s{seed}-{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",  # two may begin in one second
        "kind": kind,
        "created": created.isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": seed,
        "settings": [
            row for row in settings_table(settings) if reads is None or row["name"].split(".")[0] in reads
        ],
        "data": dict(data or {}),
        "environment": environment(device),
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
        there = _same_run(run, about, same) or about
        if there["status"] != "finished":
            there = {**about, "id": there["id"], "created": there["created"]}
            distributed.barrier()  # everyone has looked before the main process writes
            if distributed.is_main():
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
        if _told(there, key) != _told(asked, key):
            raise RunError(
                f"{run.path} holds another run: its {key} differ from what was asked for; "
                "give another folder, or remove that one"
            )
    return there


def _told(about: dict[str, Any], key: str) -> Any:
    """What a run says under a key; of settings their values alone, not where these come from and why.

    Of data it is where they lie: what they are called is a matter of words.
    """
    if key == "settings":
        return {row["name"]: row["value"] for row in about[key]}
    if key == "data":
        return about[key].get("path", about[key])
    return about.get(key)


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
