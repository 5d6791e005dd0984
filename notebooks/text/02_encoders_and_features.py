# %% [markdown]
# # 02 · Encoders and features
#
# **XDC starts from two random networks, and even those are not blank: what they let through already sorts sights and sounds, partly by the wrong things.**
#
# XDC, sections 3.1, 3.2 and 4.1. The encoders $E_v$ and $E_a$ from the inside, their features $F_v$ and $F_a$ before any training, and the
# encoders that the authors released.
#
# | | |
# |---|---|
# | **You will see** | the backbones and their weight, the shapes layer by layer, the detail that keeps the released weights out of torchvision, features as a file, the nearest neighbours of a clip to a random network, what those features follow, their maps, a released checkpoint loaded with an audit |
# | **Run time** | tiny: under a minute. demo: two minutes; the first time two more, to decode the clips |
# | **Reads** | `data/` or your folder; the decoded clips in `runs/decoded`, if they are there |
# | **Writes** | decoded clips; the rest is in a temporary folder that goes with the kernel |

# %%
from xdc_lab.workbench import Workbench

scale = "demo"  # tiny: seconds · demo: minutes on two cores · paper: GPUs
data = None  # None: the embedded demo set · or a folder of your own videos
device = "auto"  # the GPU where there is one

lab = Workbench(scale=scale, data=data, device=device)
lab

# %%
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import torch

pd.set_option("display.max_colwidth", None)
settings, scratch = lab.settings.pretraining, tempfile.TemporaryDirectory()
print(lab.note)

# %% [markdown]
# ## 1. Four backbones in one table (4.1)
#
# "We choose the 18-layer variants of R(2+1)D and ResNet encoders." A backbone is a row; one of your own is one more.

# %%
from xdc_lab.encoders.catalogue import ENCODERS, build_encoder

rows = {name: [entry.modality, entry.source, entry.note] for name, entry in ENCODERS.items()}
pd.DataFrame(rows, index=["modality", "source", "note"]).T

# %% [markdown]
# *Width* is the dial: the channels of the first residual layer. The paper's networks have 64; a laptop can train 8 or 12. Parameters grow with its square,
# the feature vector ($d_v$, $d_a$) is always 8 times as long as it is wide.

# %%
from xdc_lab.encoders.anatomy import parameter_count

widths = sorted({64, settings.video_width, settings.audio_width})
counts = {
    name: {f"width {width}": parameter_count(build_encoder(name, width=width)) for width in widths} for name in ENCODERS
}
pd.DataFrame(counts).T.map("{:,}".format)

# %% [markdown]
# ## 2. Through the layers
#
# On PyTorch's *meta* device a tensor has a shape and no numbers, so the paper's networks can be followed without computing anything. One clip,
# $3 \times 8 \times 224 \times 224$:

# %%
from xdc_lab.encoders.anatomy import layer_table

video_64 = build_encoder("r2plus1d_18").to("meta")
clip = torch.zeros(1, 3, 8, 224, 224, device="meta")
pd.DataFrame(layer_table(video_64, clip)).set_index("layer").style.format(thousands=",")

# %% [markdown]
# Space is halved by the stem and by layers 2 to 4, time by layers 2 to 4: the last cells see the whole clip. Their mean is $f_v$. And one
# spectrogram, $40 \times 100$, a picture with one channel:

# %%
audio_64 = build_encoder("audio_resnet_18").to("meta")
spectrogram = torch.zeros(1, 1, 40, 100, device="meta")
pd.DataFrame(layer_table(audio_64, spectrogram)).set_index("layer").style.format(thousands=",")

# %% [markdown]
# *The last layer has 2 x 4 cells*: two of pitch, four of time. That is what the paper calls `conv_5` and gives to an SVM in section 6.
#
# ## 3. R(2+1)D and its mid-planes
#
# R(2+1)D splits a $3 \times 3 \times 3$ convolution into one over space, $1 \times 3 \times 3$ to $M$ channels, and one over time, $3 \times 1 \times 1$. $M$ is chosen such that both
# weigh as much as the whole one: $M = \lfloor 27 \, N_{in} N_{out} / (9 N_{in} + 3 N_{out}) \rfloor$.

