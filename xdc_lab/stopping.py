"""SIGTERM and SIGUSR1, a cluster's warnings: a training stops after the running step, all else at once."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from xdc_lab.errors import StoppedError

WARNINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGUSR1") if hasattr(signal, name))


class _Warned:
    """What a process was told by a signal."""

    def __init__(self):
        self.by: str | None = None
        self.waits = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.by = signal.Signals(number).name
        if not self.waits:
            raise stopped()


@contextlib.contextmanager
def heeded() -> Iterator[None]:
    """Within the block a warning raises StoppedError: at once, or where a training is `after_the_step`.

    Signals reach the main thread alone; in another one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    warned = _Warned()
    before = {number: signal.signal(number, warned) for number in WARNINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def after_the_step() -> Iterator[None]:
    """Within the block a warning is only noted: whoever is at work asks `is_asked` where it can stop, or at its end.

    Raises:
        StoppedError: if a warning came, and nobody asked.
    """
    warned = _warned()
    if warned is None or warned.waits:
        yield
        return
    warned.waits = True
    try:
        yield
    finally:
        warned.waits = False
    if warned.by is not None:
        raise stopped()


def note_only() -> None:
    """From here on a warning changes nothing: this process ends anyway."""
    if (warned := _warned()) is not None:
        warned.waits = True


def is_asked() -> bool:
    """Whether a warning has come."""
    warned = _warned()
    return warned is not None and warned.by is not None


def stopped() -> StoppedError:
    """The error that ends a process that was warned."""
    warned = _warned()
    by = "a signal to another process" if warned is None or warned.by is None else warned.by
    return StoppedError(f"stopped by {by}; start the same command again to go on")


def _warned() -> _Warned | None:
    handler = signal.getsignal(signal.SIGTERM)
    return handler if isinstance(handler, _Warned) else None
