"""Batches of clips, in the order asked for: read in this process, or by workers ahead of the training step."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, default_collate

from xdc_lab.datasets.clips import ClipDataset, ClipKey, Drawn
from xdc_lab.datasets.worker_processes import end_with_parent
from xdc_lab.errors import XdcError

Rows = Sequence[int] | Int[np.ndarray, " rows"]


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
    loader = DataLoader(
        _Draws(dataset, rows),
        batch_sampler=batches,  # type: ignore[arg-type] - any iterable of lists of keys
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
        worker_init_fn=end_with_parent,
        pin_memory=device.type == "cuda",
        collate_fn=_batch,
    )
    for drawn in loader:
        if isinstance(drawn, XdcError):
            raise drawn
        yield drawn._replace(clips=drawn.clips.to(device, non_blocking=True))


def centre_keys(rows: Rows, *, batch_size: int) -> list[list[ClipKey]]:
    """Keys of the deterministic centre clip of each row, in batches."""
    keys = [ClipKey(int(row), None) for row in rows]
    return [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]


class _Draws(Dataset):
    """What keys draw; an error is given as it is, for it is to be raised where no worker wraps it."""

    def __init__(self, dataset: ClipDataset, rows: Rows):
        self.dataset, self.rows = dataset, rows

    def __getitem__(self, key: ClipKey) -> Drawn | XdcError:
        try:
            return self.dataset.draw(key, self.rows)
        except XdcError as error:
            return error


def _batch(drawn: list[Drawn | XdcError]) -> Drawn | XdcError:
    errors = (part for part in drawn if isinstance(part, XdcError))
    return next(errors, None) or default_collate(drawn)
