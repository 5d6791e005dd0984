"""The paper's numbers, and combinations that cannot work."""

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.media.clip_settings import AudioClipSettings, VideoClipSettings
from xdc_lab.settings import settings_table


def test_the_papers_clip():
    video, audio = VideoClipSettings(), AudioClipSettings()
    assert (video.frames, video.frame_rate_hz, video.short_side_px, video.crop_px) == (8, 30.0, 256, 224)
    assert (audio.seconds, audio.mels, audio.audio_frames) == (2.0, 40, 100)
    assert audio.samples == 32_000 and audio.hop_samples == 320, "a hop of 20 ms"
    assert all(row["source"] for settings in (video, audio) for row in settings_table(settings))


@pytest.mark.parametrize("wrong", [{"frames": 0}, {"frame_rate_hz": -1.0}, {"crop_px": 300}])
def test_impossible_video_clips(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        VideoClipSettings(**wrong)


@pytest.mark.parametrize("wrong", [{"seconds": 0.0}, {"mels": -3}, {"audio_frames": 99}, {"log_offset": 0.0}])
def test_impossible_audio_clips(wrong):
    with pytest.raises(SettingError, match=next(iter(wrong))):
        AudioClipSettings(**wrong)
