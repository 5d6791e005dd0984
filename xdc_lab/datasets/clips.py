"""Raw clips of items: one torch Dataset for both modalities, around the same times (paper 4.1)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from xdc_lab.errors import DataError, MediaError, SettingError, TrainingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.clip_times import centre_start, jittered_start, uniform_starts
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.frames import centre_crop, mirror, random_crop
from xdc_lab.media.probe import MODALITIES
from xdc_lab.runs.folder import append_line, read_lines


class ClipKey(NamedTuple):
    """Which clip: of item `index`, the centre one, or the random one number `draw`."""

    index: int  # type: ignore[assignment] - a clip's index, not tuple.index
    draw: int | None = None


@runtime_checkable
class Store(Protocol):
    """Where decoded clips can be read instead of files (`xdc_lab.datasets.decoded.DecodedStore`)."""

    grid_hz: float

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> UInt8[Tensor, "frames 3 height width"]:
        """The frames on screen at offsets from the item's start."""
        ...

    def waveform(self, index: int, offset_seconds: float, samples: int) -> Float[Tensor, " samples"]:
        """The sound from an offset on; silence after the item's end."""
        ...


class ClipDataset(Dataset):
    """Raw clips of items: uint8 [3 frames height width], or a waveform [samples] (paper 4.1).

    A clip follows from (seed, index, draw) alone, so any process can make any clip at any time, and a run that
    goes on later sees what it would have seen. Both modalities share one window, as long as the longer of their
    clips, and each lies in the middle of it: with one seed, draw 3 of item 7 is the same moment seen and heard.

    Args:
        items: the items table, checked.
        modality: "video" or "audio".
        video: the video clip.
        audio: the audio clip.
        seed: of times, crops and mirrors.
        store: read from here instead of the files; starts are then multiples of 1 / its grid_hz.
        shared_window: False: the clip of the one modality may lie anywhere in its item, as to learn labels.
        failures: where a clip that cannot be read is noted, and zeros returned; None raises instead.

    Raises:
        SettingError: if there is no such modality, or the store's grid does not fit the clip.
        DataError: if the items were not checked.
    """

    def __init__(
        self,
        items: pd.DataFrame,
        *,
        modality: str,
        video: VideoClipSettings | None = None,
        audio: AudioClipSettings | None = None,
        seed: int = 0,
        store: Store | None = None,
        shared_window: bool = True,
        failures: "FailureLog | None" = None,
    ):
        if modality not in MODALITIES:
            raise SettingError(f"unknown modality {modality!r}; the modalities are {', '.join(MODALITIES)}")
        self.modality, self.seed, self.store, self.failures = modality, seed, store, failures
        self.video, self.audio = video or VideoClipSettings(), audio or AudioClipSettings()
        self.grid_hz = None if store is None else store.grid_hz
        _demand_fitting_grid(self.grid_hz, self.video)
        self.spans = item_spans(items)
        longer = max(self.video.seconds, self.audio.seconds)
        self.window_seconds = longer if shared_window else self._own_seconds
        self.lead_seconds = centre_start(self.window_seconds, self._own_seconds, grid_seconds=self._grid_seconds)

    @property
    def _own_seconds(self) -> float:
        return self.video.seconds if self.modality == "video" else self.audio.seconds

    @property
    def _grid_seconds(self) -> float | None:
        return None if self.grid_hz is None else 1 / self.grid_hz

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, key: ClipKey | int) -> Tensor:
        """The clip of a key; of an index, the centre one."""
        key = key if isinstance(key, tuple) else ClipKey(int(key))
        generator = self._generator(key)
        return self._clip_or_zeros(key.index, self._offset(key.index, generator), generator)

    def offset_seconds(self, key: ClipKey) -> float:
        """Where the clip of a key begins, from the item's start."""
        return self._offset(key.index, self._generator(key))

    def instants_seconds(self, index: int, offset_seconds: float) -> Float[np.ndarray, " frames"]:
        """The instants of the frames of a clip, in its file; after the item's end its last picture stands still."""
        span = self.spans[index]
        offsets = offset_seconds + np.arange(self.video.frames) / self.video.frame_rate_hz
        last = span.last_instant(self.grid_hz or self.video.frame_rate_hz)
        return span.start_seconds + np.minimum(offsets, last)

    def uniform(self, index: int, n: int) -> Tensor:
        """Stack `n` clips spread evenly over the item, cropped in the centre (paper 4.1, testing)."""
        starts = uniform_starts(self.spans[index].duration_seconds, self._own_seconds, n)
        if self.grid_hz is not None:
            starts = np.floor(starts * self.grid_hz + 1e-6) / self.grid_hz
        return torch.stack([self._clip_or_zeros(index, float(start), None) for start in starts])

    def clip_at(self, index: int, offset_seconds: float, generator: np.random.Generator | None = None) -> Tensor:
        """The clip that begins at an offset from the item's start, cropped at random only with a generator.

        Raises:
            MediaError: if the file does not give it.
        """
        if self.modality == "audio":
            return self._waveform(index, offset_seconds)
        frames = self._frames(index, offset_seconds)
        if generator is None:
            frames = centre_crop(frames, self.video.crop_px)
        else:
            frames = random_crop(frames, self.video.crop_px, generator=generator)
            if self.video.flip and generator.random() < 0.5:
                frames = mirror(frames)
        return frames.transpose(0, 1).contiguous()

    def _generator(self, key: ClipKey) -> np.random.Generator | None:
        return None if key.draw is None else np.random.default_rng((self.seed, key.index, key.draw))

    def _offset(self, index: int, generator: np.random.Generator | None) -> float:
        duration, grid = self.spans[index].duration_seconds, self._grid_seconds
        if generator is None:
            start = centre_start(duration, self.window_seconds, grid_seconds=grid)
        else:
            start = jittered_start(duration, self.window_seconds, generator=generator, grid_seconds=grid)
        return start + self.lead_seconds

    def _clip_or_zeros(self, index: int, offset: float, generator: np.random.Generator | None) -> Tensor:
        try:
            return self.clip_at(index, offset, generator)
        except MediaError as error:
            if self.failures is None:
                raise
            self.failures.note(error, items=len(self))
        if self.modality == "audio":
            return torch.zeros(self.audio.samples)
        crop = self.video.crop_px
        return torch.zeros((3, self.video.frames, crop, crop), dtype=torch.uint8)

    def _frames(self, index: int, offset: float) -> UInt8[Tensor, "frames 3 height width"]:
        span, instants = self.spans[index], self.instants_seconds(index, offset)
        if self.store is not None:
            return self.store.frames(index, (instants - span.start_seconds).tolist())
        return read_frames(span.path, instants, short_side_px=self.video.short_side_px).pixels

    def _waveform(self, index: int, offset: float) -> Float[Tensor, " samples"]:
        span, samples = self.spans[index], self.audio.samples
        if self.store is not None:
            return self.store.waveform(index, offset, samples)
        seconds = min(self.audio.seconds, max(0.0, span.duration_seconds - offset))
        rate = self.audio.sample_rate_hz
        sound = read_waveform(
            span.path, start_seconds=span.start_seconds + offset, duration_seconds=seconds, sample_rate_hz=rate
        ).samples
        return torch.nn.functional.pad(sound, (0, samples - len(sound)))


