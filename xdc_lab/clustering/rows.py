"""Prepared rows of feature files, a block at a time, with sums over processes: what k-means runs on."""

import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xdc_lab.clustering.arrays import CPU, Array, blocks_of, sum_of_squares
from xdc_lab.clustering.preprocessing import Preprocessing
from xdc_lab.distributed import all_reduce_sum, shard

# Prepared rows are kept in memory up to this size (250,000 x 512 are half of it) and prepared again on each pass
# beyond it, which costs a tenth of a pass; on a GPU, up to half of what is free there.
KEPT_BYTES = 2**30
GPU_BLOCK_ROWS = 2**15


class Rows:
    """The items to cluster, by position: each process holds its own contiguous share, blocks of it at a time.

    Args:
        features: one array an encoder; joined side by side once prepared.
        preprocessing: of each.
        chosen: sorted item numbers of a sample; default: every item.
        device: where the blocks shall lie.
    """

    def __init__(
        self,
        features: Sequence[Array],
        preprocessing: Sequence[Preprocessing],
        *,
        chosen: np.ndarray | None = None,
        device: torch.device = CPU,
    ):
        self._features, self._preprocessing, self.device = features, preprocessing, device
        self._widths = widths(features, preprocessing)
        numbers = range(len(features[0])) if chosen is None else chosen
        self.total = len(numbers)
        self._own = shard(self.total)
        self._numbers = numbers[self._own]
        self._kept, self._prepared = self._as_they_are(), len(self)
        if self._kept is None:
            self._kept, self._prepared = self._room(), 0
        self._block_rows = None if device.type == "cpu" else GPU_BLOCK_ROWS

    def __len__(self) -> int:
        """How many rows are this process's own."""
        return len(self._numbers)

    @property
    def first(self) -> int:
        """The position, among all processes' rows, of this process's first."""
        return self._own.start

    def blocks(self) -> Iterator[tuple[slice, Float[Tensor, "rows joined_dim"]]]:
        """Yield each block of this process's rows: where it stands among its own rows, and its prepared features."""
        start = 0
        for block in blocks_of(self._numbers, self._block_rows):
            where = slice(start, start + (block.stop - block.start if isinstance(block, slice) else len(block)))
            rows = self._empty(where.stop - start) if self._kept is None else self._kept[where]
            if self._kept is None or start >= self._prepared:
                join(self._features, self._preprocessing, block, rows)
                self._prepared = where.stop
            yield where, rows
            start = where.stop

    def at(self, positions: np.ndarray) -> Float[np.ndarray, "rows joined_dim"]:
        """Fetch a few rows by their position among all; every process gets all of them."""
        mine = (positions >= self.first) & (positions < self.first + len(self))
        found = self._empty(int(mine.sum()))
        join(
            self._features,
            self._preprocessing,
            np.asarray(self._numbers, dtype=np.int64)[positions[mine] - self.first],
            found,
        )
        everyone = np.zeros((len(positions), found.shape[1]))
        everyone[mine] = found.cpu().numpy()
        return all_reduce_sum(everyone).astype(np.float32)

    @cached_property
    def squares(self) -> float:
        """The sum of all rows' squared lengths."""
        own = sum(sum_of_squares(rows) for _, rows in self.blocks())
        return float(all_reduce_sum(np.array([own]))[0])

    def _empty(self, rows: int) -> Tensor:
        return torch.empty((rows, sum(self._widths)), device=self.device)

    def _as_they_are(self) -> Tensor | None:
        """The features' own memory, or mapped file, where nothing is to be done to them."""
        array, own = self._features[0], self._numbers
        same = len(self._features) == 1 and self._preprocessing[0].changes_nothing and self.device.type == "cpu"
        if not same or not isinstance(own, range) or array.dtype != np.float32 or not array.flags.c_contiguous:
            return None
        with warnings.catch_warnings():  # k-means writes to no row
            warnings.filterwarnings("ignore", "The given NumPy array is not writable")
            return torch.from_numpy(array[own.start : own.stop])

    def _room(self) -> Tensor | None:
        """Memory for all own rows, if there is enough."""
        bytes_needed = 4 * len(self) * sum(self._widths)
        if self.device.type == "cuda":
            return self._empty(len(self)) if bytes_needed <= torch.cuda.mem_get_info(self.device)[0] // 2 else None
        # numpy asks for huge pages: the first touch of 500 MB takes a seventh of the time.
        rows = np.empty((len(self), sum(self._widths)), dtype=np.float32) if bytes_needed <= KEPT_BYTES else None
        return None if rows is None else torch.from_numpy(rows)


def widths(features: Sequence[Array], preprocessing: Sequence[Preprocessing]) -> list[int]:
    """How many dimensions each encoder's features have once they are prepared."""
    return [prepare.width(array.shape[1]) for array, prepare in zip(features, preprocessing, strict=True)]


def join(
    features: Sequence[Array], preprocessing: Sequence[Preprocessing], block: slice | np.ndarray, out: Tensor
) -> None:
    """Prepare a block of each encoder's features and put them side by side into `out` (paper 3.2, CDC)."""
    parts = out.split(widths(features, preprocessing), dim=1)
    for array, prepare, part in zip(features, preprocessing, parts, strict=True):
        prepare.write(array[block], part)
