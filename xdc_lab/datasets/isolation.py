"""Work on many files in processes with limits: one that hangs, crashes or eats memory costs its file alone."""

import contextlib
import multiprocessing
import multiprocessing.context
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pebble import ProcessExpired, ProcessPool

from xdc_lab.errors import InstallError, SettingError, XdcError

PRELOADED = ["xdc_lab.media.probe", "xdc_lab.datasets.loading", "xdc_lab.datasets.decoded"]  # takes seconds to import
_RESTARTED_AFTER = 1000  # batches: a decoder that leaks loses its process
_POOLS = 3  # that break one after the other before any of them does anything: then none will
_LOOK_SECONDS = 2.0  # between two looks whether the pool broke: it forgets what it was given at that moment
_ORPHANED_SECONDS = 30.0  # after its time a process ends itself: the one that would stop it may have been killed


@dataclass(frozen=True)
class Limits:
    """What one file may take.

    Raises:
        SettingError: if a limit leaves nothing.
    """

    seconds: float = 60.0
    memory_bytes: int = 3_000_000_000  # of which importing PyTorch takes a part

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.memory_bytes < 2**30:
            raise SettingError(
                f"a file may take {self.seconds} s and {self.memory_bytes / 1e6:.0f} MB; give more than 0 s and at "
                "least 1100 MB, of which the decoder's libraries take a part"
            )


@dataclass(frozen=True)
class Lost:
    """What a file gets that was too much for its process.

    Attributes:
        reason: why.
        is_certain: False where the machine may be to blame: somebody killed the process, perhaps for memory.
    """

    reason: str
    is_certain: bool = True


def each_in_process(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    *,
    seconds: Callable[[Any], float] | None = None,
    limits: Limits = Limits(),
    workers: int | None = None,
    together: int = 1,
) -> Generator[tuple[Any, Any], None, None]:
    """Give each job with what the function made of it, or with a `Lost`, in the order in which they end.

    Args:
        function: a module's own, which processes can import; what else than an `XdcError` or an OSError it raises is
            the job's.
        jobs: one for each file; they are taken as they are needed, so there may be millions.
        seconds: of a job; default: those of `limits`, for each.
        limits: what a job may take.
        workers: processes; default: one for each core.
        together: jobs that a process takes at once; where they fail together, each is tried once more alone.
    """
    workers = workers or os.cpu_count() or 1
    following, again = iter(jobs), list[Sequence[Any]]()
    allowed = seconds or (lambda job: limits.seconds)

    def next_batch() -> Sequence[Any]:
        return again.pop() if again else list(islice(following, together))

    broken = 0
    while broken < _POOLS and (first := next_batch()):  # no process is started for nothing
        again.append(first)
        with _script_not_run_again(), _pool(workers, limits) as pool:
            for batch, found in _through(pool, function, next_batch, allowed, 2 * workers):
                if found is None:
                    again.append(batch)
                elif isinstance(found, Lost) and len(batch) > 1:
                    again += [[job] for job in batch]
                else:
                    broken = 0
                    yield from zip(batch, [found] if isinstance(found, Lost) else found, strict=True)
            if pool.active:
                return
        broken += 1
    if broken == _POOLS:
        raise InstallError(
            f'the processes that decode end before they begin; `python -c "import {PRELOADED[0]}"` says why. '
            "If it works, memory may be short: try fewer processes"
        )


def _through(
    pool: ProcessPool,
    function: Callable[[Any], Any],
    next_batch: Callable[[], Sequence[Any]],
    allowed: Callable[[Any], float],
    at_once: int,
) -> Iterator[tuple[Sequence[Any], list[Any] | Lost | None]]:
    """Give each batch with what was found, or None where the pool broke first: a process of it died at rest."""
    running = dict[Future, Sequence[Any]]()
    while True:
        while pool.active and len(running) < at_once and (batch := next_batch()):
            seconds = max(map(allowed, batch))
            try:
                running[pool.schedule(_each, [function, batch, seconds], timeout=seconds)] = batch
            except RuntimeError:  # it breaks this moment
                yield batch, None
        if not running:
            return
        done = wait(running, timeout=_LOOK_SECONDS, return_when=FIRST_COMPLETED).done
        for future in done if pool.active else tuple(running):
            yield running.pop(future), _found(future) if future.done() else None


def _each(function: Callable[[Any], Any], batch: Sequence[Any], seconds: float) -> list[Any]:
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_REAL, seconds + _ORPHANED_SECONDS)
    try:
        return [function(job) for job in batch]
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)


def _found(future: Future) -> list[Any] | Lost | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None
    except TimeoutError:
        return Lost("it took longer than a file may")
    except ProcessExpired as error:
        is_certain = error.exitcode != -getattr(signal, "SIGKILL", 0)
        return Lost(f"it ended the decoder's process, exit code {error.exitcode}", is_certain)
    except MemoryError:
        return Lost("it takes more memory than a file may")
    except (XdcError, OSError):  # of the folder or the disk, not of the file
        raise
    except Exception as error:
        return Lost(f"{type(error).__name__}: {error}")


def clean_context() -> multiprocessing.context.BaseContext:
    """Make processes as forks of one that has imported what they need and does nothing else; on Windows anew.

    Not as forks of this one: they would inherit locks of the threads that PyTorch and notebooks run, and its GPU.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    with contextlib.suppress(AttributeError):  # Windows
        context.set_forkserver_preload(PRELOADED)
    return context


@contextlib.contextmanager
def _pool(workers: int, limits: Limits) -> Iterator[ProcessPool]:
    pool = ProcessPool(
        workers, max_tasks=_RESTARTED_AFTER, context=clean_context(), initializer=_begin, initargs=[limits.memory_bytes]
    )
    try:
        yield pool
    finally:
        pool.stop()
        pool.join()


def _begin(memory_bytes: int) -> None:
    """Set the limit of memory, send away what decoders write to stderr, and end at once when told to."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # pebble's own handler waits for a decoder that hangs
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # Windows has no such limit, and macOS may refuse it: there only time is limited (docs/start.md).
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))


@contextlib.contextmanager
def _script_not_run_again() -> Iterator[None]:
    """Keep multiprocessing from importing the user's script, which may have no `if __name__ == "__main__"`."""
    main = sys.modules["__main__"]
    kept = {name: vars(main)[name] for name in ("__file__", "__spec__") if name in vars(main)}
    for name in kept:
        setattr(main, name, None)
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(main, name, value)
