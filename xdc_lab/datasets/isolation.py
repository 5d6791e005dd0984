"""Run a function on many files in processes with limits: one that hangs, crashes or eats memory costs its file alone."""

import contextlib
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pebble import ProcessExpired, ProcessPool

from xdc_lab.errors import SettingError, XdcError

PRELOADED = ["xdc_lab.media.probe"]  # what takes seconds to import, once for all processes
_RESTARTED_AFTER = 1000  # files: a decoder that leaks loses its process


@dataclass(frozen=True)
class Limits:
    """What one file may take.

    Raises:
        SettingError: if a limit leaves nothing.
    """

    seconds: float = 60.0
    memory_bytes: int = 3 * 2**30  # of which importing PyTorch takes a part

    def __post_init__(self) -> None:
        if self.seconds <= 0 or self.memory_bytes < 2**30:
            raise SettingError(
                f"a file may take {self.seconds} s and {self.memory_bytes / 1e6:.0f} MB; give more than 0 s and at "
                "least 1100 MB, of which the decoder's libraries take a part"
            )


@dataclass(frozen=True)
class Lost:
    """What a file gets that was too much for its process: why."""

    reason: str


def each_in_process(
    function: Callable[[Any], Any],
    jobs: Iterable[Any],
    *,
    seconds: Callable[[Any], float] | None = None,
    limits: Limits = Limits(),
    workers: int | None = None,
    together: int = 1,
) -> Iterator[tuple[Any, Any]]:
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
    following = iter(jobs)
    waiting, running = iter(lambda: list(islice(following, together)), []), dict[Future, Sequence[Any]]()
    allowed = seconds or (lambda job: limits.seconds)
    with _script_not_run_again(), _pool(workers, limits) as pool:

        def start(batch: Sequence[Any]) -> None:
            running[pool.schedule(_each, [function, batch], timeout=max(map(allowed, batch)))] = batch

        while True:
            while len(running) < 2 * workers and (batch := next(waiting, None)):
                start(batch)
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                batch = running.pop(future)
                found = _found(future)
                if isinstance(found, Lost) and len(batch) > 1:
                    for job in batch:
                        start([job])
                    continue
                yield from zip(batch, [found] if isinstance(found, Lost) else found, strict=True)


def _each(function: Callable[[Any], Any], batch: Sequence[Any]) -> list[Any]:
    return [function(job) for job in batch]


def _found(future: Future) -> list[Any] | Lost:
    try:
        return future.result()
    except TimeoutError:
        return Lost("it took longer than a file may")
    except ProcessExpired as error:
        return Lost(f"it ended the decoder's process, exit code {error.exitcode}")
    except MemoryError:
        return Lost("it takes more memory than a file may")
    except (XdcError, OSError):  # of the folder or the disk, not of the file
        raise
    except Exception as error:
        return Lost(f"{type(error).__name__}: {error}")


@contextlib.contextmanager
def _pool(workers: int, limits: Limits) -> Iterator[ProcessPool]:
    # Not "fork": forked processes inherit locks of the threads that PyTorch and notebooks run.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    with contextlib.suppress(AttributeError):  # Windows
        context.set_forkserver_preload(PRELOADED)
    pool = ProcessPool(
        workers, max_tasks=_RESTARTED_AFTER, context=context, initializer=_begin, initargs=[limits.memory_bytes]
    )
    try:
        yield pool
    finally:
        pool.stop()
        pool.join()


def _begin(memory_bytes: int) -> None:
    """Set the limit of memory, and send away what decoders write to stderr."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        import resource
    except ImportError:  # Windows has none: there only time is limited
        return
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
