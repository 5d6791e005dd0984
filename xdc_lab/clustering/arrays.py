"""The features that clustering reads: an array in memory or a memory-mapped file, read a block at a time."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

Array = Float[np.ndarray, "items _"]  # a np.memmap is one, too; encoders differ in their dimensions
BLOCK_ROWS = 8192


def blocks_of(numbers: range | np.ndarray) -> Iterator[slice | np.ndarray]:
    """Cut row numbers into blocks that are read one at a time.

    >>> list(blocks_of(range(3, 10_000)))
    [slice(3, 8195, None), slice(8195, 10000, None)]
    """
    for start in range(0, len(numbers), BLOCK_ROWS):
        block = numbers[start : start + BLOCK_ROWS]
        yield slice(block.start, block.stop) if isinstance(block, range) else block
