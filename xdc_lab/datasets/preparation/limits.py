"""Prepare files in processes with limits of time and memory: a decoder that hangs or crashes costs its file alone."""

import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from itertools import islice
from typing import Any

from pebble import ProcessExpired, ProcessPool

from xdc_lab.datasets.preparation.one_file import Job, begun_record, prepare_file
from xdc_lab.errors import XdcError
from xdc_lab.media.decoder import NO_DECODE
from xdc_lab.media.reencode import ReencodeSettings

_SECONDS, _BYTES_A_SECOND = 120, 20_000  # two minutes, and 50 s more for each megabyte
_MEMORY_BYTES = 4 * 2**30


def prepared_files(jobs: Iterable[Job], settings: ReencodeSettings, *, workers: int) -> Iterator[dict[str, Any]]:
    """Give the record of each job, in any order.

    Raises:
        RunError: if the disk is full.
    """
    waiting, running = iter(jobs), dict[Future, Job]()
    # "spawn": forked processes inherit locks of the threads that torch and notebooks run
    context = multiprocessing.get_context("spawn")
    pool = ProcessPool(workers, context=context, initializer=_limit_memory)
    try:
        while True:
            for job in islice(waiting, 2 * workers - len(running)):
                seconds = _SECONDS + begun_record(job)["stamp"][0] / _BYTES_A_SECOND
                running[pool.schedule(prepare_file, [job, settings], timeout=seconds)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield _record(future, running.pop(future))
    finally:
        pool.stop()
        pool.join()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))


def _record(future: Future, job: Job) -> dict[str, Any]:
    try:
        return future.result()
    except TimeoutError:
        reason = "it took longer than a file of its size may"
    except ProcessExpired as error:
        reason = f"it ended the decoder's process, exit code {error.exitcode}"
    except (XdcError, OSError):  # of the folder, not of the file
        raise
    except Exception as error:
        reason = f"it was not written anew: {error or type(error).__name__}"
    return {**begun_record(job), "problem": NO_DECODE, "detail": f"{NO_DECODE} ({reason})"}
