"""Batches of clips, in the order asked for: read in this process, or by workers ahead of the training step."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor
from torch.utils.data import DataLoader

from xdc_lab.datasets.clips import ClipDataset, ClipKey


def load_batches(
    dataset: ClipDataset, batches: Sequence[Sequence[ClipKey]], *, device: torch.device, workers: int = 0
) -> Iterator[Tensor]:
    """Yield one raw batch on `device` for each list of keys, in that order.

    Args:
        dataset: where the clips come from.
        batches: the keys of every batch.
        device: where the batch goes.
        workers: processes that decode ahead; 0 reads in this one, which is best with a `DecodedStore`.
    """
    loader = DataLoader(
        dataset,
        batch_sampler=batches,  # type: ignore[arg-type] - any iterable of lists of keys
        num_workers=workers,
        multiprocessing_context="spawn" if workers else None,
        pin_memory=device.type == "cuda",
    )
    for batch in loader:
        yield batch.to(device, non_blocking=True)


def centre_keys(rows: Sequence[int] | Int[np.ndarray, " rows"], *, batch_size: int) -> list[list[ClipKey]]:
    """Keys of the deterministic centre clip of each row, in batches."""
    keys = [ClipKey(int(row), None) for row in rows]
    return [keys[start : start + batch_size] for start in range(0, len(keys), batch_size)]
