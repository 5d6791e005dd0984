"""Batches of clips, in the order asked for: read in this process, or by workers ahead of the training step.

Workers live as long as their loader. A file that ends a worker or holds it up is named, as one that cannot be read,
and other clips take the place of its own.
"""

import contextlib
import itertools
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from xdc_lab import distributed
from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn
from xdc_lab.datasets.isolation import Limits, Lost, clean_context, each_in_process
from xdc_lab.datasets.worker_processes import end_with_parent
from xdc_lab.errors import MediaError, TrainingError, XdcError

Rows = Sequence[int] | Int[np.ndarray, " rows"]
ALL = "all"
PREFETCHED = 2  # batches of each worker that are on their way, or one visit's where that has more
_LOOK_SECONDS = 5  # between two looks whether a worker still lives
_ENDS = 3  # of the workers, one after the other without a batch: then no file is to blame


class ClipLoader:
    """What reads the batches of a training, or of a pass over a data set; a context whose end ends its workers.

    Args:
        dataset: where the clips come from.
        device: where the batches go.
        workers: processes that decode ahead; 0 reads in this one, which is best with a `DecodedStore`.
        groups: items by a name; those of the group that is asked for may take the place of one that cannot be read.
            Default: all items, as "all".
        clips_per_visit: of a file, at most, for how many batches a worker keeps in memory.
        limits: what a clip may take, once workers have ended or given nothing for so long.
    """

    def __init__(
        self,
        dataset: ClipDataset,
        *,
        device: torch.device,
        workers: int = 0,
        groups: Mapping[str, Rows] | None = None,
        clips_per_visit: int = 1,
        limits: Limits = Limits(),
    ):
        self.dataset, self.device, self.workers, self.limits = dataset, device, workers, limits
        self.prefetched = max(1, PREFETCHED // clips_per_visit)
        self._read = _Read(dataset, groups or {ALL: range(len(dataset))})
        self._passes = _Passes()
        self._loader: DataLoader | None = None

    def __enter__(self) -> "ClipLoader":
        return self

    def __exit__(self, *error: object) -> None:
        self._end_workers()

    def draw(
        self, batches: Sequence[Sequence[ClipKey]], *, group: str = ALL, first: int = 0, clips_per_visit: int = 1
    ) -> Iterator[Drawn]:
        """Yield one raw batch for each list of keys, in that order, with the items that its clips are of.

        Args:
            batches: the keys of all.
            group: of the items that may take the place of one that cannot be read.
            first: the number of the batch to begin with. A visit that it lies in is made as a whole.
            clips_per_visit: so many batches in a row are of the same items, and are read in one visit to each file.

        Raises:
            TrainingError: if more files failed than may (`FailureLog`), or workers end whatever they read.
            MediaError: if a clip cannot be read and nothing may fail.
        """
        for drawn in self._through(_Asked(batches, group, first=first, per_visit=clips_per_visit)):
            yield drawn._replace(clips=drawn.clips.to(self.device, non_blocking=True))

    def uniform(self, rows: Rows, clips: int) -> Iterator[Tensor]:
        """Yield the uniform clips of each row, one row at a time (paper 4.1, testing).

        Raises:
            TrainingError: as `draw`.
            MediaError: as `draw`.
        """
        for drawn in self._through(_Asked([[ClipKey(int(row))] for row in rows], clips=clips)):
            yield drawn.clips[0].to(self.device, non_blocking=True)

    def _through(self, asked: "_Asked") -> Iterator[Drawn]:
        given, ends = asked.first, 0
        while given < len(asked.batches):
            said = ""
            try:
                for drawn in self._given(replace(asked, first=given)):
                    given, ends = given + 1, 0
                    yield drawn
            except _WorkersLostError as error:
                said = str(error)
            if said:  # here nothing holds on to the workers any more
                self._end_workers()
                ends += 1
                if not self._name_lost(replace(asked, first=given)) and ends == _ENDS:
                    raise TrainingError(
                        f"the processes that read clips ended {_ENDS} times ({said}), and no file is to blame: memory, "
                        "or the shared memory in /dev/shm, may be too small; give fewer --workers"
                    )

    def _given(self, asked: "_Asked") -> Iterator[Drawn]:
        """What is read, until a worker is lost."""
        self._passes.asked = asked
        with _own_handler():
            batches = iter(self._started())
        patience = self.limits.seconds
        while asked.first < len(asked.batches):
            began = time.monotonic()
            while (visited := _next(batches)) is None:
                if time.monotonic() - began > patience:
                    if self._name_lost(asked):
                        raise _WorkersLostError("one was held up")
                    patience *= 2  # slow, and no more than that
            for drawn in visited[asked.first - asked.visit :]:
                if isinstance(drawn, XdcError):
                    raise drawn
                yield drawn
            asked = replace(asked, first=asked.visit + asked.per_visit)

    def _started(self) -> DataLoader:
        if self._loader is None:
            at_work = self.workers > 0
            self._loader = DataLoader(
                self._read,
                batch_sampler=self._passes,  # type: ignore[arg-type] - any iterable
                num_workers=self.workers,
                multiprocessing_context=clean_context() if at_work else None,
                worker_init_fn=end_with_parent,
                persistent_workers=at_work,
                prefetch_factor=self.prefetched if at_work else None,
                timeout=_LOOK_SECONDS if at_work else 0,
                pin_memory=self.device.type == "cuda",
                collate_fn=_batches,
            )
        return self._loader

    def _end_workers(self) -> None:
        self._loader = None  # a DataLoader's end is that of its workers

    def _name_lost(self, asked: "_Asked") -> bool:
        """Read what was on its way once more, each clip in a process of its own; say whether a file is to blame."""
        visits = itertools.islice(asked, self.prefetched * self.workers)
        wishes = [(key, wish.clips) for visit in visits for wish in visit for key in wish.keys]
        jobs = {wish: self.dataset.alone(*wish) for wish in wishes}
        lost = {}
        look = each_in_process(_try, jobs.values(), limits=self.limits, workers=distributed.cores_each())
        for (dataset, _), found in look:
            if isinstance(found, Lost) and found.is_certain:
                lost[dataset.spans[0].path] = f"does not decode ({found.reason})"
        for path, reason in lost.items():
            self.dataset.lost[path] = reason
            if self.dataset.failures is None:
                raise MediaError(path, reason)
            self.dataset.failures.note(MediaError(path, reason), items=len(self.dataset))
        return bool(lost)


def load_batches(
    dataset: ClipDataset, batches: Sequence[Sequence[ClipKey]], *, device: torch.device, workers: int = 0
) -> Iterator[Tensor]:
    """Yield one raw batch on `device` for each list of keys, in that order, of a loader of its own.

    A clip that cannot be read is another one (`ClipDataset.draw`), of any item.
    """
    with ClipLoader(dataset, device=device, workers=workers) as loader:
        for drawn in loader.draw(batches):
            yield drawn.clips


def centre_keys(rows: Rows, *, batch_size: int) -> list[list[ClipKey]]:
    """Keys of the deterministic centre clip of each row, in batches."""
    keys = [ClipKey(int(row), None) for row in rows]
    return [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]


class _WorkersLostError(Exception):
    """A worker ended, or waits for a decoder that does not."""


class _Wish(NamedTuple):
    """Clips of one item, for one batch each; or so many uniform clips of the item of a key."""

    keys: tuple[ClipKey, ...]
    group: str
    clips: int | None


@dataclass(frozen=True)
class _Asked:
    """The wishes of a pass, made as they are needed: an epoch may have a million."""

    batches: Sequence[Sequence[ClipKey]] = ()
    group: str = ALL
    clips: int | None = None
    first: int = 0
    per_visit: int = 1

    @property
    def visit(self) -> int:
        """Where the visit begins that the first batch lies in: read as a whole, its clips have the same bits again."""
        return self.first - self.first % self.per_visit

    def __iter__(self) -> Iterator[list[_Wish]]:
        for begin in range(self.visit, len(self.batches), self.per_visit):
            together = self.batches[begin : begin + self.per_visit]
            yield [_Wish(keys, self.group, self.clips) for keys in zip(*together, strict=True)]


class _Passes:
    """What the next pass asks for: PyTorch's loader begins each with its sampler anew."""

    asked = _Asked()

    def __iter__(self) -> Iterator[list[_Wish]]:
        return iter(self.asked)


class _Read(Dataset):
    """What wishes give; an error is given as it is, for it is to be raised where no worker wraps it."""

    def __init__(self, dataset: ClipDataset, groups: Mapping[str, Rows]):
        self.dataset, self.groups = dataset, dict(groups)

    def __getitem__(self, wish: _Wish) -> list[Drawn] | list[XdcError]:
        try:
            if wish.clips is None:
                return self.dataset.visit(wish.keys, self.groups[wish.group])
            return [Drawn(self.dataset.uniform(key.index, wish.clips), key.index, False) for key in wish.keys]
        except XdcError as error:
            return [error] * len(wish.keys)


def _batches(visits: list[list[Drawn] | list[XdcError]]) -> list[Drawn | XdcError]:
    """The batches of a visit to each of their items."""
    return [_batch(drawn) for drawn in zip(*visits, strict=True)]


def _batch(drawn: Sequence[Drawn | XdcError]) -> Drawn | XdcError:
    errors = (part for part in drawn if isinstance(part, XdcError))
    return next(errors, None) or default_collate(list(drawn))


def _next(batches: Iterator[Any]) -> Any:
    """The next batch, or None where there is none yet; a DataLoader says with a RuntimeError how its workers are."""
    try:
        return next(batches)
    except RuntimeError as error:
        told = str(error)
        if told.startswith(("DataLoader worker", "Pin memory thread")) and "exited unexpectedly" in told:
            raise _WorkersLostError(told) from error
        if told.startswith("DataLoader timed out"):
            return None
        raise


def _try(job: tuple[ClipDataset, Sequence[float]]) -> None:
    dataset, offsets = job
    for offset in offsets:
        with contextlib.suppress(MediaError):  # a worker names it
            dataset.clip_at(0, offset)


@contextlib.contextmanager
def _own_handler() -> Iterator[None]:
    """Keep a DataLoader from raising where the training is when a worker ends; it looks for itself, too."""
    before = signal.getsignal(signal.SIGCHLD) if hasattr(signal, "SIGCHLD") else None
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, AttributeError):  # not the main thread; Windows
            signal.signal(signal.SIGCHLD, before or signal.SIG_DFL)
