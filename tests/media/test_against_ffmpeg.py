"""Our frames and log-mels are what the ffmpeg command shows, in files of every kind (skipped without the command)."""

import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from xdc_lab.media.decoder import read_frames, read_waveform
from xdc_lab.media.probe import probe
from xdc_lab.media.spectrogram import LogMel

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg command is not installed")

RATE = 16_000
# 2 s: a moving test picture of 25 frames a second, and two tones that rise.
SOURCES = (
    "-f lavfi -i testsrc2=s=96x64:r=25:d=2 "
    "-f lavfi -i 'aevalsrc=0.3*sin(2*PI*(300+900*t)*t)|0.2*sin(2*PI*(500+400*t)*t):s=48000:d=2'"
)
H264, AAC, PCM, SHORT_GOP = "-c:v libx264", "-c:a aac", "-c:a pcm_s16le", "-g 10 -bf 2"
VP9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"
BASE = f"{H264} {SHORT_GOP} {AAC}"
SIX = "-af 'pan=5.1|FL=c0|FR=c1|FC=.5*c0|LFE=.1*c1|BL=.3*c1|BR=.2*c0'"
# file: the options that make it out of the sources
MADE = {
    # containers and codecs
    "film.mp4": BASE,
    "fragments.mp4": f"{BASE} -movflags frag_keyframe+empty_moov",
    "film.m4v": f"-c:v mpeg4 {AAC}",
    "film.mov": f"-c:v prores -profile:v 1 {PCM}",
    "film.3gp": f"-c:v h263 -vf scale=128:96,setsar=1 {AAC} -ar 16000",
    "film.flv": f"-c:v flv {SHORT_GOP[:5]} -c:a libmp3lame -ar 44100",
    "film.mkv": f"{H264} {SHORT_GOP} -c:a libvorbis",
    "hevc.mkv": "-c:v libx265 -x265-params log-level=0:keyint=10 -c:a ac3",
    "vp8.webm": "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis",
    "vp9.webm": f"{VP9} -g 10 -c:a libopus",
    "av1.webm": "-c:v libaom-av1 -usage realtime -cpu-used 8 -g 10 -c:a libopus",
    "film.avi": "-c:v mpeg4 -g 10 -bf 2 -c:a libmp3lame",
    "h264.avi": f"{H264} {SHORT_GOP} {PCM}",
    "mjpeg.avi": f"-c:v mjpeg {PCM}",
    "lossless.avi": f"-c:v ffv1 {PCM} -ar 8000",
    "film.ts": BASE,
    "mpeg2.ts": "-c:v mpeg2video -g 10 -bf 2 -c:a mp2",
    "film.m2ts": f"{H264} {SHORT_GOP} -c:a ac3",
    "film.mpg": "-c:v mpeg2video -g 10 -bf 2 -c:a mp2",
    "mpeg1.mpg": "-c:v mpeg1video -g 10 -bf 2 -c:a mp2 -ar 44100",
    "film.vob": "-c:v mpeg2video -g 10 -bf 2 -c:a ac3",
    "film.wmv": "-c:v wmv2 -g 10 -c:a wmav2 -ar 44100",
    "film.ogv": "-c:v libtheora -g 10 -c:a libvorbis",
    "film.nut": "-c:v mpeg4 -g 10 -bf 2 -c:a libmp3lame",
    "film.mxf": f"-c:v mpeg2video -g 10 -bf 2 {PCM}",
    "film.rm": "-c:v rv20 -vf scale=128:96,setsar=1 -g 10 -c:a ac3",
    "moving.gif": "-an",
    # pictures
    "open_gop.mp4": f"{H264} -x264opts open-gop=1:keyint=10:bframes=3:b-pyramid=normal {AAC}",
    "open_gop.ts": f"{H264} -x264opts open-gop=1:keyint=10:bframes=3 {AAC}",
    "open_gop_hevc.mp4": f"-c:v libx265 -x265-params log-level=0:open-gop=1:keyint=10:bframes=3 {AAC}",
    "refresh.mp4": f"{H264} -x264opts intra-refresh=1:keyint=10 {AAC}",
    "interlaced.mpg": "-c:v mpeg2video -vf setfield=tff -flags +ildct+ilme -g 10 -c:a mp2",
    "interlaced.mp4": f"{H264} -vf setfield=tff -x264opts tff=1 {AAC}",
    "ten_bits.mkv": f"{H264} -pix_fmt yuv422p10 {AAC}",
    "full_range.mp4": f"{H264} -vf scale=out_range=full -pix_fmt yuvj420p -color_range pc {AAC}",
    "bt709.mp4": f"{H264} -vf scale=out_color_matrix=bt709 -colorspace bt709 -color_range tv {AAC}",
    "rgb.mkv": f"-c:v libx264rgb {AAC}",
    "grey.mkv": f"-c:v ffv1 -pix_fmt gray {AAC}",
    "alpha.mov": f"-c:v png -vf format=rgba,colorchannelmixer=aa=0.5 {PCM}",
    "alpha.webm": f"{VP9} -vf format=yuva420p,colorchannelmixer=aa=.5 -c:a libopus",
    "palette.mov": f"-c:v qtrle -pix_fmt rgb24 {PCM}",
    "odd.mkv": f"{H264} -vf scale=97:65,setsar=1 -pix_fmt yuv444p {AAC}",
    "odd_even.mp4": f"-c:v mpeg4 -vf scale=95:63,setsar=1 {AAC}",
    "rate_59.94.mp4": f"{H264} -r 60000/1001 {AAC}",
    "rate_23.976.mkv": f"{H264} -r 24000/1001 {AAC}",
    "rate_1.mp4": f"{H264} -r 1 {AAC}",
    "varying.mp4": f"{H264} -vf 'select=not(mod(n\\,2))+gt(n\\,30)' -fps_mode vfr {AAC}",
    "varying.mkv": f"{H264} -vf 'setpts=PTS*(1+N/50)' -fps_mode vfr {AAC}",
    "wide_pixels.mp4": f"{H264} -vf setsar=2 {AAC}",
    "narrow_pixels.mkv": f"{H264} -vf setsar=3/4 {AAC}",
    "wide_pixels.mpg": "-c:v mpeg2video -vf setsar=16/11 -c:a mp2",
    # sound
    "song.wav": f"-vn {PCM} -ar 8000",
    "song.flac": "-vn -c:a flac -ar 192000",
    "song.mp3": "-vn -c:a libmp3lame -ar 44100",
    "song.m4a": f"-vn {AAC} -ar 96000",
    "alac.m4a": "-vn -c:a alac",
    "song.ogg": "-vn -c:a libvorbis -ar 22050",
    "song.opus": "-vn -c:a libopus",
    "song.aac": f"-vn {AAC} -ar 32000",
    "song.wma": "-vn -c:a wmav2 -ar 44100",
    "song.aiff": "-vn -c:a pcm_s24be -ar 11025",
    "mu_law.wav": "-vn -c:a pcm_mulaw -ar 8000 -ac 1",
    "adpcm.wav": "-vn -c:a adpcm_ms -ar 22050",
    "float.wav": "-vn -c:a pcm_f32le -ar 88200 -ac 1",
    "six.mkv": f"{H264} -c:a flac {SIX}",
    "six.mp4": f"{H264} {AAC} {SIX}",
    "six.ts": f"{H264} -c:a ac3 {SIX}",
    "sound_shorter.mp4": f"{BASE} -af atrim=end=1.2",
    "sound_longer.mkv": f"{BASE} -vf trim=end=1.2",
    "sound_late.mkv": f"{BASE} -af asetpts=PTS+.5/TB",
    "pictures_late.mp4": f"{BASE} -vf setpts=PTS+.5/TB",
    "gap.mp4": f"{BASE} -vf 'setpts=PTS+gt(N\\,29)*.7/TB' -af 'asetpts=PTS+gte(T\\,1.2)*.7/TB' -fps_mode vfr",
    "gap.ts": f"{BASE} -vf 'setpts=PTS+gt(N\\,29)*.7/TB' -af 'asetpts=PTS+gte(T\\,1.2)*.7/TB' -fps_mode vfr",
}
OTHER_SOUND = "-f lavfi -i sine=880:d=2:r=48000 -map 0 -map 1"
SECOND = "-disposition:{0}:0 0 -disposition:{0}:1 default"
LATE = "-c copy -output_ts_offset"
# file: the options that make it out of another file
REMADE = {
    "turned_90.mp4": "-i film.mp4 -c copy -metadata:s:v rotate=90",
    "turned_180.mov": "-i film.mp4 -c copy -metadata:s:v rotate=180",
    "turned_270.mp4": "-i film.mp4 -c copy -metadata:s:v rotate=270",
    "late.mkv": f"-i film.mp4 {LATE} 7.3",
    "late.mp4": f"-i film.mp4 {LATE} 7.3",
    "late.flv": f"-i film.mp4 {LATE} 7.3",
    "late.nut": f"-i film.mp4 {LATE} 7.3",
    "clock_wraps.ts": f"-i film.mp4 {LATE} 95442.7",
    "negative.mkv": f"-i film.mp4 {LATE} -0.5 -avoid_negative_ts disabled",
    "edit_list.mp4": "-ss 0.5 -i film.mp4 -c copy",
    "edit_list.mov": "-ss 0.7 -i film.mp4 -c copy",
    "cut.mkv": "-ss 0.5 -i film.mp4 -c copy",
    "cut.ts": "-ss 0.5 -i film.mp4 -c copy",
    "jitter.mp4": "-i film.mp4 -c copy -bsf:a 'setts=ts=TS+if(mod(N\\,2)\\,480\\,0)'",
    "two_sounds.mkv": f"-i film.mp4 {OTHER_SOUND} -c:v copy {AAC} {SECOND.format('a')}",
    "two_sounds.mp4": f"-i film.mp4 {OTHER_SOUND} -c:v copy {AAC} {SECOND.format('a')}",
    "two_films.mkv": f"-i film.mp4 -i odd_even.mp4 -map 0 -map 1:v -c copy {SECOND.format('v')}",
    "cover.mp4": "-i cover.png -i film.mp4 -map 0 -map 1 -c copy -disposition:v:0 attached_pic",
}
# What we show otherwise on purpose: seconds by which ffmpeg shows the pictures later, and sound not compared.
LATER_PICTURES = {"film.avi": 0.04, "h264.avi": 0.08}  # AVI: late by the decoder's delay, so ahead of it the sound
OTHER_SOUNDS = {"fragments.mp4"}  # a hole of 59 ms, which ffmpeg closes: the sound is early ever after
# 4:2:2, as all that is resized, has its colours half a pixel beside those of ffmpeg's filter.
RESIZED = {"ten_bits.mkv"}


