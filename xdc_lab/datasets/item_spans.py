"""Which part of which file each item is, in flat arrays: no object per item, and no copy for each worker."""

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from xdc_lab.datasets.items import used_part
from xdc_lab.errors import DataError


@dataclass(frozen=True)
class ItemSpan:
    """The part of a file that an item is."""

    path: str
    start_seconds: float
    duration_seconds: float

    def last_instant(self, rate_hz: float) -> float:
        """The offset of the last picture, of those `rate_hz` a second that lie within the item."""
        return max(0, math.ceil(self.duration_seconds * rate_hz - 1e-6) - 1) / rate_hz


class ItemSpans(Sequence[ItemSpan]):
    """The spans of many items. The arrays are tensors: PyTorch's workers get them by handle, in shared memory."""

    def __init__(
        self, paths: Sequence[str], starts: Float[np.ndarray, " items"], durations: Float[np.ndarray, " items"]
    ):
        joined = np.frombuffer(os.fsencode("".join(f"{path}\0" for path in paths)), dtype=np.uint8)  # no path has a NUL
        self._paths = torch.from_numpy(joined.copy())
        self._ends = torch.from_numpy(np.flatnonzero(joined == 0))
        self._seconds = torch.from_numpy(np.stack([starts, durations], axis=1))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> ItemSpan:  # type: ignore[override] - of one item, no slices
        """The span of an item."""
        at = range(len(self))[index]
        ends = self._ends.numpy()
        path = self._paths.numpy()[ends[at - 1] + 1 if at else 0 : ends[at]].tobytes()
        return ItemSpan(os.fsdecode(path), *self._seconds.numpy()[at].tolist())

    def only(self, index: int) -> "ItemSpans":
        """The span of one item as all that there are."""
        span = self[index]
        return ItemSpans([span.path], np.array([span.start_seconds]), np.array([span.duration_seconds]))

    @property
    def starts_seconds(self) -> Float[np.ndarray, " items"]:
        """Where each item begins in its file."""
        return self._seconds.numpy()[:, 0]

    @property
    def durations_seconds(self) -> Float[np.ndarray, " items"]:
        """How long each item is."""
        return self._seconds.numpy()[:, 1]

    def arrays(self) -> tuple[np.ndarray, ...]:
        """All that is known, to compute a digest of."""
        return self._paths.numpy(), self._seconds.numpy()


def item_spans(items: pd.DataFrame) -> ItemSpans:
    """The part of its file that each item is.

    Raises:
        DataError: if an item's duration is not known.
    """
    starts, ends, durations = (
        items[name].to_numpy(float) for name in ("start_seconds", "end_seconds", "duration_seconds")
    )
    starts, seconds = used_part(starts, ends, durations)
    reasons = {"its duration is not known": np.isnan(durations), "it begins after its file ends": seconds <= 0}
    for why, bad in reasons.items():
        if rows := np.flatnonzero(bad).tolist():
            raise DataError(
                f"{items['path'].iloc[rows[0]]}: {why}, as of {len(rows)} of {len(items)} items; "
                "check the items first and use the usable ones (xdc_lab.datasets.check.check_items)"
            )
    return ItemSpans(items["path"].tolist(), starts, seconds)
