"""The parts of the GPU check, what each may take, and how one is run: whatever it raises is a result."""

import importlib
import json
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Conditions:
    """Where the check runs: "cuda" or "cpu", and whether all is small."""

    device: str = "cuda"
    small: bool = False

    def pick(self, large: Any, small: Any) -> Any:
        """One of two values: of the check, or of its rehearsal."""
        return small if self.small else large


# Module and function of each part, and its seconds at most on a GPU; together under 8 minutes.
PARTS: Mapping[str, tuple[str, float]] = {
    "environment": ("agreement:environment", 30),
    "encoders agree": ("agreement:encoders", 30),
    "log-mels agree": ("agreement:log_mels", 15),
    "k-means agrees": ("agreement:kmeans", 20),
    "a step agrees": ("agreement:step", 30),
    "bf16 agrees": ("agreement:bf16", 20),
    "pretraining": ("runs:whole", 40),
    "resume": ("runs:resume", 60),
    "one process of DDP": ("runs:one_process_group", 25),
    "steps, video": ("steps:video", 75),
    "steps, audio": ("steps:audio", 45),
    "32 frames": ("steps:long_clips", 25),
    "k-means": ("kmeans:speed", 40),
    "feed": ("feed:speed", 60),
}


class DisagreementError(Exception):
    """What was measured is not what it must be; `found` is what was."""

    def __init__(self, message: str, found: Mapping[str, Any]):
        super().__init__(message)
        self.found = found


def demand(found: Mapping[str, Any], **limits: tuple[float, float]) -> Mapping[str, Any]:
    """The same numbers, if each of those named lies between its two limits.

    Raises:
        DisagreementError: if one does not.
    """
    wrong = [
        f"{name} is {found[name]}, not from {low:g} to {high:g}"
        for name, (low, high) in limits.items()
        if not low <= found[name] <= high
    ]
    if wrong:
        raise DisagreementError("; ".join(wrong), found)
    return found


def run_part(name: str, conditions: Conditions, lines: Path) -> None:
    """Run one part and append its row to a file: ok, seconds, what was found, and the error if there was one."""
    module, function = PARTS[name][0].split(":")
    started, row = time.monotonic(), {"name": name, "ok": True}
    try:
        work: Callable[[Conditions], Any] = getattr(importlib.import_module(f"{__package__}.{module}"), function)
        row["found"] = work(conditions)
    except Exception as error:
        trace = traceback.format_exc().splitlines()[-12:]
        row |= {"ok": False, "error": f"{type(error).__name__}: {error}", "trace": trace}
        if isinstance(error, DisagreementError):
            row["found"] = error.found
    row["seconds"] = round(time.monotonic() - started, 2)
    with lines.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, default=str) + "\n")