@dataclass(frozen=True, eq=False)
class Shown:
    """What the ffmpeg command makes of a file, in seconds since its first time stamp."""

    times: np.ndarray
    pictures: np.ndarray
    sound: np.ndarray
    start_seconds: float


def ffmpeg(options: str, folder: Path) -> str:
    done = subprocess.run(
        ["ffmpeg", "-nostdin", "-hide_banner", "-y", *shlex.split(options)],
        cwd=folder, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """All files; few commands write them, for a command takes longer to start than to run."""
    folder = tmp_path_factory.mktemp("against_ffmpeg")
    ffmpeg("-v error " + SOURCES + "".join(f" {options} -threads 1 {name}" for name, options in MADE.items()), folder)
    ffmpeg("-v error -i film.mp4 -frames:v 1 cover.png", folder)
    for name, options in REMADE.items():
        ffmpeg(f"-v error {options} {name}", folder)
    return folder


def shown_by_ffmpeg(path: Path) -> Shown:
    """Frames upright, pixels in their shape; sound in time, gaps as silence."""
    options = MADE.get(path.name, "")
    pictures = (
        "-vf 'scale=w=round(iw*sar):h=ih:flags=bilinear,format=rgb24,showinfo' "
        "-fps_mode passthrough -f rawvideo pictures"
    )
    sound = f"-af aresample={RATE}:async=1:first_pts=0:rematrix_maxval=1,aformat=channel_layouts=mono -f f32le sound"
    outputs = [output for output, without in ((pictures, "-vn"), (sound, "-an")) if without not in options]
    said = ffmpeg(f"-threads 1 -i {path.name} " + " ".join(outputs), path.parent)
    frames = re.findall(r" n: *\d+ .*?pts_time:(\S+).* s:(\d+)x(\d+)", said)
    start = re.search(r"start: (-?[\d.]+)", said)
    width, height = map(int, frames[0][1:]) if frames else (1, 1)
    return Shown(
        times=np.array([float(time) for time, *_ in frames]),
        pictures=np.fromfile(path.parent / "pictures", np.uint8).reshape(-1, height, width, 3)
        if frames
        else np.zeros(0),
        sound=np.fromfile(path.parent / "sound", np.float32) if sound in outputs else np.zeros(0),
        start_seconds=float(start[1]) if start else 0.0,
    )


@pytest.mark.parametrize("name", [*MADE, *REMADE])
def test_same_frames_and_log_mels(folder, name):
    path, shown = folder / name, shown_by_ffmpeg(folder / name)
    needed = [kind for kind, its in (("video", shown.times), ("audio", shown.sound)) if len(its)]
    found = probe(path, modalities=needed)
    assert found.problem is None, found.detail
    # ffmpeg's clock starts with a codec's priming samples, ours and players' after them
    primed = -shown.start_seconds if -0.1 < shown.start_seconds < 0 else 0.0
    if len(shown.times):
        same_frames(path, shown, primed + LATER_PICTURES.get(name, 0.0))
    if len(shown.sound):
        same_sound(path, shown.sound[round(primed * RATE) :])
    ends = [len(shown.sound) / RATE] * ("audio" in needed)
    if len(shown.times):
        ends.append(2 * shown.times[-1] - shown.times[-2])
    assert found.duration_seconds == pytest.approx(min(ends) - primed, abs=0.15)


def same_frames(path: Path, shown: Shown, later: float) -> None:
    """In the middle of each frame's showing we show that frame, read one by one or together."""
    times = shown.times - later
    middles = times + np.diff(times, append=2 * times[-1] - times[-2]) / 2
    frames = read_frames(path, middles)
    np.testing.assert_allclose(frames.pts_seconds, times, atol=2e-3)
    assert frames.full_size == shown.pictures.shape[1:3]
    differences = frames.pixels.permute(0, 2, 3, 1).numpy() - shown.pictures.astype(float)
    is_plain = frames.full_size == (64, 96) and path.name not in RESIZED
    assert np.abs(differences).mean((1, 2, 3)).max() < (0.5 if is_plain else 7.5)
    assert np.abs(differences @ (0.3, 0.6, 0.1)).mean((1, 2)).max() < (0.5 if is_plain else 2.5), "brightness"
    for number in {len(times) // 5, len(times) * 3 // 4, len(times) - 1}:
        assert torch.equal(read_frames(path, [middles[number]]).pixels[0], frames.pixels[number])


def same_sound(path: Path, sound: np.ndarray) -> None:
    """The same log-mel, and a part that is read alone is that part of the whole."""
    seconds = len(sound) / RATE
    heard = read_waveform(path, start_seconds=0.0, duration_seconds=seconds + 1.0)
    if path.name not in OTHER_SOUNDS:
        assert heard.end_seconds == pytest.approx(seconds, abs=0.005)
        ours, theirs = (LogMel()(fitted(samples)).numpy() for samples in (heard.samples.numpy(), sound))
        assert np.abs(ours - theirs).mean() < 0.005
    part = read_waveform(path, start_seconds=1.3, duration_seconds=0.5).samples.numpy()
    whole = heard.samples.numpy()[round(1.3 * RATE) :][: len(part)]
    np.testing.assert_allclose(part, whole, atol=0.01)  # AAC draws its noise anew


def fitted(samples: np.ndarray) -> torch.Tensor:
    two_seconds = np.zeros(2 * RATE, np.float32)
    two_seconds[: len(samples)] = samples[: 2 * RATE]
    return torch.from_numpy(two_seconds)[None]
