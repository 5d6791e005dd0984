"""Raw clips of items: one torch Dataset for both modalities, around the same times (paper 4.1)."""

import contextlib
import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset, get_worker_info

from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.isolation import Limits, ended_after
from xdc_lab.errors import DataError, MediaError, SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.clip_times import centre_start, jittered_start, uniform_starts
from xdc_lab.media.decoder import Frames, Waveform, read_frames, read_waveform
from xdc_lab.media.findings import MODALITIES
from xdc_lab.media.frames import centre_crop, mirror, random_crop

REPLACEMENT = 1  # a stream of chance of its own
OWN_DRAWS, OTHER_DRAWS = 2, 100  # that are tried in the place of a clip: of its item, then of others


class ClipKey(NamedTuple):
    """Which clip: of item `index`, the centre one, or the random one number `draw`."""

    index: int  # type: ignore[assignment] - a clip's index, not tuple.index
    draw: int | None = None


class Drawn(NamedTuple):
    """A clip that was drawn, or a batch of them.

    Attributes:
        clips: raw.
        rows: the items that they are of: not those of the keys where others took their places.
        replaced: whether another draw took the place of a clip that could not be read.
    """

    clips: Tensor
    rows: int | Tensor
    replaced: bool | Tensor


class Reading(NamedTuple):
    """What is read from a file for a clip."""

    path: str
    read: Callable[[], Frames | Waveform]


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

    In a worker of a loader, a file that takes longer than `limits` ends that process; the files in `fatal` are known to
    end theirs, and why (`xdc_lab.datasets.loading`): none of them is opened.

    Args:
        items: the items table, checked.
        modality: "video" or "audio".
        video: the video clip.
        audio: the audio clip.
        seed: of times, crops and mirrors.
        store: read from here instead of the files; starts are then multiples of 1 / its grid_hz.
        shared_window: False: the clip of the one modality may lie anywhere in its item, as to learn labels.
        failures: where files that cannot be read are named, and how many may fail; None: none, `draw` and `uniform`
            raise.

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
        failures: FailureLog | None = None,
    ):
        if modality not in MODALITIES:
            raise SettingError(f"unknown modality {modality!r}; the modalities are {', '.join(MODALITIES)}")
        self.modality, self.seed, self.store, self.failures = modality, seed, store, failures
        self.video, self.audio = video or VideoClipSettings(), audio or AudioClipSettings()
        self.limits, self.fatal = Limits(), dict[str, str]()
        self.team: Any = None  # the workers that read it (`xdc_lab.datasets.loading.Team`), between two passes
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

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "team": None}

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, key: ClipKey | int) -> Tensor:
        """The clip of a key; of an index, the centre one.

        Raises:
            MediaError: if the file does not give it.
        """
        key = key if isinstance(key, tuple) else ClipKey(int(key))
        generator = self._generator(key)
        return self.clip_at(key.index, self._offset(key.index, generator), generator)

    def draw(self, key: ClipKey, rows: Sequence[int] | np.ndarray) -> Drawn:
        """The clip of a key; where it cannot be read, another draw of the same seed, and which item that is of.

        First come other draws of the same item, then draws of other items. Which clip takes the place of another
        follows from the key and from what can be read, not from what was drawn before: a run that goes on later draws
        the same ones.

        Args:
            key: the clip.
            rows: the items that may take its place.

        Raises:
            TrainingError: if more files failed than may (`FailureLog`).
            MediaError: if nothing that was drawn can be read, or nothing may fail.
        """
        failed: MediaError | None = None
        for other in self.draws(key, rows):
            try:
                return Drawn(self[other], other.index, failed is not None)
            except MediaError as error:
                failed = error
            if self.failures is None:
                raise failed
            self.failures.note(failed, items=len(self))
        raise failed  # type: ignore[misc] - the key itself is drawn first

    def draws(self, key: ClipKey, rows: Sequence[int] | np.ndarray) -> Iterator[ClipKey]:
        """What `draw` tries, one after the other."""
        yield key
        generator = np.random.default_rng((self.seed, key.index, key.draw or 0, REPLACEMENT))
        others = generator.integers(len(rows), size=OTHER_DRAWS).tolist()
        for index in [key.index] * OWN_DRAWS + [int(rows[other]) for other in others]:
            yield ClipKey(index, int(generator.integers(2**62)))

    def reading(self, index: int, offset_seconds: float) -> Reading:
        """What is read for the clip that begins at an offset from the item's start."""
        span = self.spans[index]
        if self.modality == "video":
            instants, short_side_px = self.instants_seconds(index, offset_seconds), self.video.short_side_px
            return Reading(span.path, functools.partial(read_frames, span.path, instants, short_side_px=short_side_px))
        read = functools.partial(
            read_waveform,
            span.path,
            start_seconds=span.start_seconds + offset_seconds,
            duration_seconds=min(self.audio.seconds, max(0.0, span.duration_seconds - offset_seconds)),
            sample_rate_hz=self.audio.sample_rate_hz,
        )
        return Reading(span.path, read)

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
        """Stack `n` clips spread evenly over the item, cropped in the centre (paper 4.1, testing).

        Where some cannot be read, others of the item stand in for them; an item of which none can is zeros: a test
        item counts, and no other may take its place.

        Raises:
            TrainingError: if more files failed than may (`FailureLog`).
            MediaError: if one cannot be read and nothing may fail.
        """
        starts = self.uniform_offsets(index, n)
        read = [clip for start in starts if (clip := self._clip_or_none(index, start)) is not None]
        read = read or [self._zeros()]
        return torch.stack([read[number % len(read)] for number in range(n)])

    def uniform_offsets(self, index: int, n: int) -> list[float]:
        """Where the `n` clips of `uniform` begin, in seconds from the item's start."""
        starts = uniform_starts(self.spans[index].duration_seconds, self._own_seconds, n)
        if self.grid_hz is not None:
            starts = np.floor(starts * self.grid_hz + 1e-6) / self.grid_hz
        return starts.tolist()

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

    def _clip_or_none(self, index: int, offset: float) -> Tensor | None:
        try:
            return self.clip_at(index, offset)
        except MediaError as error:
            if self.failures is None:
                raise
            self.failures.note(error, items=len(self))
            return None

    def _zeros(self) -> Tensor:
        if self.modality == "audio":
            return torch.zeros(self.audio.samples)
        return torch.zeros((3, self.video.frames, self.video.crop_px, self.video.crop_px), dtype=torch.uint8)

    def _frames(self, index: int, offset: float) -> UInt8[Tensor, "frames 3 height width"]:
        if self.store is not None:
            instants = self.instants_seconds(index, offset)
            return self.store.frames(index, (instants - self.spans[index].start_seconds).tolist())
        return self._read(index, offset).pixels

    def _waveform(self, index: int, offset: float) -> Float[Tensor, " samples"]:
        samples = self.audio.samples
        if self.store is not None:
            return self.store.waveform(index, offset, samples)
        sound = self._read(index, offset).samples
        return torch.nn.functional.pad(sound, (0, samples - len(sound)))

    def _read(self, index: int, offset: float) -> Any:
        path, read = self.reading(index, offset)
        if path in self.fatal:
            raise MediaError(path, self.fatal[path])
        with ended_after(self.limits.seconds) if get_worker_info() else contextlib.nullcontext():
            return read()


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


def _demand_fitting_grid(grid_hz: float | None, video: VideoClipSettings) -> None:
    if grid_hz is not None and not (grid_hz / video.frame_rate_hz + 1e-9) % 1 < 1e-6:
        raise SettingError(
            f"a grid of {grid_hz} Hz does not hold the instants of clips at {video.frame_rate_hz} Hz; "
            f"choose a multiple of {video.frame_rate_hz}"
        )
