"""Peak memory of pretraining on a collection and on four copies of it: it must not grow with the clips."""

import multiprocessing
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.errors import SettingError
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.pretraining.settings import scale_settings
from xdc_lab.runs.execution import Execution

STATUS = Path("/proc/self/status")  # Linux
EVERY_SECONDS = 0.02


def bench_memory(data: str = "demo", *, scale: str = "tiny", copies: tuple[int, ...] = (1, 4)) -> pd.DataFrame:
    """Pretrain on each number of copies of a collection, one process each, and tell what memory it took.

    Decoded clips and features lie in memory-mapped files, whose pages the system takes back when it needs them; what
    a process holds for itself is its anonymous memory.

    Args:
        data: the collection; a copy of an item is another item of the same file.
        scale: its settings, for one iteration of one epoch.
        copies: how often each item comes.

    Returns:
        One row per number of copies: clips, peak anonymous memory and peak of all pages, in million bytes.

    Raises:
        SettingError: where the system does not tell (it is not Linux).
    """
    if not STATUS.is_file():
        raise SettingError("memory is measured by /proc/self/status, which this system does not have: use Linux")
    spawn = multiprocessing.get_context("spawn")
    rows = []
    for number in copies:
        with spawn.Pool(1) as pool:
            rows.append(pool.apply(_measure, (data, scale, number)))
    return pd.DataFrame(rows)


def _measure(data: str, scale: str, copies: int) -> dict[str, float]:
    """Pretrain in this process and sample what it holds."""
    items = pd.concat([load_items(data)] * copies, ignore_index=True)
    settings = scale_settings(scale)
    settings = replace(settings, iterations=1, training=replace(settings.training, epochs=1))
    highest, done = [_told_mb("RssAnon")], threading.Event()

    def watch() -> None:
        while not done.wait(EVERY_SECONDS):
            highest[0] = max(highest[0], _told_mb("RssAnon"))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    before = highest[0]
    with tempfile.TemporaryDirectory() as folder:
        run = pretrain(items, Path(folder) / "run", settings=settings, execution=Execution(progress=False))
        clips = len(pd.read_csv(run.items))
    done.set()
    watcher.join()
    return {
        "copies": copies,
        "clips": clips,
        "before, MB": round(before),
        "peak of its own, MB": round(highest[0]),
        "peak with mapped files, MB": round(_told_mb("VmHWM")),
    }


def _told_mb(name: str) -> float:
    """What the system says of this process: RssAnon, its own memory now; VmHWM, the most of all its pages so far."""
    line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1000
