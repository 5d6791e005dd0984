"""The worker processes of a loader: they end with their parent, and what killed one is told in one line."""

import multiprocessing
import os
import shutil
import threading
from multiprocessing.process import BaseProcess
from pathlib import Path

SHARED = Path("/dev/shm")  # Linux


def end_with_parent(number: int) -> None:
    """Let a worker end when its parent does, however that ends: `worker_init_fn` of every DataLoader."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def killed_worker(error: RuntimeError) -> str | None:
    """What to say of PyTorch's error of a worker that was killed; None: it is another error.

    PyTorch raises it wherever the main process is at that moment, so the command line asks.
    """
    text = str(error)
    told = text.partition("\n")[0]
    is_full = "unable to allocate shared memory" in text
    if not (is_full or told.startswith("DataLoader worker")):
        return None
    if is_full or "Bus error" in told:
        fewer = "take fewer workers (--workers 0 needs none)"
        if not SHARED.is_dir():
            return f"the memory that processes share is too small for the batches of the workers: {fewer}"
        size = shutil.disk_usage(SHARED).total / 1e6
        return (
            f"{SHARED} ({size:.0f} MB) is too small for the batches of the workers: give it more (docker run "
            f"--shm-size=16g, or --ipc=host), or {fewer}"
        )
    return f"{told}: it was killed, perhaps for want of memory; take fewer workers (--workers)"
