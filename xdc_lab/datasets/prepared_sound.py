"""The log-mels that prepared files carry, in the place of a clip's sound (paper 4.1)."""

import sys
from collections.abc import Sequence

import pandas as pd
from jaxtyping import Float, UInt8
from torch import Tensor

from xdc_lab import distributed
from xdc_lab.datasets.clips import clip_waveforms
from xdc_lab.datasets.item_spans import ItemSpans, item_spans
from xdc_lab.errors import MediaError
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.log_mel_box import described, log_mels_in, read_log_mels
from xdc_lab.media.log_mel_cells import LogMelCells
from xdc_lab.media.spectrogram import LogMel

GRID_HZ = 10.0  # of the cells in prepared files


class PreparedSound:
    """Where a clip's log-mel is read from its prepared file; computed from its sound where that has none."""

    holds: tuple[str, ...] = ("audio",)
    grid_hz = GRID_HZ

    def __init__(self, spans: ItemSpans, cells: LogMelCells):
        self.spans, self.cells = spans, cells

    @classmethod
    def of(cls, items: pd.DataFrame, audio: AudioClipSettings) -> "PreparedSound | None":
        """That of items whose first file carries log-mels; a line, and None, if they are of other settings."""
        first = items["path"].iloc[0]
        try:
            there = log_mels_in(first)
        except MediaError:
            return None
        if there is None:
            return None
        cells = LogMelCells.on_grid(audio, GRID_HZ)
        if cells is not None and described(cells) == there:
            return cls(item_spans(items), cells)
        if distributed.is_main():
            told = "clips that begin with none of them" if cells is None else str(described(cells))
            print(
                f"the log-mels in {first} are of {there}, and asked for are {told}: they are computed from the sound",
                file=sys.stderr,
            )
        return None

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> UInt8[Tensor, "frames 3 height width"]:
        """There are none."""
        raise MediaError(self.spans[index].path, "no frames beside its log-mels")

    def sound(
        self, index: int, offset_seconds: float, audio: AudioClipSettings
    ) -> Float[Tensor, "1 mels audio_frames"]:
        """The log-mel of the clip at an offset; silence after the item's end.

        Raises:
            MediaError: if the file has no log-mels and its sound does not decode.
        """
        span = self.spans[index]
        samples, cell = round(span.duration_seconds * audio.sample_rate_hz), round(offset_seconds * GRID_HZ)
        if not span.start_seconds and audio == self.cells.settings:
            found = read_log_mels(span.path, cell, cells=self.cells, samples=samples)
            if found is not None:
                return self.cells.clip(found)
        return LogMel(audio)(clip_waveforms(span, [offset_seconds], audio)[0][None])[0]