# %%
from xdc_lab.encoders.convolutions import mid_planes

rows = []
for one, other in ((64, 64), (64, 128), (128, 128), (256, 256), (256, 512), (512, 512)):
    middle = mid_planes(one, other)
    rows.append([one, other, middle, 9 * one * middle + 3 * middle * other, 27 * one * other])

table = pd.DataFrame(rows, columns=["in", "out", "M", "weights of both", "weights of 3x3x3"])
table.style.hide(axis="index").format(thousands=",")

# %% [markdown]
# The released weights have the $M$ of *every convolution by itself*. torchvision computes it once a block, from the block's own input; where a layer
# doubles the channels, its second convolution is then narrower. The names are the same, three convolutions are not:

# %% tags=["nbval-check-output"]
from torchvision.models.video import r2plus1d_18

from xdc_lab.encoders.audit import audit_weights

ours = build_encoder("r2plus1d_18").state_dict()
found = audit_weights(ours, r2plus1d_18().state_dict())
for name, (theirs, own) in found.misshapen.items():
    if name.endswith("conv2.0.0.weight"):
        print(f"{name}: {theirs[0]} channels in torchvision, {own[0]} here and in the released files")

# %% [markdown]
# So the released files cannot be loaded into torchvision's model, and a network that was pretrained there is another network.
#
# ## 4. $F_v$ and $F_a$ of random encoders (3.2)
#
# $F_v = \{f_v = E_v(x) \mid x \in X\}$. The items are the usable ones; each gives its centre clip. These are the very encoders that a pretraining of this seed
# begins with.

# %%
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.preparation import prepare_material, random_encoders, usable_items
from xdc_lab.runs.folder import RunFolder

run, both, execution = RunFolder(scratch.name), {"video", "audio"}, lab.execution()
items = usable_items(lab.items, run, settings=settings, progress=True)
material = prepare_material(items, run, modalities=both, settings=settings, execution=execution)
where = execution.torch_device
encoders = random_encoders(METHODS["XDC"], settings=settings, seed=lab.seed, device=where)
for name, one in encoders.items():
    print(f"E_{name[0]}: {one.name} of width {one.width}, d_{name[0]} = {one.feature_dim}")

# %%
from xdc_lab.pretraining.iteration import extract_all

features = extract_all(encoders, material, run, execution=execution)
for name, array in features.items():
    print(f"F_{name[0]}: {type(array).__name__}, {array.shape[0]:,} clips x {array.shape[1]} dimensions")

# %% [markdown]
# A `memmap` is a file that reads like an array: at 65 million videos $F_v$ has 133 GB, and nothing here needs it in memory. Row $i$ is item $i$ in every file of a
# run, on one process or on eight.

# %% [markdown]
# Features come out of a ReLU, so they are positive and share a large mean. To the cosine all clips look alike, until that mean is taken away (the
# cosine of two clips, on average):

# %%
from xdc_lab.analysis.projection import direction

pairs = np.random.default_rng(0).integers(len(items), size=(2, 2000))
cosines = {}
for name, array in features.items():
    raw = array / np.linalg.norm(array, axis=1, keepdims=True)
    for words, unit in (("as they are", raw), ("without their mean", direction(array))):
        cosines.setdefault(name, {})[words] = (unit[pairs[0]] * unit[pairs[1]]).sum(axis=1).mean()
pd.DataFrame(cosines).T.round(2)

# %% [markdown]
# ## 5. How much does a random network know?
#
# Each row: a clip, then the five that lie nearest to it in $F_v$. Below, whether it is the same event (=) or another one (≠).

# %%
from xdc_lab.analysis.neighbours import nearest_items, neighbour_sheet
from xdc_lab.analysis.pictures.display import show_picture

