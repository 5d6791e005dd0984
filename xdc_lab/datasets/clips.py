"""Raw clips of items: one torch Dataset for both modalities, around the same times (paper 4.1)."""

import contextlib
import copy
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset

from xdc_lab.datasets.failures import FailureLog
from xdc_lab.datasets.item_spans import ItemSpan, item_spans
from xdc_lab.errors import MediaError, SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.clip_times import centre_start, jittered_start, uniform_starts
from xdc_lab.media.decoder import read_frames, read_waveforms
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


@runtime_checkable
class Store(Protocol):
    """Where clips, or those of one modality, can be read without decoding.

    `xdc_lab.datasets.decoded.DecodedStore` and `xdc_lab.datasets.prepared_sound.PreparedSound`.
    """

    grid_hz: float
    holds: tuple[str, ...]

    def frames(self, index: int, offsets_seconds: Sequence[float]) -> UInt8[Tensor, "frames 3 height width"]:
        """The frames on screen at offsets from the item's start."""
        ...

    def sound(
        self, index: int, offset_seconds: float, audio: AudioClipSettings
    ) -> Float[Tensor, "1 mels audio_frames"] | Float[Tensor, " samples"]:
        """The clip at an offset, as its log-mel or a waveform; silence after the item's end."""
        ...


class ClipDataset(Dataset):
    """Raw clips of items: uint8 [3 frames height width], or a waveform [samples] (paper 4.1).

    A store may give the log-mel [1 mels audio_frames] in the waveform's place (`xdc_lab.media.inputs` takes both).

    A clip follows from (seed, index, draw) alone, so any process can make any clip at any time, and a run that
    goes on later sees what it would have seen. Both modalities share one window, as long as the longer of their
    clips, and each lies in the middle of it: with one seed, draw 3 of item 7 is the same moment seen and heard.

    Args:
        items: the items table, checked.
        modality: "video" or "audio".
        video: the video clip.
        audio: the audio clip.
        seed: of times, crops and mirrors.
        store: read from here instead of the files; starts are then multiples of 1 / its grid_hz, those of the
            modality that it does not hold, too.
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
        self.modality, self.seed, self.failures = modality, seed, failures
        self.store = store if store is not None and modality in store.holds else None
        self.video, self.audio = video or VideoClipSettings(), audio or AudioClipSettings()
        self.grid_hz = None if store is None else store.grid_hz
        if self.store is not None and "video" in self.store.holds:
            _demand_fitting_grid(self.store.grid_hz, self.video)
        self.spans = item_spans(items)
        self.lost: dict[str, str] = {}  # files that no process may open again, and why
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
        for other in self._draws(key, rows):
            try:
                return Drawn(self[other], other.index, failed is not None)
            except MediaError as error:
                failed = error
            if self.failures is None:
                raise failed
            self.failures.note(failed, items=len(self))
        raise failed  # type: ignore[misc] - the key itself is drawn first

    def visit(self, keys: Sequence[ClipKey], rows: Sequence[int] | np.ndarray) -> list[Drawn]:
        """The clips of several keys of one item, of one visit to its file; `draw` of each where that fails.

        Raises:
            TrainingError: as `draw`.
            MediaError: as `draw`.
        """
        if len(keys) > 1:
            with contextlib.suppress(MediaError):  # `draw` names what cannot be read
                return [Drawn(clip, key.index, False) for key, clip in zip(keys, self._together(keys), strict=True)]
        return [self.draw(key, rows) for key in keys]

    def _together(self, keys: Sequence[ClipKey]) -> list[Tensor]:
        index, generators = keys[0].index, [self._generator(key) for key in keys]
        return self._clips_at(index, [self._offset(index, generator) for generator in generators], generators)

    def _draws(self, key: ClipKey, rows: Sequence[int] | np.ndarray) -> Iterator[ClipKey]:
        yield key
        generator = np.random.default_rng((self.seed, key.index, key.draw or 0, REPLACEMENT))
        others = generator.integers(len(rows), size=OTHER_DRAWS).tolist()
        for index in [key.index] * OWN_DRAWS + [int(rows[other]) for other in others]:
            yield ClipKey(index, int(generator.integers(2**62)))

    def offset_seconds(self, key: ClipKey) -> float:
        """Where the clip of a key begins, from the item's start."""
        return self._offset(key.index, self._generator(key))

    def instants_seconds(self, index: int, offset_seconds: float) -> Float[np.ndarray, " frames"]:
        """The instants of the frames of a clip, in its file; after the item's end its last picture stands still."""
        span = self.spans[index]
        offsets = offset_seconds + np.arange(self.video.frames) / self.video.frame_rate_hz
        last = span.last_instant(self.video.frame_rate_hz if self.store is None else self.store.grid_hz)
        return span.start_seconds + np.minimum(offsets, last)

    def uniform(self, index: int, n: int) -> Tensor:
        """Stack `n` clips spread evenly over the item, cropped in the centre (paper 4.1, testing).

        Where some cannot be read, others of the item stand in for them; an item of which none can is zeros: a test
        item counts, and no other may take its place.

        Raises:
            TrainingError: if more files failed than may (`FailureLog`).
            MediaError: if one cannot be read and nothing may fail.
        """
        read = [clip for start in self._uniform(index, n) if (clip := self._clip_or_none(index, start)) is not None]
        read = read or [self._zeros()]
        return torch.stack([read[number % len(read)] for number in range(n)])

    def clip_at(self, index: int, offset_seconds: float, generator: np.random.Generator | None = None) -> Tensor:
        """The clip that begins at an offset from the item's start, cropped at random only with a generator.

        Raises:
            MediaError: if the file does not give it.
        """
        return self._clips_at(index, [offset_seconds], [generator])[0]

    def _clips_at(
        self, index: int, offsets: Sequence[float], generators: Sequence[np.random.Generator | None]
    ) -> list[Tensor]:
        if self.lost and (path := self.spans[index].path) in self.lost:
            raise MediaError(path, self.lost[path])
        if self.modality == "audio":
            return self._sounds(index, offsets)
        return [self._cropped(*clip) for clip in zip(self._frames(index, offsets), generators, strict=True)]

    def _cropped(
        self, frames: UInt8[Tensor, "frames 3 height width"], generator: np.random.Generator | None
    ) -> UInt8[Tensor, "3 frames crop crop"]:
        if generator is None:
            frames = centre_crop(frames, self.video.crop_px)
        else:
            frames = random_crop(frames, self.video.crop_px, generator=generator)
            if self.video.flip and generator.random() < 0.5:
                frames = mirror(frames)
        return frames.transpose(0, 1).contiguous()

    def alone(self, key: ClipKey, clips: int | None = None) -> tuple["ClipDataset", list[float]]:
        """The item of a key as a data set of its own, for another process, and where its clip or uniform clips begin.

        What a decoded store holds needs no file.
        """
        one = copy.copy(self)
        one.spans, one.failures, one.store = self.spans.only(key.index), None, None
        if self.store is not None and "video" in self.store.holds:
            return one, []
        return one, [self.offset_seconds(key)] if clips is None else self._uniform(key.index, clips)

    def _uniform(self, index: int, n: int) -> list[float]:
        starts = uniform_starts(self.spans[index].duration_seconds, self._own_seconds, n)
        return (starts if self.grid_hz is None else np.floor(starts * self.grid_hz + 1e-6) / self.grid_hz).tolist()

    def _generator(self, key: ClipKey) -> np.random.Generator | None:
        return None if key.draw is None else np.random.default_rng((self.seed, key.index, key.draw))

    def _offset(self, index: int, generator: np.random.Generator | None) -> float:
        duration, grid = self.spans.durations_seconds[index], self._grid_seconds
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

    def _frames(self, index: int, offsets: Sequence[float]) -> Sequence[UInt8[Tensor, "frames 3 height width"]]:
        """The uncropped frames of each clip."""
        instants = np.stack([self.instants_seconds(index, offset) for offset in offsets])
        if self.store is not None:
            within = instants - self.spans.starts_seconds[index]
            return [self.store.frames(index, own) for own in within.tolist()]
        path, short_side = self.spans[index].path, self.video.short_side_px
        return read_frames(path, instants.ravel(), short_side_px=short_side).pixels.split(self.video.frames)

    def _sounds(
        self, index: int, offsets: Sequence[float]
    ) -> list[Float[Tensor, "1 mels audio_frames"] | Float[Tensor, " samples"]]:
        """The sound of each clip."""
        if self.store is not None:
            return [self.store.sound(index, offset, self.audio) for offset in offsets]
        return clip_waveforms(self.spans[index], offsets, self.audio)


def clip_waveforms(
    span: ItemSpan, offsets_seconds: Sequence[float], audio: AudioClipSettings
) -> list[Float[Tensor, " samples"]]:
    """The samples of clips at offsets from an item's start, of one visit to its file; silence after the item's end.

    Raises:
        MediaError: if the file does not give them.
    """
    seconds = [min(audio.seconds, max(0.0, span.duration_seconds - offset)) for offset in offsets_seconds]
    parts = [(span.start_seconds + offset, own) for offset, own in zip(offsets_seconds, seconds, strict=True)]
    sounds = read_waveforms(span.path, parts, sample_rate_hz=audio.sample_rate_hz)
    return [torch.nn.functional.pad(sound, (0, audio.samples - len(sound))) for sound in sounds]


def _demand_fitting_grid(grid_hz: float, video: VideoClipSettings) -> None:
    if not (grid_hz / video.frame_rate_hz + 1e-9) % 1 < 1e-6:
        raise SettingError(
            f"a grid of {grid_hz} Hz does not hold the instants of clips at {video.frame_rate_hz} Hz; "
            f"choose a multiple of {video.frame_rate_hz}"
        )
