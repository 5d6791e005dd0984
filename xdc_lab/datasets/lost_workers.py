"""Which files ended a worker of a loader: what it may have been at is read again, each in a process with limits."""

from collections.abc import Iterable, Iterator

from xdc_lab import distributed
from xdc_lab.datasets.clips import Reading
from xdc_lab.datasets.isolation import Limits, Lost, each_in_process
from xdc_lab.errors import MediaError


def fatal_files(chains: Iterable[Iterator[Reading]], *, limits: Limits) -> dict[str, str]:
    """Give each file that ends its process, and why.

    Args:
        chains: for each clip what is tried, one after the other, until it can be read.
        limits: what the reading of one clip may take.
    """
    waiting, fatal = list(chains), dict[str, str]()
    while waiting:
        jobs = [(number, reading) for number, chain in enumerate(waiting) for reading in _next_of(chain)]
        unread = []
        for (number, reading), made in each_in_process(
            _can_be_read, jobs, limits=limits, workers=distributed.cores_each()
        ):
            if isinstance(made, Lost):
                fatal[reading.path] = made.reason
            elif not made:
                unread.append(waiting[number])
        waiting = unread
    return fatal


def _next_of(chain: Iterator[Reading]) -> list[Reading]:
    return [reading for reading in [next(chain, None)] if reading is not None]


def _can_be_read(job: tuple[int, Reading]) -> bool:
    try:
        job[1].read()
    except MediaError:
        return False
    return True
