"""Sound as it is stored, rounded to 16 bits or as log-mels in cells, decoded a minute at a time (paper 4.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int16

from xdc_lab.media.decoder import read_waveform
from xdc_lab.media.log_mel_cells import LogMelCells

FULL_SCALE = 32768.0  # of 16-bit sound
_CHUNK_SECONDS = 60.0  # a long file is decoded in parts, so that memory does not grow with its length


@dataclass(frozen=True)
class StoredSound:
    """So many samples of a file's sound, from a time on."""

    path: str
    start_seconds: float
    samples: int
    sample_rate_hz: int

    def sixteen_bit(self) -> Iterator[Int16[np.ndarray, " samples"]]:
        """The samples.

        Raises:
            MediaError: if it does not decode.
        """
        for first, last in _chunks(self.samples, round(_CHUNK_SECONDS * self.sample_rate_hz)):
            yield self._rounded(first, last).astype("<i2")

    def log_mels(self, cells: LogMelCells) -> Iterator[Float[np.ndarray, "cells columns mels"]]:
        """The cells of the rounded samples.

        Raises:
            MediaError: if it does not decode.
        """
        total, unit = int(cells.of_sound(np.array(self.samples))), cells.samples
        for first, last in _chunks(total, round(_CHUNK_SECONDS * self.sample_rate_hz / unit)):
            around = self._rounded((first - 1) * unit, (last + 1) * unit) / FULL_SCALE
            yield cells.cut(torch.from_numpy(around))

    def _rounded(self, first: int, last: int) -> Float[np.ndarray, " samples"]:
        """Samples in steps of 16 bits; before and after the sound silence."""
        base, begin, end = round(self.start_seconds * self.sample_rate_hz), max(first, 0), min(last, self.samples)
        sound = np.zeros(last - first, dtype=np.float32)
        if begin < end:
            rate = self.sample_rate_hz
            seconds = {"start_seconds": (base + begin) / rate, "duration_seconds": (end - begin) / rate}
            found = read_waveform(self.path, **seconds, sample_rate_hz=rate).samples.numpy()
            sound[begin - first : end - first] = np.rint(found * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE - 1)
        return sound


def _chunks(total: int, size: int) -> Iterator[tuple[int, int]]:
    size = max(1, size)
    return ((first, min(first + size, total)) for first in range(0, total, size))
