# %% [markdown]
# # 01 · From media files to clips
#
# **What XDC sees of a video is eight frames; what it hears is a picture of sound, 40 filters by 100 columns.**
#
# XDC, section 4.1. This notebook follows one file from the disk to the batch that goes into the encoders, and lets you look at every step.
#
# | | |
# |---|---|
# | **You will see** | what a file holds and which files are rejected, a player for your clips, frames with their random crop, the same instants out of files of three frame rates, a waveform and its log-mel, what silence gives, where training and test clips lie, one batch |
# | **Run time** | tiny: half a minute. demo: a minute, the first time two |
# | **Reads** | `data/` (the demo set is rendered if it is not there) or your folder |
# | **Writes** | `runs/probes.sqlite`: what probing found, so that it is not looked for twice |

# %%
from xdc_lab.workbench import Workbench

scale = "demo"  # tiny: seconds · demo: minutes on two cores · paper: GPUs
data = None  # None: the embedded demo set · or a folder of your own videos
device = "auto"  # the GPU where there is one

lab = Workbench(scale=scale, data=data, device=device)
lab

# %%
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from xdc_lab.analysis.pictures.clip_drawings import frame_strip, sound_drawing, times_drawing
from xdc_lab.analysis.pictures.display import show_picture

pd.set_option("display.max_colwidth", None)
video, audio = lab.settings.pretraining.video, lab.settings.pretraining.audio
print(lab.note)

# %% [markdown]
# ## 1. What a file holds
#
# `probe` reads a file's header and decodes a little at its beginning, in its middle and at its end. A header that promises more than the file holds is
# found out here, not in the night of the third epoch.

# %%
from xdc_lab.media.probe import probe

first = lab.items["path"].iloc[0]
found = {name: value for name, value in vars(probe(first)).items() if value}
pd.Series(found, name=Path(first).name).to_frame()

# %% [markdown]
# `check_items` does that for the whole collection, on all cores. XDC needs what is seen *and* what is heard, so a silent video is filtered out, as in the
# paper. Nothing is dropped without a name.

# %%
from xdc_lab.datasets.check import check_items

check = check_items(lab.items, min_seconds=0.5 * audio.seconds, cache=lab.runs / "probes.sqlite")
usable, rejected = check.usable, check.rejected
print(f"{len(usable):,} of {len(lab.items):,} files can be used")

names = [Path(path).name for path in rejected["path"]]
rejected.assign(file=names).set_index("file")[["problem", "detail"]]

# %% [markdown]
# The demo set has such files on purpose and remembers which: a check that missed one, or rejected a good one, would show.

# %% [markdown]
# Real collections are mixed. This one's frame rates (down) and sample rates (across); everything below has to give the same clips whatever they are.

# %%
pd.crosstab(usable["frame_rate_hz"].round(2), usable["sample_rate_hz"].astype(int), margins=True)

# %% [markdown]
# ## 2. Look and listen
#
# Press play. Under the film is the log-mel that the audio encoder gets, with a moving head; the two lines below it are the parts that the encoders
# hear and see when features are extracted. (Without a kernel you see the same clip as a picture: frames, waveform, log-mel.)

# %%
from xdc_lab.explorers.clip_player import ClipPlayer

player = ClipPlayer(usable, video=video, audio=audio)
player

# %% [markdown]
# *Previous* and *Next* step through the collection; `player.row = 7` jumps. `ClipPlayer(usable, rows=[4, 8, 15])` steps through those three.
#
# ## 3. One clip: $L$ frames and a crop (4.1)
#
# The paper: "We use clips of $L = 8$ frames", "scale frames such that the smallest dimension is 256 pixels and then random crop images of size 224 x 224",
# "extract video clips at 30 fps and employ temporal jittering". At this scale:

# %%
from xdc_lab.media.clip_settings import VideoClipSettings

pd.DataFrame({"paper": vars(VideoClipSettings()), "here": vars(video)}, dtype=object).T

# %% [markdown]
# Pick any clip; the rest of this notebook is about it.

# %%
row = min(5, len(usable) - 1)
path, duration = usable["path"].iloc[row], usable["duration_seconds"].iloc[row]
label = usable["label"].iloc[row] or Path(path).name
print(f"row {row}: {label}, {duration:.2f} s")

# %% [markdown]
# By hand: draw when the clip starts, read the frames on screen at $L$ instants, draw where the crop lies.

# %%
from xdc_lab.media.clip_times import jittered_start
from xdc_lab.media.decoder import read_frames
from xdc_lab.media.frames import random_corner


