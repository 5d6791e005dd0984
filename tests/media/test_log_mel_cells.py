"""Cells of a sound's log-mel: which grids have them, and that those of a clip are its log-mel."""

import pytest
import torch

from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.log_mel_cells import LogMelCells
from xdc_lab.media.spectrogram import LogMel

AUDIO = AudioClipSettings()


@pytest.mark.parametrize(
    ("grid_hz", "audio", "columns"),
    [
        (10.0, AUDIO, 5),
        (25.0, AUDIO, 2),
        (50.0, AUDIO, None),  # a window reaches out of a cell of one column on both sides
        (30.0, AUDIO, None),  # no whole hops
        (8.0, AUDIO, None),
        (10.0, AudioClipSettings(window_seconds=0.06), 5),
        (10.0, AudioClipSettings(window_seconds=0.07), None),  # reaches over two columns
        (10.0, AudioClipSettings(seconds=2.04, audio_frames=102), None),  # ends within a cell
    ],
)
def test_a_grid_of_whole_hops_has_cells(grid_hz, audio, columns):
    cells = LogMelCells.on_grid(audio, grid_hz)
    assert (cells and cells.columns) == columns


def test_cells_of_a_clip_are_its_log_mel():
    cells = LogMelCells(AUDIO, 5)
    sound = torch.randn(26 * cells.samples, generator=torch.manual_seed(0))
    cut = cells.cut(sound)
    assert cut.shape == (24, 7, 40) and cut[0].nbytes == cells.cell_bytes
    for first in (0, 1, 4):
        clip = sound[(first + 1) * cells.samples :][: AUDIO.samples]
        ours = cells.clip(cut[first : first + 20])
        torch.testing.assert_close(ours, LogMel()(clip[None])[0], rtol=0, atol=2e-6)
    silence = LogMel()(torch.zeros(1, AUDIO.samples))[0]
    assert torch.equal(cells.clip(cut[:0]), silence) and torch.equal(cells.clip(cut[:3])[..., 15:], silence[..., 15:])
