"""Begin a run or go on with it: what every kind of run.json says, and whether a folder holds the same run."""

import contextlib
import datetime
import hashlib
import json
import secrets
import shutil
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from xdc_lab import distributed
from xdc_lab.errors import RunError, counted
from xdc_lab.launch import command_line
from xdc_lab.runs.environment import environment
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, remove_partials, unwritten_said, write_text
from xdc_lab.settings import settings_table

# What a run that made nothing to go on from may have left: a corrected command begins without it.
OF_NO_USE = (
    "items.csv",
    "items.csv.sha256",
    "rejected.csv",
    "features",
    "clusters",
    "clusterings.jsonl",
    "training.jsonl",
    "failures.jsonl",
)
BEFORE_ANY_WORK = {"run.json", ".lock", ".identity", "probes.sqlite", "probes.sqlite-journal", *OF_NO_USE}
FREE = {"unreadable_share"}  # settings that change no number: whoever goes on may choose them anew


def describe_run(
    kind: str,
    name: str,
    *,
    settings: Any,
    execution: Execution,
    data: Mapping[str, str] | None = None,
    items: Mapping[str, Any] | None = None,
    reads: Collection[str] | None = None,
) -> dict[str, Any]:
    """What run.json says of any run at its beginning.

    Args:
        kind: "pretrain", "supervised", "evaluate", "retrain".
        name: the beginning of the run's id.
        settings: a dataclass of settings; kept with their sources.
        execution: its seed and device are kept.
        data: name, path and licence of the collection.
        items: how many there are, and digests of them (`xdc_lab.datasets.identity.identify_items`); None: it has none.
        reads: the fields of `settings` that such a run reads, which are all that is kept; None: all of them.
    """
    created = datetime.datetime.now(datetime.UTC)
    return {
        # Two runs may begin in one second.
        "id": f"{name}-s{execution.seed}-{created:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        "kind": kind,
        "created": created.isoformat(timespec="seconds"),
        "command": command_line([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": execution.seed,
        "settings": [
            row for row in settings_table(settings) if reads is None or row["name"].split(".")[0] in reads
        ],
        "data": dict(data or {}),
        **({} if items is None else {"items": dict(items)}),
        "environment": environment(execution.device),
        "status": "running",
        "wall_seconds": 0.0,
    }


@contextlib.contextmanager
def open_run(run: RunFolder, about: dict[str, Any], *, same: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Begin a run, or go on with the same one; give what run.json says now. Until the block ends the folder is held.

    A finished run is only read, and any number of processes may. A run that failed before it made anything to go on
    from leaves its folder to a corrected command. What a killed process had half written is removed.

    Args:
        run: the folder.
        about: what the run to begin would say.
        same: the keys that make two runs the same; where the items are none of them, a difference of theirs is said.

    Raises:
        RunError: if the folder holds another run, or another process is at work in it.
    """
    there = _same_run(run, about, same)
    if there and "items" not in same and distributed.is_main():
        _say_other_items(run, there, about)
    if there and there["status"] == "finished":
        yield there
        return
    with _held(run):
        found = _same_run(run, about, same)
        there = found or about
        if there["status"] != "finished":
            kept = ("id", "created", "items", "stretches")
            there = {**about, **{name: there[name] for name in kept if name in there}}
            there["stretches"] = [*there.get("stretches", []), _stretch(there["environment"])]
            distributed.barrier()  # everyone has looked before the main process writes
            if distributed.is_main():
                remove_partials(run.path)
                identity = _identity(about, same)
                if found is None:
                    _make_room(run, identity)
                write_text(run.identity, identity)
                run.write_about(there)
            distributed.barrier()
            there["id"] = run.read_about()["id"]  # the main process's, for all
        with _timed(run):
            yield there


def _stretch(environment: Mapping[str, Any]) -> dict[str, Any]:
    """What one command that works on a run has: a run that goes on has several, perhaps on other machines."""
    began = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    named = ("commit", "device", "processes", "threads")
    return {"began": began, **{name: environment[name] for name in named}, "seconds": None}


@contextlib.contextmanager
def _timed(run: RunFolder) -> Iterator[None]:
    """Write into run.json how long this stretch took, however it ends; of one that is killed it stays unknown."""
    began = time.monotonic()
    try:
        yield
    finally:
        with contextlib.suppress(RunError):  # a full disk, or a run.json that is gone, hides no error of the block
            if distributed.is_main():
                about = run.read_about()
                if (stretches := about.get("stretches")) and stretches[-1]["seconds"] is None:
                    stretches[-1]["seconds"] = round(time.monotonic() - began, 1)
                    run.write_about(about)


def _make_room(run: RunFolder, identity: str) -> None:
    """Remove what is left of a run that made nothing to go on from.

    Where run.json is gone (it was damaged, and removed), all is kept: the same command goes on from it.

    Raises:
        RunError: if that was another run's, or there is a table of items that no run wrote.
    """
    if not run.about.is_file():
        if run.identity.is_file() and run.identity.read_text(encoding="utf-8") != identity:
            raise RunError(
                f"{run.path} was begun by another command, or with other settings or data, and its run.json is gone; "
                "give that command to go on, or another folder"
            )
        if run.items.is_file() and not run.items_digest.is_file():
            raise RunError(f"{run.path} holds an {run.items.name} and no run; give a folder of its own for the run")
        return
    for name in OF_NO_USE:
        path = run.path / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _identity(about: Mapping[str, Any], same: Sequence[str]) -> str:
    """A digest of what makes two runs the same, kept beside run.json, which may be damaged."""
    asked = json.loads(json.dumps(about))
    told = {key: _told(asked, asked, key) for key in ("kind", *same)}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest() + "\n"


def _say_other_items(run: RunFolder, there: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    was, now = (_told(one, other, "items") for one, other in ((there, about), (about, there)))
    if was is not None and was != now:
        what = f"{counted(now['count'], 'item')} now, the run has {was['count']}"
        if now["count"] == was["count"]:
            what = f"the same {now['count']} items, but other values of {', '.join(_differing(was, now))}"
        print(f"{run.path}: the collection has changed since the run began ({what}); the run keeps its own", file=sys.stderr)


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
    told = ", ".join(f"{name} {was.get(name)} (now {now.get(name)})" for name in _differing(was, now))
    return f"its {key} differ: {told}"


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in {**now, **was} if was.get(name) != now.get(name)]


def _told(about: Mapping[str, Any], other: Mapping[str, Any], key: str) -> Any:
    """What a run says under a key; of settings their values alone, not where these come from and why.

    A setting that this run lacks and the other has is at its default: a version without it made the run. Of data it
    is where they lie and how many of them: what they are called is a matter of words.
    """
    if key == "settings":
        defaults = {row["name"]: row["default"] for row in other[key]}
        told = defaults | {row["name"]: row["value"] for row in about[key]}
        return {name: value for name, value in told.items() if name not in FREE}
    if key == "data" and "path" in about[key]:
        return {name: about[key].get(name) for name in ("path", "clips")}
    if key == "items" and key not in other:  # a run by a version that did not say them
        return None
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
    lock = FileLock(run.lock)
    try:
        with unwritten_said(run.lock):
            run.path.mkdir(parents=True, exist_ok=True)
            lock.acquire(blocking=False)
    except Timeout as error:
        raise RunError(
            f"another process is at work in {run.path}: wait until it has ended, or stop it, then start again"
        ) from error
    try:
        yield
    finally:
        lock.release()