def draw_clip(generator: np.random.Generator):
    start = jittered_start(duration, video.seconds, generator=generator)
    instants = start + np.arange(video.frames) / video.frame_rate_hz
    frames = read_frames(path, instants, short_side_px=video.short_side_px).pixels
    corner = random_corner(frames, video.crop_px, generator=generator)
    return frames, instants, corner


# %%
generator = np.random.default_rng(0)
frames, instants, corner = draw_clip(generator)
strip = frame_strip(frames, instants, corner=corner, crop_px=video.crop_px)

print("frames x colours x height x width:", tuple(frames.shape))
show_picture(strip, words="the frames of one clip; what the crop leaves out is dark", scale=1.5)

# %% [markdown]
# Every frame of a clip has the *same* crop, so that only the world moves. The next epoch draws again: another start (**temporal jitter**), another crop.
# Three more draws of the same file:

# %%
for draw in (1, 2, 3):
    frames, instants, corner = draw_clip(generator)
    strip = frame_strip(frames, instants, corner=corner, crop_px=video.crop_px)
    show_picture(strip, words=f"draw {draw} of the same file", scale=1.5)

# %% [markdown]
# ## 4. Time is presentation time
#
# A clip is defined by instants, not by frame numbers: eight consecutive frames last a third of a second at 24 a second and a quarter at 30, and a
# network would learn the frame rate. To see that this holds, here is a film that shows its own time as a bar, written at three rates.

# %%
import tempfile

from xdc_lab.media.writer import write_video


def clock(rate_hz: int) -> np.ndarray:
    """Three seconds of a bar that grows by 100 pixels a second."""
    times = np.arange(3 * rate_hz) / rate_hz
    bar = np.arange(300)[None, None, :] < np.rint(100 * times)[:, None, None]
    return np.repeat(bar[..., None] * np.uint8(255), 3, axis=3).repeat(40, axis=1)


# %%
asked = 1.0 + np.arange(8) / 30  # the paper's clip: 8 instants at 30 a second
clips, shown = {}, {"instant asked for": asked}
with tempfile.TemporaryDirectory() as folder:
    for rate in (24, 25, 30):
        file = Path(folder) / f"{rate}.mp4"
        write_video(file, clock(rate), frame_rate_hz=rate)
        clips[rate] = read_frames(file, asked)
        bar = clips[rate].pixels[:, 0, 20] > 127  # one line of the red channel
        shown[f"{rate} fps file"] = bar.sum(dim=1).numpy() / 100

pd.DataFrame(shown).T.map("{:.2f}".format)

# %% [markdown]
# *Each column is an instant, each row what the bar says there.* Every file shows what is on screen then: the last frame whose time has come, at
# most one frame old. In the slower files a frame stands for two instants now and then.

# %% [markdown]
# ## 5. What is heard: $Q \times P$ (4.1)
#
# "We sample 2 seconds and use $Q = 40$ MEL filters and $P = 100$ audio frames." Whatever the file's rate and channels, sound becomes mono at
# 16 kHz; a Hann window of 25 ms every 20 ms gives 100 columns, and 40 filters between 0 and 8 kHz sum up their power.

# %%
from xdc_lab.media.clip_times import centre_start
from xdc_lab.media.decoder import read_waveform

middle = centre_start(duration, audio.seconds)
heard = read_waveform(path, start_seconds=middle, duration_seconds=audio.seconds)
drawing = sound_drawing(heard.samples.numpy(), audio=audio, title=label)

print(heard)
show_picture(drawing, words=f"waveform and log-mel: {label}", scale=1.5)

# %% [markdown]
# Read it as sheet music: time runs to the right, low notes are below, brighter is louder. The filters stand at even steps of the *mel* scale, which
# follows audio: half of the picture's height lies below 2 kHz.

# %%
from xdc_lab.media.spectrogram import LogMel, filter_centres_hz

centres = filter_centres_hz(audio)
print("centres of the filters in Hz:", ", ".join(f"{hz:,.0f}" for hz in centres[::6]), "...")
print("one column is", 1000 * audio.hop_samples / audio.sample_rate_hz, "ms")

# %% [markdown]
# The paper gives $Q$, $P$ and the 2 seconds, and is silent on the rest. Every setting here says where it comes from:

# %%
from xdc_lab.settings import settings_table

pd.DataFrame(settings_table(audio), dtype=object).set_index("name")[["value", "source", "note"]]

# %% [markdown]
# *VMZ* is the code base that the authors' video models come from; *ours* is what nobody has written down.

# %% [markdown]
# ## 6. Silence
#
# A file *without* a sound track was rejected above. A file whose track is digital silence stays, and its power is exactly 0, whose logarithm is $-\infty$:
# one such clip in a batch, and every weight of the network is NaN. So a small number is added first; the result is one finite value everywhere.

