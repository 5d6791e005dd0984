"""Batches of clips, in the order asked for: read in this process, or by workers ahead of the training step.

A decoder that crashes, hangs or eats memory ends its worker. The files that the lost batches would have read are then
looked at alone; what ends a process there is named as failed, and new workers go on with the same batch.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn, Reading
from xdc_lab.datasets.lost_workers import fatal_files
from xdc_lab.errors import TrainingError, XdcError, counted, printable

Rows = Sequence[int] | Int[np.ndarray, " rows"]

_AHEAD = 2  # batches that each worker has in hand
_TRIES = 3  # of new workers that end at one batch, each file of which can be read alone
_LOST = ("DataLoader worker (pid", "Pin memory thread exited")  # how PyTorch's errors of ended workers begin


def load_batches(
    dataset: ClipDataset, batches: Sequence[Sequence[ClipKey]], *, device: torch.device, workers: int = 0
) -> Iterator[Tensor]:
    """Yield one raw batch on `device` for each list of keys, in that order.

    A clip that cannot be read is another one (`ClipDataset.draw`), of any item.

    Args:
        dataset: where the clips come from.
        batches: the keys of every batch.
        device: where the batch goes.
        workers: processes that decode ahead; 0 reads in this one, which is best with a `DecodedStore`.
    """
    rows = range(len(dataset))
    return (drawn.clips for drawn in draw_batches(dataset, batches, rows=rows, device=device, workers=workers))


def draw_batches(
    dataset: ClipDataset, batches: Sequence[Sequence[ClipKey]], *, rows: Rows, device: torch.device, workers: int = 0
) -> Iterator[Drawn]:
    """Yield raw batches as `load_batches`, with the items that their clips are of.

    Args:
        dataset: where the clips come from.
        batches: the keys of every batch.
        rows: the items that may take the place of one that cannot be read.
        device: where the clips go.
        workers: processes that decode ahead.
    """

    def tried(keys: Sequence[ClipKey]) -> Iterator[Iterator[Reading]]:
        for key in keys:
            yield (dataset.reading(own.index, dataset.offset_seconds(own)) for own in dataset.draws(key, rows))

    read = partial(_drawn, rows=rows)
    for drawn in _loaded(dataset, batches, read, tried=tried, workers=workers, pin_memory=device.type == "cuda"):
        yield drawn._replace(clips=drawn.clips.to(device, non_blocking=True))


def uniform_clips(dataset: ClipDataset, rows: Rows, *, clips: int, workers: int = 0) -> Iterator[Tensor]:
    """Yield the uniform clips of each row (`ClipDataset.uniform`), in that order.

    Args:
        dataset: where the clips come from.
        rows: its items.
        clips: of each item.
        workers: processes that decode ahead.
    """

    def tried(row: int) -> Iterator[Iterator[Reading]]:
        for offset in dataset.uniform_offsets(row, clips):
            yield iter([dataset.reading(row, offset)])

    return _loaded(dataset, [int(row) for row in rows], partial(_uniform, clips=clips), tried=tried, workers=workers)


def centre_keys(rows: Rows, *, batch_size: int) -> list[list[ClipKey]]:
    """Keys of the deterministic centre clip of each row, in batches."""
    keys = [ClipKey(int(row), None) for row in rows]
    return [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]


def _drawn(dataset: ClipDataset, keys: Sequence[ClipKey], *, rows: Rows) -> Drawn:
    return default_collate([dataset.draw(key, rows) for key in keys])


def _uniform(dataset: ClipDataset, row: int, *, clips: int) -> Tensor:
    return dataset.uniform(row, clips)


class _Batches(Dataset):
    """What is read for each batch; an error is given as it is, for it is to be raised where no worker wraps it."""

    def __init__(self, dataset: ClipDataset, read: Callable[[ClipDataset, Any], Any]):
        self.dataset, self.read = dataset, read

    def __getitem__(self, batch: Any) -> Any:
        try:
            return self.read(self.dataset, batch)
        except XdcError as error:
            return error


def _loaded(
    dataset: ClipDataset,
    batches: Sequence[Any],
    read: Callable[[ClipDataset, Any], Any],
    *,
    tried: Callable[[Any], Iterable[Iterator[Reading]]],
    workers: int,
    pin_memory: bool = False,
) -> Iterator[Any]:
    """Yield what is read for each batch, in order, whatever becomes of the workers.

    Args:
        dataset: where the clips come from.
        batches: what is given to `read`.
        read: a module's own function, which workers can import.
        tried: for each clip of a batch what is read, one after the other, until it succeeds.
        workers: processes that decode ahead; 0 reads in this one.
        pin_memory: for the way to a GPU.
    """
    done, tries = 0, 0
    while True:
        try:
            for loaded in _iterated(_Batches(dataset, read), batches[done:], workers, pin_memory):
                if isinstance(loaded, XdcError):
                    raise loaded
                done, tries = done + 1, 0
                yield loaded
            return
        except RuntimeError as error:
            if not (reason := str(error)).startswith(_LOST):
                raise
        in_hand = [chain for batch in batches[done : done + _AHEAD * workers] for chain in tried(batch)]
        if not _found_fatal(dataset, in_hand):
            tries += 1
            _demand_tries_left(tries, reason)


def _iterated(source: Dataset, batches: Sequence[Any], workers: int, pin_memory: bool) -> Iterator[Any]:
    loader = DataLoader(
        source,
        sampler=batches,  # type: ignore[arg-type] - whatever `source` takes
        batch_size=None,
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
        prefetch_factor=_AHEAD if workers else None,
        pin_memory=pin_memory,
    )
    iterator = iter(loader)
    _raise_only_where_waited_for()
    return iterator


def _raise_only_where_waited_for() -> None:
    """Take away PyTorch's handler of ended children, which raises in the middle of whatever the main thread is at.

    Who waits for a batch sees within five seconds that a worker has ended.
    """
    number = getattr(signal, "SIGCHLD", None)  # None: Windows
    if number is None or threading.current_thread() is not threading.main_thread():
        return
    if getattr(signal.getsignal(number), "__module__", "").startswith("torch."):
        signal.signal(number, signal.SIG_DFL)


def _found_fatal(dataset: ClipDataset, chains: list[Iterator[Reading]]) -> bool:
    """Whether a file is found that ends its process; the clips after it are drawn without it."""
    told = f"a process that decodes has ended; reading alone what it may have been at ({counted(len(chains), 'clip')})"
    print(told, file=sys.stderr)
    fatal = fatal_files(chains, limits=dataset.limits) if dataset.store is None else {}
    for path, reason in fatal.items():
        print(f"    {printable(path)}  [{reason}]", file=sys.stderr)
    dataset.fatal.update(fatal)
    return bool(fatal)


def _demand_tries_left(tries: int, reason: str) -> None:
    if tries == _TRIES:
        raise TrainingError(
            f"the processes that decode ended {tries} times at the same batch, each file of which can be read alone: "
            f"memory may be short. Try fewer --workers; the same command then goes on. PyTorch says: {reason}"
        )