near = {name: nearest_items(array, count=5) for name, array in features.items()}
chosen = [row for row in (0, 5, 10) if row < len(items)]
sheet = neighbour_sheet(items, near["video"], chosen, audio=settings.audio)
sheet = sheet.resize((1000, 1000 * sheet.height // sheet.width))
show_picture(sheet, words="clips and their nearest neighbours in random video features", scale=1.1)

# %% [markdown]
# What do the pictures of a row share: shape, layout, brightness? Colour alone? And the log-mels below them? Now the same clips, and what a random *ear* puts
# next to them:

# %%
sheet = neighbour_sheet(items, near["audio"], chosen, audio=settings.audio)
sheet = sheet.resize((1000, 1000 * sheet.height // sheet.width))
show_picture(sheet, words="the same clips and their neighbours in random audio features", scale=1.1)

# %% [markdown]
# Now count: how often is the nearest neighbour the same event? Chance is what two clips drawn blindly give.

# %%
labels = items["label"].to_numpy(dtype=str)
known = np.flatnonzero(labels != "")
if len(set(labels[known])) > 1:
    sizes = pd.Series(labels[known]).value_counts()
    same = {name: (labels[rows[known, 0]] == labels[known]).mean() for name, rows in near.items()}
    same["chance"] = (sizes * (sizes - 1)).sum() / (len(known) * (len(items) - 1))
    print(pd.Series(same).map("{:.2f}".format).to_string())
else:
    print("These clips have no labels to count with: look and listen.")

# %% [markdown]
# The paper measured it too, in Table 5: a linear classifier on *random* features (fc-only, percent correct, with its deviation).

# %%
from xdc_lab.results.paper import paper_table

random_row = paper_table(5).query("method == 'Random' and protocol == 'fc-only'")
random_row[["downstream", "protocol", "top1_percent", "spread"]].style.hide(axis="index").format(precision=1)

# %% [markdown]
# On audio (ESC50) a random network is a fair classifier, on video (UCF101, HMDB51) it is not far from chance. In XDC video's first teacher is audio.
#
# ### What do these features follow?
#
# The demo set remembers what it was rendered from, so the variance of the features can be shared out: how much of it lies between the groups that
# the event makes, or the background, or the loudness? Corrected for chance; shares need not add up to 1.

# %%
import plotly.graph_objects as go

from xdc_lab.analysis.charts.static_twin import show
from xdc_lab.analysis.charts.style import styled
from xdc_lab.analysis.factors import features_explained
from xdc_lab.analysis.palette import SENSE_COLOURS
from xdc_lab.errors import DataError

try:
    explained = pd.DataFrame({name: features_explained(array, items) for name, array in features.items()})
except DataError as error:
    explained = None
    print(f"Nothing to share the variance out to: {error}")

# %%
if explained is not None:
    top = explained.drop(index="event", errors="ignore").max(axis=1).nlargest(6).index
    table = explained.loc[[*explained.index.intersection(["event"]), *top]]
    words = [factor.replace("_", " ") for factor in table.index]
    figure = styled(go.Figure(), "What the features of random encoders follow", height=360)
    for name in sorted(table):
        figure.add_bar(x=words, y=table[name], name=name, marker_color=SENSE_COLOURS[name])
    figure.update_layout(bargap=0.3, margin_b=90).update_xaxes(showgrid=False)
    show(figure.update_yaxes(title_text="share of the variance"))

# %% [markdown]
# *Event* is what we want; the rest are nuisances, each of one modality alone: a tall bar in one colour should have next to nothing in the other. Clusters follow
# the tallest bars. That is the trap of learning from one's own clusters, and the reason to learn from the other's: brightness says nothing of what is heard,
# and gain nothing of what is seen.
#
# ## 6. Maps of random features
#
# UMAP lays the features out on a plane; a point is a clip, and its colour the label, where there is one. (The first map takes a while: UMAP compiles itself.)

# %%
from xdc_lab.analysis.charts.feature_map import label_map, value_map
from xdc_lab.analysis.projection import lay_out

places = {}
for name, array in features.items():
    places[name] = lay_out(np.asarray(array), seed=lab.seed).astype(np.float64)
show(label_map(places["audio"], items, title="What a random ear hears: audio features, by label"))

# %%
title = "What a random eye sees: video features, by label"
show(label_map(places["video"], items, title=title))

# %% [markdown]
# *Look for places of one colour: are there more of them on audio or on video?* For video, colour the same points by something that needs no label: how bright
# each clip is.

# %%
clips = material.datasets["video"]
bright = np.array([clips[row].float().mean().item() / 255 for row in range(len(items))])
title = "What a random eye sees: video features, by brightness"
show(value_map(places["video"], bright, title=title, words="brightness"))

# %% [markdown]
# If the colours run smoothly over the map, video sorts by light. Notebook 07 has the maps after XDC.
#
# ## 7. An encoder is a file
#
# Weights and what a user of them must know, in one safetensors file; reading it runs no code. `load_encoder` gives a plain PyTorch
# module.

# %%
from xdc_lab.encoders.weights import describe_encoder, load_encoder, save_encoder

file = Path(scratch.name) / "video.safetensors"
save_encoder(encoders["video"], file, about={"method": "random", "seed": lab.seed})
loaded = load_encoder(file).eval()

described = describe_encoder(file)
print({name: described[name] for name in ("name", "modality", "width", "feature_dim", "about")})
print(f"{file.stat().st_size / 1e6:.1f} MB")

# %% [markdown]
# ## 8. The released encoders (section 6)
#
# The authors released five video encoders, and no audio encoder. Accuracy in percent, with 32 frames, mean over the splits, as they report it:

# %%
from xdc_lab.encoders.released import RELEASED, load_released, released_table

released_rows = pd.DataFrame(released_table()).set_index("name")
released_rows[["pretraining", "UCF101", "HMDB51", "sha256"]].style.format(precision=1)

# %% [markdown]
# `load_released` checks the hash, then every name and every shape, and runs no code of the file. The real files have about 130 MB and are not part of
# this project. So here is one in their exact layout, torchvision's names without a head, at width 8 and with random weights:

# %% tags=["nbval-check-output"]
import hashlib

from xdc_lab.encoders.released import ReleasedEntry


def in_their_layout(name: str, weights: dict) -> tuple[Path, ReleasedEntry]:
    """A checkpoint as the authors write it, and the row of the table that it would have."""
    path = Path(scratch.name) / name
    torch.save(weights, path)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return path, ReleasedEntry(name, sha256[:8], "made in this notebook", width=8)


path, entry = in_their_layout("layout.pth", build_encoder("r2plus1d_18", width=8).state_dict())
released = load_released(path, entry=entry)
print("audit:", released.audit)
for name, value in released.inputs.items():
    print(f"its clips need {name}: {value}")

# %% [markdown]
# *Exactly the head is missing*, as it should be: XDC's heads are thrown away with every clustering. What does not fit is refused with the first differences by
# name, for instance a file with one weight left out:

# %% tags=["nbval-check-output"]
weights = build_encoder("r2plus1d_18", width=8).state_dict()
weights.pop("layer3.1.conv2.1.running_var")
path, entry = in_their_layout("incomplete.pth", weights)
try:
    load_released(path, entry=entry)
except DataError as error:
    print("refused:", str(error).replace(str(path), path.name))

# %% [markdown]
# With a real file in `data/released`, this cell loads it; without one it says how to get it.

# %%
from xdc_lab.datasets.catalogue import data_folder

entry = RELEASED["xdc_audioset"]
real = data_folder() / "released" / entry.file
if real.is_file():
    released = load_released(real)
    print(f"{entry.pretraining}: {parameter_count(released.encoder):,} parameters, audit: {released.audit}")
else:
    print(f"not here; get it with: curl -L --create-dirs -o data/released/{entry.file} {entry.url}")

# %% [markdown]
# It is then an encoder like any other: `extract_features` for your clips, `save_encoder` for a safetensors file that `xdc-lab evaluate` takes. One thing to know
# before finetuning it:

# %%
print(released.batch_norm)

# %% [markdown]
# ## Recap
#
# - The encoders are R(2+1)D-18 and ResNet-18 as the authors have them; one number, the width, takes them from a GPU to a laptop.
# - Features are a file in which row $i$ is item $i$; random ones already carry some of the event, beside nuisances of their own modality.
# - A checkpoint is loaded only if its hash, its names and its shapes are right; torchvision's R(2+1)D is a slightly different network.
#
# **Change this and predict:** set `seed=1` in the workbench. Which of these will change much: the neighbours of a clip, the order of the bars, the shape of the
# maps? Then widen the encoder (`replace(settings, video_width=32)` of `dataclasses`): do random features know more if there are more of them?
#
# Next: [03 · Clusters become labels](03_clusters_become_labels.ipynb)
