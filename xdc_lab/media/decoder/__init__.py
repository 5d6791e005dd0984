"""Frames and sound at any time of a media file: the one place that knows the decoder (paper 4.1)."""

from xdc_lab.media.decoder.audio import Waveform, read_waveform, read_waveforms
from xdc_lab.media.decoder.container import Header, read_header
from xdc_lab.media.decoder.video import Frames, TimedFrame, read_frames, resized_size, stream_frames

__all__ = [
    "Frames",
    "Header",
    "TimedFrame",
    "Waveform",
    "read_frames",
    "read_header",
    "read_waveform",
    "read_waveforms",
    "resized_size",
    "stream_frames",
]
