"""Features of windows that slide over untrimmed videos, one array per video; resumes video by video (paper 7)."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import nn
from tqdm.auto import tqdm

from xdc_lab import distributed
from xdc_lab.datasets.items import read_items
from xdc_lab.datasets.probe_cache import CACHE_FILE
from xdc_lab.datasets.run_items import items_of_run
from xdc_lab.datasets.windows import read_windows, window_starts
from xdc_lab.encoders.encoder import Encoder
from xdc_lab.errors import DataError, MediaError
from xdc_lab.evaluation.localization.settings import WindowSettings
from xdc_lab.media.inputs import model_input
from xdc_lab.runs.execution import Execution
from xdc_lab.runs.folder import RunFolder, read_lines, whole_file, write_lines

FOLDER = "windows"


@dataclass(frozen=True, eq=False)
class WindowFeatures:
    """What an encoder made of videos.

    Attributes:
        folder: one .npy file per video.
        videos: those that have features: an items table with `video`.
        failed: each video that has none, with the reason.
    """

    folder: Path
    videos: pd.DataFrame
    failed: dict[str, str]

    def of_video(self, name: str) -> Float[np.ndarray, "windows dim"]:
        """The features of a video, memory-mapped: row i speaks of its frames from i x stride on."""
        return np.load(feature_file(self.folder, name), mmap_mode="r")

    def __str__(self) -> str:
        """Counts, then every video without features by name."""
        total = len(self.videos) + len(self.failed)
        lines = [f"{len(self.videos)} of {total} videos have features"]
        return "\n".join([*lines, *(f"    {name}  [{why}]" for name, why in self.failed.items())])


def extract_windows(
    encoder: Encoder,
    videos: pd.DataFrame,
    run: RunFolder,
    *,
    settings: WindowSettings,
    execution: Execution = Execution(),
) -> WindowFeatures:
    """Slide an encoder over every video; what is there already is kept (paper 7: it is not finetuned).

    Several processes share the videos, each the next of as many as there are processes.

    A video without the track that the encoder needs, or that does not decode, is named in rejected.csv or
    failures.jsonl and has no features.

    Args:
        encoder: used in evaluation mode.
        videos: an items table with a column `video`.
        run: an opened run.
        settings: stride and clips.
        execution: device and progress.

    Raises:
        DataError: if no video can be used.
    """
    device = execution.torch_device
    usable = _usable(videos, run, modality=encoder.modality, progress=execution.tells_progress)
    folder = run.path / FOLDER
    prepare = model_input(encoder.modality, video=settings.video, audio=settings.audio).to(device)
    encoder.eval().to(device)
    failures = []
    own = _long_videos(usable)[distributed.rank() :: distributed.world_size()]
    for row in tqdm(own, desc="windows", unit="video", disable=not execution.shows_progress):
        path = feature_file(folder, row.video)
        if path.is_file():
            continue
        try:
            features = _slide(encoder, prepare, row, settings=settings, device=device)
        except MediaError as error:
            failures.append({"video": row.video, "path": row.path, "reason": error.reason})
            continue
        with whole_file(path) as partial:
            np.save(partial, features, allow_pickle=False)
    every = [failure for part in distributed.all_gather_object(failures) for failure in part]
    if distributed.is_main():
        write_lines(run.failures, every)
    distributed.barrier()
    return read_extraction(run)


def read_extraction(run: RunFolder) -> WindowFeatures:
    """What `extract_windows` left in a run.

    Raises:
        DataError: if no video has features.
    """
    rejected, usable = (_named(read_items(path)) for path in (run.rejected, run.items))
    failed = {row["video"]: row["reason"] for row in read_lines(run.failures)}
    why = {**dict(zip(rejected["video"], rejected["problem"], strict=True)), **failed}
    left = usable[~usable["video"].isin(list(failed))].reset_index(drop=True)
    features = WindowFeatures(run.path / FOLDER, left, why)
    if not len(left):
        raise DataError(f"no video can be used: {features}")
    return features


def feature_file(folder: Path, video: str) -> Path:
    """Where the features of a video lie.

    Raises:
        DataError: if the name cannot be one of a file.
    """
    if "/" in video or video.startswith("."):
        raise DataError(f"a video cannot be called {video!r}; its name is that of a file, without the suffix")
    return folder / f"{video}.npy"


def _usable(videos: pd.DataFrame, run: RunFolder, *, modality: str, progress: bool) -> pd.DataFrame:
    how = {"min_seconds": 0.0, "modalities": (modality,), "cache": run.path / CACHE_FILE, "progress": progress}
    return _named(items_of_run(run, videos, none="no video can be used", **how))


def _named(videos: pd.DataFrame) -> pd.DataFrame:
    return videos.assign(video=videos["video"].astype(str))


class _LongVideo(NamedTuple):
    video: str
    path: str
    duration_seconds: float
    frame_rate_hz: float


def _long_videos(videos: pd.DataFrame) -> list[_LongVideo]:
    columns = (videos[name].tolist() for name in _LongVideo._fields)
    return [_LongVideo(*row) for row in zip(*columns, strict=True)]


def _slide(
    encoder: Encoder, prepare: nn.Module, row: _LongVideo, *, settings: WindowSettings, device: torch.device
) -> Float[np.ndarray, "windows dim"]:
    """The features of one video, a batch of windows at a time.

    Raises:
        MediaError: if it does not decode, or has no frames to stride over.
    """
    if not row.frame_rate_hz > 0:
        raise MediaError(row.path, "has no frame rate, and the stride is in frames")
    starts = window_starts(
        row.duration_seconds,
        frame_rate_hz=row.frame_rate_hz,
        stride_frames=settings.stride_frames,
        window_seconds=settings.window_seconds(encoder.modality),
    )
    features = []
    with torch.inference_mode():
        for first in range(0, len(starts), settings.batch_size):
            part = starts[first : first + settings.batch_size]
            raw = read_windows(row.path, part, modality=encoder.modality, video=settings.video, audio=settings.audio)
            features.append(encoder(prepare(raw.to(device))).float().cpu().numpy())
    return np.concatenate(features)
