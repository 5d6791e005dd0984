"""The classes of all items on the device, so that a batch's are looked up there (paper 3.2)."""

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from xdc_lab.extras import SparseRows


class DeviceTargets:
    """For each head the class of every item: copied once, not with every batch.

    Args:
        targets: for each head, the class of every item; or a sparse matrix (items, classes), which stays where it is:
            dense it might not fit.
        device: where the training computes.
    """

    def __init__(self, targets: Mapping[str, Int[np.ndarray, " items"] | SparseRows], device: torch.device):
        self.device = device
        self.whole = {
            name: torch.as_tensor(own, dtype=torch.long, device=device) if isinstance(own, np.ndarray) else own
            for name, own in targets.items()
        }

    def of(self, rows: Int[Tensor, " batch"]) -> dict[str, Tensor]:
        """Those of a batch's items: a number for each clip, or which of the classes it has."""
        here = rows.to(self.device, non_blocking=True)
        return {
            name: own[here]
            if isinstance(own, Tensor)
            else torch.as_tensor(own[rows.numpy()].toarray(), device=self.device)
            for name, own in self.whole.items()
        }
