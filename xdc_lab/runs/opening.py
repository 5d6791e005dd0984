"""Beginning a run, or going on with it: what every kind of run.json says, and whether a folder holds the same run."""

import datetime
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xdc_lab import distributed
from xdc_lab.errors import RunError
from xdc_lab.runs.environment import environment
from xdc_lab.runs.folder import RunFolder
from xdc_lab.settings import settings_table


def describe_run(
    kind: str, name: str, *, settings: Any, seed: int, data: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What run.json says of any run at its beginning.

    Args:
        kind: "pretrain", "supervised", "evaluate", "retrain".
        name: the beginning of the run's id.
        settings: a dataclass of settings; kept with their sources.
        seed: everything random follows from it.
        data: name, path and licence of the collection.
    """
    created = datetime.datetime.now(datetime.UTC)
    return {
        "id": f"{name}-s{seed}-{created:%Y%m%d-%H%M%S}",
        "kind": kind,
        "created": created.isoformat(timespec="seconds"),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "seed": seed,
        "settings": settings_table(settings),
        "data": dict(data or {}),
        "environment": environment(),
        "status": "running",
        "wall_seconds": 0.0,
    }


def open_run(run: RunFolder, about: dict[str, Any], *, same: Sequence[str]) -> dict[str, Any]:
    """Write run.json, or take over the id of the run that is there if it is the same one; give what it says now.

    Args:
        run: the folder.
        about: what the run to begin would say.
        same: the keys that make two runs the same.

    Raises:
        RunError: if the folder holds another run.
    """
    if run.about.is_file():
        there = run.read_about()
        for key in ("kind", *same):
            if there.get(key) != json.loads(json.dumps(about[key])):
                raise RunError(
                    f"{run.path} holds another run: its {key} differ from what was asked for; "
                    "give another folder, or remove that one"
                )
        about = {**about, "id": there["id"], "created": there["created"]}
        if there["status"] == "finished":
            return there
    distributed.barrier()  # everyone has looked before the main process writes
    if distributed.is_main():
        run.write_about(about)
    distributed.barrier()
    return about
