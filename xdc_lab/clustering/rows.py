"""Prepared rows of feature files, a block at a time, with sums over processes: what k-means runs on."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from jaxtyping import Float

from xdc_lab.clustering.arrays import Array, blocks_of
from xdc_lab.clustering.preprocessing import Preprocessing
from xdc_lab.distributed import all_reduce_sum, shard

# Prepared blocks are kept in memory up to this size and prepared again on each pass beyond it.
KEPT_BYTES = 256 * 2**20


class Rows:
    """The items to cluster, by position: each process holds its own contiguous share, blocks of it at a time.

    Args:
        features: one array an encoder; joined side by side once prepared.
        preprocessing: of each.
        chosen: sorted item numbers of a sample; default: every item.
    """

    def __init__(
        self, features: Sequence[Array], preprocessing: Sequence[Preprocessing], *, chosen: np.ndarray | None = None
    ):
        self._features, self._preprocessing = features, preprocessing
        numbers = range(len(features[0])) if chosen is None else chosen
        self.total = len(numbers)
        self._own = shard(self.total)
        self._numbers = numbers[self._own]
        self._kept: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        """How many rows are this process's own."""
        return len(self._numbers)

    @property
    def first(self) -> int:
        """The position, among all processes' rows, of this process's first."""
        return self._own.start

    def blocks(self) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield each block of this process's rows: where it stands among its own rows, and its prepared features."""
        start = 0
        for number, block in enumerate(blocks_of(self._numbers)):
            rows = self._kept.get(number)
            if rows is None:
                rows = self._read(block)
                if len(self) * rows.shape[1] * rows.itemsize <= KEPT_BYTES:
                    self._kept[number] = rows
            yield slice(start, start + len(rows)), rows
            start += len(rows)

    def at(self, positions: np.ndarray) -> np.ndarray:
        """Fetch a few rows by their position among all; every process gets all of them."""
        mine = (positions >= self.first) & (positions < self.first + len(self))
        numbers = np.asarray(self._numbers, dtype=np.int64)[positions[mine] - self.first]
        found = self._read(numbers)
        everyone = np.zeros((len(positions), found.shape[1]))
        everyone[mine] = found
        return all_reduce_sum(everyone).astype(np.float32)

    @cached_property
    def squares(self) -> float:
        """The sum of all rows' squared lengths."""
        own = sum(float(np.einsum("ij,ij->", rows, rows, dtype=np.float64)) for _, rows in self.blocks())
        return float(all_reduce_sum(np.array([own]))[0])

    def _read(self, block: slice | np.ndarray) -> np.ndarray:
        return joined(self._features, self._preprocessing, block)


def joined(
    features: Sequence[Array], preprocessing: Sequence[Preprocessing], block: slice | np.ndarray
) -> Float[np.ndarray, "rows joined_dim"]:
    """Prepare a block of each encoder's features and put them side by side (paper 3.2, CDC)."""
    parts = [prepare(array[block]) for array, prepare in zip(features, preprocessing, strict=True)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
