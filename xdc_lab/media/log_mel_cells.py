"""Log-mels of a whole sound in cells of a grid; those of a clip are its log-mel to the last bit (paper 4.1)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.spectrogram import LogMel

EDGES = 2  # columns of a cell beside its own


@dataclass(frozen=True)
class LogMelCells:
    """How a sound is cut: a cell lies between two instants of the grid, and a clip is some cells in a row.

    The window of a clip's first and last column reaches out of the clip, and sees silence there. So a cell has, after
    its columns within the sound, its first and its last as they are where a clip begins or ends with it.
    """

    settings: AudioClipSettings
    columns: int

    @classmethod
    def on_grid(cls, settings: AudioClipSettings, grid_hz: float) -> "LogMelCells | None":
        """The cells of a grid; None: it holds no clips of whole hops, or a window reaches over several columns."""
        columns = settings.sample_rate_hz / grid_hz / settings.hop_samples
        whole = columns >= 2 and abs(columns - round(columns)) < 1e-6 and settings.audio_frames % round(columns) == 0
        reach = round(settings.window_seconds * settings.sample_rate_hz) - settings.hop_samples
        return cls(settings, round(columns)) if whole and reach <= 2 * settings.hop_samples else None

    @property
    def samples(self) -> int:
        """Samples of a cell."""
        return self.columns * self.settings.hop_samples

    @property
    def shape(self) -> tuple[int, int]:
        """A cell's array: columns and edges, mels."""
        return self.columns + EDGES, self.settings.mels

    @property
    def clip_cells(self) -> int:
        """Cells of a clip."""
        return self.settings.audio_frames // self.columns

    @property
    def cell_bytes(self) -> int:
        """A cell in float32: in float16 the values would be off by up to .001."""
        return 4 * self.shape[0] * self.shape[1]

    def of_sound(self, samples: Int[np.ndarray, "*items"]) -> Int[np.ndarray, "*items"]:
        """Cells of sounds of so many samples, up to and with the first one after the end, which may still see it."""
        return np.where(samples > 0, samples // self.samples + 1, 0)

    def cut(self, sound: Float[Tensor, " samples"]) -> Float[np.ndarray, "cells columns mels"]:
        """The cells of a sound but the first and the last, which are there to be seen by the others."""
        with torch.inference_mode():
            whole = self._log_mel(sound[None])[0, 0].T.unflatten(0, (-1, self.columns))[1:-1]
            alone = self._log_mel(sound.unflatten(0, (-1, self.samples))[1:-1])[:, 0].transpose(1, 2)
            return torch.cat([whole, alone[:, :1], alone[:, -1:]], dim=1).numpy()

    def clip(self, cells: Float[np.ndarray, "cells columns mels"]) -> Float[Tensor, "1 mels audio_frames"]:
        """The log-mel of a clip of these cells; those that are missing at its end are silence."""
        clip = np.empty((self.clip_cells, self.columns, self.settings.mels), dtype=np.float32)
        clip[: len(cells)] = cells[:, : self.columns]
        clip[len(cells) :] = self._silence
        if len(cells):
            clip[0, 0] = cells[0, -2]
        if len(cells) == self.clip_cells:
            clip[-1, -1] = cells[-1, -1]
        return torch.from_numpy(clip.reshape(-1, self.settings.mels).T[None])

    @cached_property
    def _log_mel(self) -> LogMel:
        return LogMel(self.settings)

    @cached_property
    def _silence(self) -> float:
        return self._log_mel(torch.zeros(1, self.settings.hop_samples)).max().item()
