"""Raw windows of a long video: each frame is decoded once, and never all at a time (paper 7)."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.media.clip_times import sliding_starts
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.frames import centre_crop

_SAME_SECONDS = 6  # digits: instants that agree so far are one frame


def window_starts(
    duration_seconds: float, *, frame_rate_hz: float, stride_frames: int, window_seconds: float
) -> Float[np.ndarray, " windows"]:
    """Start a window for every `stride_frames` frames of a video, each in the middle of those that it stands for.

    Row i of the features then speaks of the frames from i x stride on. A window that reaches over an end of the video
    begins before 0 or ends after it; `read_windows` repeats the first or the last picture there, and hears silence.

    >>> window_starts(4.0, frame_rate_hz=5.0, stride_frames=5, window_seconds=2.0).tolist()
    [-0.5, 0.5, 1.5, 2.5]
    """
    if stride_frames < 1:
        raise SettingError(f"a stride of {stride_frames} frames never moves on; give 1 or more")
    stride_seconds = stride_frames / frame_rate_hz
    reach = duration_seconds - stride_seconds + window_seconds
    return sliding_starts(reach, window_seconds, stride_seconds) + (stride_seconds - window_seconds) / 2


def read_windows(
    path: str | Path,
    starts_seconds: Float[np.ndarray, " windows"],
    *,
    modality: str,
    video: VideoClipSettings,
    audio: AudioClipSettings,
) -> Tensor:
    """Read windows that lie side by side: uint8 [windows 3 frames crop crop], or waveforms [windows samples].

    Raises:
        MediaError: if the file does not give them.
        SettingError: if there is no such modality.
    """
    if modality == "video":
        return _pictures(path, starts_seconds, video)
    if modality == "audio":
        return _sounds(path, starts_seconds, audio)
    raise SettingError(f"unknown modality {modality!r}; the modalities are 'video' and 'audio'")


def _pictures(path: str | Path, starts: np.ndarray, video: VideoClipSettings) -> Tensor:
    instants = starts[:, None] + np.arange(video.frames) / video.frame_rate_hz
    instants = np.maximum(instants, 0.0).round(_SAME_SECONDS)
    once, places = np.unique(instants, return_inverse=True)
    frames = read_frames(path, once, short_side_px=video.short_side_px).pixels
    windows = centre_crop(frames, video.crop_px)[torch.from_numpy(places.reshape(instants.shape))]
    return windows.transpose(1, 2).contiguous()


def _sounds(path: str | Path, starts: np.ndarray, audio: AudioClipSettings) -> Tensor:
    rate, samples = audio.sample_rate_hz, audio.samples
    offsets = np.round((starts - starts[0]) * rate).astype(int)
    seconds = (offsets[-1] + samples) / rate
    sound = read_waveform(
        path, start_seconds=float(starts[0]), duration_seconds=float(seconds), sample_rate_hz=rate
    ).samples
    return torch.stack([sound[offset : offset + samples] for offset in offsets])
