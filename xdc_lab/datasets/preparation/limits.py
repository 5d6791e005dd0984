"""Prepare files in processes with limits of time and memory: a decoder that hangs or crashes costs its file alone."""

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from xdc_lab.datasets.isolation import Limits, Lost, each_in_process
from xdc_lab.datasets.preparation.one_file import Job, begun_record, prepare_file
from xdc_lab.media.findings import NO_DECODE
from xdc_lab.media.reencode import ReencodeSettings

_SECONDS, _BYTES_A_SECOND = 120, 20_000  # two minutes, and 50 s more for each megabyte
_MEMORY_BYTES = 4 * 2**30


def prepared_files(jobs: Iterable[Job], settings: ReencodeSettings, *, workers: int) -> Iterator[dict[str, Any]]:
    """Give the record of each job, in any order; of one whose process somebody killed there is none.

    Raises:
        RunError: if the disk is full.
    """
    work = functools.partial(prepare_file, settings=settings)
    limits = Limits(memory_bytes=_MEMORY_BYTES)
    for job, found in each_in_process(work, jobs, seconds=_seconds, limits=limits, workers=workers):
        if isinstance(found, Lost):
            if not found.is_certain:  # of the machine, perhaps: the next command tries it again
                continue
            found = {"problem": NO_DECODE, "detail": f"{NO_DECODE} ({found.reason})"}
        yield {**begun_record(job), **found}


def _seconds(job: Job) -> float:
    return _SECONDS + begun_record(job)["stamp"][0] / _BYTES_A_SECOND
