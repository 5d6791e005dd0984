"""The middle frame of a clip and its log-mel as pictures (paper 4.1, Figure 2)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from PIL import Image

from xdc_lab.datasets.item_spans import ItemSpan
from xdc_lab.datasets.items import used_part
from xdc_lab.media.clip_settings import AudioClipSettings
from xdc_lab.media.clip_times import centre_start
from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.inputs import model_input

QUIETEST, LOUDEST = 5, 99.5  # percentiles that become black and white: each clip has its own gain


def middle_frame(item: Mapping[str, Any], *, short_side_px: int = 256) -> Image.Image:
    """The frame in the middle of a clip.

    Raises:
        MediaError: if the file has no video track, or does not decode.
    """
    span = span_of(item)
    middle = span.start_seconds + span.duration_seconds / 2
    pixels = read_frames(span.path, [middle], short_side_px=short_side_px).pixels[0]
    return Image.fromarray(np.ascontiguousarray(pixels.permute(1, 2, 0).numpy()))


def log_mel_picture(item: Mapping[str, Any], *, audio: AudioClipSettings | None = None) -> Image.Image:
    """The log-mel that the encoder heard at the middle of a clip, low notes at the bottom, mels x audio frames pixels.

    Raises:
        MediaError: if the file has no audio track, or does not decode.
    """
    from matplotlib import colormaps

    audio = audio or AudioClipSettings()
    span = span_of(item)
    start = span.start_seconds + centre_start(span.duration_seconds, audio.seconds)
    waveform = read_waveform(
        span.path, start_seconds=start, duration_seconds=audio.seconds, sample_rate_hz=audio.sample_rate_hz
    )
    with torch.inference_mode():
        log_mel = model_input("audio", audio=audio)(waveform.samples[None])[0, 0].numpy()
    low, high = np.percentile(log_mel, [QUIETEST, LOUDEST])
    shades = np.clip((log_mel[::-1] - low) / max(high - low, 1e-6), 0, 1)
    return Image.fromarray((colormaps["magma"](shades)[..., :3] * 255).astype(np.uint8))


def span_of(item: Mapping[str, Any]) -> ItemSpan:
    """The part of its file that an item is; 0 long where nobody has measured it."""
    start, seconds = map(float, used_part(item["start_seconds"], item["end_seconds"], item["duration_seconds"]))
    return ItemSpan(str(item["path"]), start, max(0.0, seconds) if seconds == seconds else 0.0)
