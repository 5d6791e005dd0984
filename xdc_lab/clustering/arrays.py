"""The features that clustering reads: an array in memory or a memory-mapped file, read a block at a time."""

from collections.abc import Iterator

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

Array = Float[np.ndarray, "items _"]  # a np.memmap is one, too; encoders differ in their dimensions
BLOCK_ROWS = 8192
CPU = torch.device("cpu")


def blocks_of(numbers: range | np.ndarray, rows: int | None = None) -> Iterator[slice | np.ndarray]:
    """Cut row numbers into blocks of `rows` (default: `BLOCK_ROWS`) that are read one at a time.

    >>> list(blocks_of(range(3, 10_000)))
    [slice(3, 8195, None), slice(8195, 10000, None)]
    """
    rows = rows or BLOCK_ROWS
    for start in range(0, len(numbers), rows):
        block = numbers[start : start + rows]
        yield slice(block.start, block.stop) if isinstance(block, range) else block


def copy_rows(rows: Array, out: Float[Tensor, "items _"]) -> None:
    """Copy rows of any float type to where k-means needs them, as float32; to a GPU without waiting for the copy."""
    if out.is_cuda:
        pinned = torch.empty(out.shape, pin_memory=True)
        np.copyto(pinned.numpy(), rows)
        out.copy_(pinned, non_blocking=True)
    else:
        np.copyto(out.numpy(), rows)


def sum_of_squares(rows: Float[Tensor, "items _"]) -> float:
    """The sum of the rows' squared lengths: each length in float32, their squares in float64."""
    return float(torch.linalg.vector_norm(rows, dim=1).double().square().sum())
