"""Run the parts one after the other in a child process; one that dies or takes too long costs only itself."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xdc_lab.bench.gpu.parts import PARTS, Conditions

START_SECONDS = 60.0  # to start a child and import PyTorch
IN_A_REHEARSAL = 10.0  # a CPU may take so many times as long
Row = dict[str, Any]


def run_check(conditions: Conditions, names: Sequence[str], out: Path) -> Row:
    """Run the parts and write their results, also of those that failed; the file grows part by part."""
    started, rows, todo = time.monotonic(), [], list(names)
    found: Row = {}
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "rows.jsonl"
        while todo:
            with _child(conditions, todo, lines) as child:
                lost = _wait(child, todo, lines, conditions)
            rows = _rows(lines)
            todo = todo[len(rows) - (len(names) - len(todo)) :]
            if lost and todo:
                with lines.open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"name": todo.pop(0), "ok": False, "seconds": 0.0, "error": lost}) + "\n")
            found = _told(conditions, _rows(lines), started)
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(json.dumps(found, indent=2), encoding="utf-8")
    return found


def _told(conditions: Conditions, rows: list[Row], started: float) -> Row:
    return {
        "device": conditions.device,
        "small": conditions.small,
        "passed": all(row["ok"] for row in rows),
        "seconds": round(time.monotonic() - started, 1),
        "parts": {row.pop("name"): row for row in rows},
    }


@contextlib.contextmanager
def _child(conditions: Conditions, names: Sequence[str], lines: Path):
    words = [sys.executable, "-m", "xdc_lab.bench.gpu", "--device", conditions.device, "--child", str(lines)]
    words += ["--small"] * conditions.small + ["--parts", *names]
    child = subprocess.Popen(words, start_new_session=True)  # its own children end with it
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            if sys.platform == "win32":  # its children notice that they have no parent any more
                child.kill()
            else:
                os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _wait(child: subprocess.Popen, names: Sequence[str], lines: Path, conditions: Conditions) -> str:
    """Wait until the child has ended; say why, if a part of it has not."""
    before = done = len(_rows(lines))
    begun, spare = time.monotonic(), START_SECONDS
    while child.poll() is None:
        if (now := len(_rows(lines))) > done:
            done, begun, spare = now, time.monotonic(), 0.0
        if done - before == len(names):
            return ""
        budget = PARTS[names[done - before]][1] * (IN_A_REHEARSAL if conditions.device == "cpu" else 1.0)
        if time.monotonic() - begun > budget + spare:
            return f"took longer than its {budget:g} s"
        time.sleep(0.2)
    return f"its process ended with {child.returncode}" if len(_rows(lines)) - before < len(names) else ""


def _rows(lines: Path) -> list[Row]:
    return [json.loads(line) for line in lines.read_text(encoding="utf-8").splitlines()] if lines.is_file() else []