# %% tags=["nbval-check-output"]
silence = LogMel(audio)(torch.zeros(1, audio.samples))
lowest = (np.log(audio.log_offset) - audio.log_mean) / audio.log_std
print("shape of silence:", tuple(silence.shape))
print("the logarithm of nothing would be:", torch.log(torch.zeros(1)).item())

# %% [markdown]
# The log-mel is standardised with *one* mean and *one* deviation for all clips. A mean for each clip would make a whisper as loud as a shout, and
# loudness says something about the world.
#
# ## 7. Which part of a file: training and test (4.1)
#
# A Kinetics video lasts 10 seconds, an audio clip two. In training each epoch draws a start at random; a test spreads 10 clips evenly and averages their
# predictions; to localize an event in time, clips slide over the file.

# %%
from xdc_lab.media.clip_times import sliding_starts, uniform_starts

groups = {
    "training: a jittered start for each of six epochs": [jittered_start(10, 2, generator=generator) for _ in range(6)],
    "test: 10 clips, spread evenly": uniform_starts(10, 2, 10),
    "sliding: a clip every 1.5 seconds": sliding_starts(10, 2, 1.5),
}
drawing = times_drawing(groups, clip_seconds=2, duration_seconds=10)
show_picture(drawing, words="where clips lie in a file of 10 seconds", scale=1.5)

# %% [markdown]
# ## 8. All of it in one Dataset
#
# `ClipDataset` does sections 3 to 7. Which clip it gives follows from seed, row and draw alone, so a run that was killed goes on with the clips it would
# have had. Both modalities share the moment: with one seed, draw 3 of a file is the same event seen and heard.

# %%
from xdc_lab.datasets.clips import ClipDataset, ClipKey

datasets = {
    name: ClipDataset(usable, modality=name, video=video, audio=audio, seed=lab.seed) for name in ("video", "audio")
}
len(datasets["video"]), datasets["video"][ClipKey(row, draw=3)].shape

# %%
parts = {}
for draw in (None, 0, 1, 2):
    begins = {name: one.offset_seconds(ClipKey(row, draw)) for name, one in datasets.items()}
    parts["centre" if draw is None else f"draw {draw}"] = {
        "seen": f"{begins['video']:.2f} to {begins['video'] + video.seconds:.2f} s",
        "heard": f"{begins['audio']:.2f} to {begins['audio'] + audio.seconds:.2f} s",
    }
pd.DataFrame(parts)

# %% [markdown]
# *The centre clip is what features are extracted from, the draws are what training sees.* Now the batch. Bytes travel to the device, and are
# normalised there: colours with the mean and deviation of the released weights, sound as above.

# %%
from xdc_lab.datasets.loading import load_batches
from xdc_lab.media.inputs import model_input

keys = [ClipKey(number, draw=0) for number in range(min(4, len(usable)))]
batches, rows = {}, {}
for name, dataset in datasets.items():
    raw = next(load_batches(dataset, [keys], device=torch.device("cpu")))
    batches[name] = ready = model_input(name, video=video, audio=audio)(raw)
    mean, deviation = round(ready.mean().item(), 2) + 0.0, round(ready.std().item(), 2)
    rows[name] = [raw.dtype, tuple(raw.shape), tuple(ready.shape), mean, deviation]

columns = ["from the disk", "its shape", "what the encoder gets", "mean", "deviation"]
pd.DataFrame(rows, index=columns).T

# %% [markdown]
# The axes: clips x colours x frames x height x width, and clips x 1 x mels x audio frames. Before normalisation a batch has colours in 0 to 255 and amplitudes in -1 to 1; after it, mean and deviation should lie near 0 and 1. Far from it, your
# videos are much darker or your sounds much quieter than the ones the numbers were measured on: that works, but it is good to know.

# %% [markdown]
# ## Recap
#
# - A file is probed once; what cannot be used is named with its reason, and nothing is dropped in silence.
# - A clip is $L$ instants of presentation time with one crop, and two seconds of sound as a $Q \times P$ log-mel that is finite for every file.
# - Training draws a new moment every epoch, the same for video and audio; features come from the centre, a test averages ten clips.
#
# **Change this and predict:** draw the log-mel of `0.01 * heard.samples.numpy()`. By how much does each cell fall, and is it the same everywhere?
# Then think of a log-offset of `1e-2` in place of `1e-6`: what would be left of that whisper? (`replace(audio, log_offset=1e-2)` of `dataclasses` shows it.)
#
# Next: [02 · Encoders and features](02_encoders_and_features.ipynb)