@dataclass(frozen=True)
class ItemSpan:
    """The part of a file that an item is."""

    path: str
    start_seconds: float
    duration_seconds: float

    def last_instant(self, rate_hz: float) -> float:
        """The offset of the last picture, of those `rate_hz` a second that lie within the item."""
        return max(0, math.ceil(self.duration_seconds * rate_hz - 1e-6) - 1) / rate_hz


def item_spans(items: pd.DataFrame) -> list[ItemSpan]:
    """The part of its file that each item is.

    Raises:
        DataError: if an item's duration is not known.
    """
    starts, ends, durations = (
        items[name].to_numpy(float) for name in ("start_seconds", "end_seconds", "duration_seconds")
    )
    starts = np.nan_to_num(starts)
    seconds = np.fmin(ends, durations) - starts + 0 * durations  # unknown where the file's duration is
    unknown = np.flatnonzero(~(seconds > 0))
    if len(unknown):
        raise DataError(
            f"{items['path'].iloc[unknown[0]]}: its duration is not known, as of {len(unknown)} of {len(items)} items; "
            "check the items first and use the usable ones (xdc_lab.datasets.check.check_items)"
        )
    return [ItemSpan(*row) for row in zip(items["path"], starts.tolist(), seconds.tolist(), strict=True)]


class FailureLog:
    """Files that could not be read during training, named in a .jsonl file that all processes append to."""

    ALLOWED_SHARE = 0.01

    def __init__(self, path: str | Path):
        self.path = Path(path)

    def note(self, error: MediaError, *, items: int) -> None:
        """Add a file.

        Raises:
            TrainingError: if more than one file, and more than 1 % of the items, have failed.
        """
        append_line(self.path, {"path": error.path, "reason": error.reason})
        failed = self.failed()
        if len(failed) > max(1, self.ALLOWED_SHARE * items):
            named = "".join(f"\n    {path}  [{reason}]" for path, reason in list(failed.items())[:10])
            raise TrainingError(
                f"{len(failed)} of {items} items could not be read, more than {self.ALLOWED_SHARE:.0%}; all are in "
                f"{self.path}. Check the data set again (xdc-lab check), or remove these files from it:{named}"
            )

    def failed(self) -> dict[str, str]:
        """Each failed file and why."""
        return {row["path"]: row["reason"] for row in read_lines(self.path)}


def _demand_fitting_grid(grid_hz: float | None, video: VideoClipSettings) -> None:
    if grid_hz is not None and not (grid_hz / video.frame_rate_hz + 1e-9) % 1 < 1e-6:
        raise SettingError(
            f"a grid of {grid_hz} Hz does not hold the instants of clips at {video.frame_rate_hz} Hz; "
            f"choose a multiple of {video.frame_rate_hz}"
        )
