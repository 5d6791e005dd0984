# %% [markdown]
# # 12 · Your own videos: a folder in, an explorer out
#
# **Anything that FFmpeg reads will do. What cannot be used is named, file by file; what does not belong there is found; the rest is three calls, or commands.**
#
# Section 4.1 of the paper (silent videos are filtered out), and what it takes to run sections 3 to 5 on a collection of your own.
#
# | | |
# |---|---|
# | **You will see** | a check of a folder with broken files, a pretraining on the rest, its explorer, the same from the command line, class folders and CSV files, slideshows, wrong labels and clips that are there twice, found and thrown out, two processes that find the clusters of one, what to choose for k and epochs |
# | **Run time** | tiny: about a minute. demo: about four minutes on two cores if the XDC run is there; making it takes about a quarter of an hour, once |
# | **Reads** | `data/` (a few clips are made into folders as people have them), or your own folder; the encoders of the XDC run in `runs/` |
# | **Writes** | `runs/videos/…`: the folders, and features; `runs/odd_videos_…/XDC-…`: the run and its explorer; the processes work in a temporary folder |

# %%
from xdc_lab.workbench import Workbench

scale = "demo"  # tiny: seconds · demo: minutes on two cores · paper: GPUs
data = None  # None: the embedded demo set · or a folder of your own videos
device = "auto"  # the GPU where there is one

lab = Workbench(scale=scale, data=data, device=device)
lab

# %% [markdown]
# ## A folder as people have them
#
# With `data = "path/to/your/videos"` above, everything below happens to your folder. Without, two dozen demo clips are written anew with other frame rates,
# sizes and sample rates, under names with spaces and umlauts, beside six files that are broken in six ways.

# %%
from pathlib import Path

from xdc_lab.worlds.demo.odd_folder import write_odd_folder

broken = {}
folder = Path(lab.data)
if lab.embedded:
    events = sorted(set(lab.items["label"]))[:3]
    folder = lab.runs / "videos" / f"odd_videos_{lab.scale}"
    training = lab.items[lab.items["label"].isin(events)]
    broken = write_odd_folder(folder, training.head(24))

own = Workbench(scale=lab.scale, data=str(folder), device=device, runs=lab.runs)
own

# %%
paths = [Path(path) for path in own.items["path"]]
files = own.items[["label"]].assign(file=[path.name for path in paths])
files["bytes"] = [path.stat().st_size for path in paths]
files.iloc[:: max(1, len(files) // 10)]

# %% [markdown]
# What counts as media is decided by the suffix alone, so that nothing is passed over in silence: a text file named `.mp4` is an item, which the check
# rejects. Folders become labels (below). Hidden files are left out.
#
# ## Check: what can be used, and what is wrong with the others (4.1)
#
# A header may lie, so each file is decoded a little at its beginning, in its middle and at its end. Nothing is deleted, and nothing is skipped without being
# named.

# %%
from xdc_lab.analysis.tables import to_styler
from xdc_lab.datasets.check import check_items

check = check_items(own.items, progress=False)
print(len(check.usable), "usable,", len(check.rejected), "not:", check.counts)

rejected = check.rejected[["problem", "detail"]]
rejected = rejected.assign(file=[Path(path).name for path in check.rejected["path"]])
to_styler(rejected[["file", "problem", "detail"]])

# %% [markdown]
# What is left may be of any shape. Clips are cut by *time*, so a file of 8 frames a second and one of 30 give the same instants, and every sound is resampled
# to 16 kHz on the fly.

# %%
facts = ["duration_seconds", "width_px", "height_px", "frame_rate_hz", "sample_rate_hz"]
check.usable[facts].describe().loc[["min", "50%", "max"]].round(2)

# %%
from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.pictures.display import show_picture

show_picture(clip_row(check.usable.iloc[:5]), words="five usable clips, frames above their log-mels")

# %% [markdown]
# ## Pretrain, look, explore (3 to 5)
#
# Three calls. Files that the check rejects are left out by `pretrain` too, and listed in the run's `rejected.csv`.

# %%
xdc = own.pretrain("XDC")
print(f"{own.shown(xdc.path)}: {len(xdc.items)} clips, {own.k} clusters, {xdc.meta['wall_seconds']:.0f} s")

# %%
from xdc_lab.analysis.concepts import table6

to_styler(table6(xdc))

# %% [markdown]
# Two dozen clips teach an encoder next to nothing: the point is the way, not the numbers. How much data it takes is notebook
# [10](10_how_many_clusters_how_much_data.ipynb)'s question (Tables 3 and 4).

# %%
from xdc_lab.analysis.pictures.contact_sheet import draw_sheet

sheet = draw_sheet(xdc, "audio", clips=5)
sheet = sheet.resize((800, sheet.height * 800 // sheet.width))
show_picture(sheet, words="the clips nearest to two centroids")

# %%
from xdc_lab.explorers.html import explore
from xdc_lab.explorers.widget import ClusterExplorer

page = explore(xdc)
print(f"open {own.shown(page)}, or mail it: {page.stat().st_size / 1e6:.1f} MB, nothing beside it is needed")

# %% [markdown]
# ## The same from the command line
#
# ```sh
# xdc-lab check FOLDER                                # which files can be used, and what is wrong with the others
# xdc-lab pretrain --data FOLDER --out runs/mine      # the same command again resumes it
# xdc-lab clusters runs/mine                          # Table 6 and contact sheets
# xdc-lab explore runs/mine                           # one HTML file
# ```
#
# Run here as a terminal would (absolute paths are cut from what it prints):

# %%
import os
import subprocess
import sys

top = os.path.commonpath([path.parent for path in paths])


def terminal(*words, launcher=("-m", "xdc_lab.cli"), **variables):
    """Run a command and give what it printed."""
    command, where = [sys.executable, *launcher, *map(str, words)], {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=where)
    said = done.stdout if done.returncode == 0 else done.stderr
    for place in (top, lab.runs, lab.runs.resolve()):
        said = said.replace(f"{place}/", "")
    return said


print(terminal("check", folder))

# %%
shown = terminal("show", xdc.path).splitlines()
print("\n".join(line for line in shown if line.startswith(("  iterations", "  kmeans", "iteration "))))

# %% [markdown]
# ## Labels: class folders, or a CSV file
#
# Labels are never trained on. Where there are some, purity and Table 6 can be computed, and the protocols of notebooks [08](08_finetune_or_fc_only.ipynb) and
# [09](09_audio_classification.ipynb) have something to test. **Class folders** (`FOLDER/bell swinging/clip 03.mp4`) are read as labels; `train`, `val` and `test`
# at the top as splits.

# %%
check.usable["label"].replace("", "(none)").value_counts().head(8).to_frame("clips")

# %% [markdown]
# **A CSV file** says the same without moving anything, and can cut one long file into several items. Only `path` is needed (relative to the CSV file); further
# columns are kept, and one named `factor_…` is compared with the clusters in notebook [06](06_what_the_clusters_mean.ipynb).

# %%
import tempfile

import numpy as np
import pandas as pd

from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.items import write_items

scratch = tempfile.TemporaryDirectory()
table = Path(scratch.name) / "items.csv"
long_file = os.path.relpath(check.usable["path"].iloc[0], table.parent.resolve())
table.write_text(
    "path,label,split,start_seconds,end_seconds,factor_camera\n"
    f"{long_file},first half,train,0.0,1.2,phone\n"
    f"{long_file},second half,train,1.2,2.4,phone\n"
)
items = load_items(table)
items[["label", "split", "start_seconds", "end_seconds", "factor_camera"]]

# %% tags=["nbval-check-output"]
print("two items of one file:", len(items), items["path"].nunique())

# %% [markdown]
# ## Know and clean a collection
#
# What comes from the web is never only what its folder's name says: slideshows with music, clips under a wrong label, the same clip twice. Here is such a folder,
# made so that one can count what is found. (With a folder of your own it is that one, and nobody knows the answer.)

# %%
from xdc_lab.worlds.demo.messy_folder import write_messy_folder

taught = lab.pretrain("XDC")
messy, mess = folder, {}
if lab.embedded:
    messy = lab.runs / "videos" / f"messy_videos_{lab.scale}"
    mess = write_messy_folder(messy, taught.items.groupby("label").head(8))
print(f"{lab.shown(messy)}:", pd.Series(mess, dtype=str).value_counts().to_dict())

# %% [markdown]
# Nothing is trained for this: encoders that are there give each clip its features (`xdc-lab features`), and features are explored as a run is (`explore --items`).

# %%
from dataclasses import replace

from xdc_lab.analysis.own_features import own_features
from xdc_lab.feature_files import FeatureFileSettings, write_feature_file

work, paired = messy.with_name(f"{messy.name}-features"), FeatureFileSettings(paired=True)
work.mkdir(exist_ok=True)
how, found = {"settings": paired, "execution": lab.execution(progress=False)}, load_items(str(messy))
files = {
    name: write_feature_file(taught.folder.encoder(name), found, work / f"{name}.npy", **how)
    for name in taught.encoders
}
arrays = {name: file.path for name, file in files.items()}
few_clusters = replace(lab.settings.pretraining.kmeans, k=max(2, len(np.load(arrays["video"])) // 8))
known = own_features(files["video"].items, **arrays, settings=few_clusters, folder=work / "clusters")
known

# %% [markdown]
# **Wrong labels.** Which clips are labelled otherwise than those that sound *and* look like them? The most suspicious first; the last column is the answer.

# %%
from xdc_lab.analysis.mislabelled import mislabelled

names = [os.path.relpath(path, messy) for path in known.items["path"]]
answer = pd.Series([mess.get(name, "") for name in names])
suspects = mislabelled(known) if known.has_labels else pd.DataFrame(columns=["item", "score"])
to_styler(suspects.drop(columns="path").head(10).assign(made=answer[suspects["item"].head(10)].to_numpy()))

# %% [markdown]
# At scale demo the six wrong labels should be among the ten, beside slideshows, which are no event at all. What follows has low scores: events that sound or look alike.
#
# **Slideshows.** One is known; what sounds like it (`like_these` takes several, too)?

# %%
from xdc_lab.analysis.neighbours import like_these

slideshow = next((item for item, kind in answer.items() if kind == "slideshow"), 0)
near, cosine = like_these(known.features("audio"), [slideshow], count=8)
captions = [f"{value:.3f}" for value in cosine]
show_picture(
    clip_row(known.items.iloc[near], captions=captions), words="clips that sound like a slideshow, nearest first"
)

# %% [markdown]
# The numbers are cosines. Look where they fall, and look at the clips: here after five.
#
# **Twice.** Two clips that are nearly one in both senses:

# %%
from xdc_lab.analysis.projection import direction

units = [direction(np.asarray(known.features(name))) for name in known.encoders]
alike = np.minimum(*(unit @ unit.T for unit in units))
one, other = np.triu_indices(len(alike), 1)
pairs = np.argsort(-alike[one, other])[:8]
twins = pd.DataFrame({"cosine": alike[one, other][pairs], "one": one[pairs], "other": other[pairs]})
twins.assign(one=[names[item] for item in twins["one"]], other=[names[item] for item in twins["other"]])

# %% [markdown]
# Some are copies, some only alike: encoders were taught to tell events apart, not films. A person decides. In the explorer that is its **Find** page: search, "like this",
# suspects, a name for what you tick. Its selections are here in Python, and those of Python are there:

# %%
copies = [
    max(pair, key=lambda item: "(copy)" in names[item]) for pair in zip(twins["one"], twins["other"], strict=True)
]
chosen = {
    "slideshows": [slideshow, *near[cosine > 0.995].tolist()],
    "wrong labels": suspects.loc[suspects["score"] > 2.5, "item"].tolist(),
    "twice": [item for item in copies if "(copy)" in names[item]],
}
chosen["out"] = sorted({item for items in chosen.values() for item in items})
explorer = ClusterExplorer(known, link="find")
explorer.selections = chosen
explorer

# %%
out = work / "out.csv"
write_items(explorer.selected_as("out"), out)
counts = answer[chosen["out"]].replace("", "nothing wrong").value_counts()
pd.DataFrame({"thrown out": counts, "of": answer.replace("", "nothing wrong").value_counts()}).fillna(0).astype(int)

# %% [markdown]
# `--without` takes that list, in `check`, `pretrain`, `evaluate` and `sample`; `--only` keeps what a list names. [More on it](../docs/own_videos.md#know-and-clean-a-collection).

# %%
clean = work / "clean.csv"
print(terminal("sample", messy, "--without", out, "--out", clean))

# %% [markdown]
# ## Several processes, several GPUs, several machines
#
# `torchrun` starts N processes of the same command; one process and N run the same lines. Each extracts the features of its own rows into one file, $k$-means
# sums over processes, and training averages gradients. Here for real, with two processes on the CPU (gloo), the first clips and the tiny settings at every
# scale:

# %%
few, alone, together = (Path(scratch.name) / name for name in ("few.csv", "alone", "together"))
write_items(check.usable.head(48), few)
options = ["--data", few, "--scale", "tiny", "--k", min(4, own.k), "--set", "iterations=1", "--device", "cpu"]
torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "xdc_lab.cli")
hidden = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}

terminal("pretrain", *options, "--out", alone, **hidden)
said = terminal("pretrain", *options, "--out", together, launcher=torchrun, **hidden)
print(said.split("run folder")[0])

# %% tags=["nbval-check-output"]
from xdc_lab.analysis.result import load_result
from xdc_lab.clustering.measures import nmi

one, two = load_result(alone), load_result(together)
print("processes:", one.meta["environment"]["processes"], "and", two.meta["environment"]["processes"])
for name in ("audio", "video"):
    rows = [result.clusters(name, iteration=0).assignment for result in (one, two)]
    print(f"{name}, iteration 0: NMI of one process with two {nmi(*rows):.2f}")

# %% [markdown]
# Those are the clusters of iteration 0, of the same random encoders. After a training they differ, as they must: two processes of batch 16 take steps of
# 32 clips at twice the learning rate. How alike they still are:

# %%
for name in ("audio", "video"):
    one_more, two_more = (result.clusters(name).assignment for result in (one, two))
    print(f"{name}, after one iteration: NMI of one process with two {nmi(one_more, two_more):.2f}")
scratch.cleanup()

# %% [markdown]
# On a machine with eight GPUs, and on four such machines (the same line on each, `HOST` is the first of them):
#
# ```sh
# torchrun --nproc-per-node=8 --no-python xdc-lab pretrain --data FOLDER --scale paper --workers 12 --out runs/mine
# torchrun --nnodes=4 --nproc-per-node=8 --rdzv-backend=c10d --rdzv-endpoint=HOST:29500 --rdzv-id=xdc \
#     --no-python xdc-lab pretrain --data FOLDER --scale paper --workers 12 --out /shared/runs/mine
# ```
#
# All machines must see the videos and the run folder at the same paths. A killed job resumes with the same line.
#
# ## Memory: what grows with the collection
#
# Features are a memory-mapped file, row i is item i. A process touches its own rows, so what must fit into memory does not grow with the number of videos.

# %%
from xdc_lab.encoders.catalogue import build_encoder

features = xdc.features("video")
print(type(features).__name__, features.shape, features.dtype)

bytes_a_clip = 4 * build_encoder("r2plus1d_18").feature_dim
collections = {"this folder": len(xdc.items), "Kinetics": 240_000, "IG-Kinetics": 65_000_000}
sizes = pd.Series(collections, name="videos").to_frame()
sizes["features on disk, GB"] = (sizes["videos"] * bytes_a_clip / 1e9).round(2)
sizes

# %% [markdown]
# (Kinetics and IG-Kinetics in the paper's numbers of videos, with the paper's encoder; twice that for both encoders.) The *decoded store*, which scales `tiny` and
# `demo` use, is memory-mapped too: small pictures of every file, read once. Scale `paper` has none and decodes as it goes, with `--workers`.
#
# ## What to choose
#
# | | a good start | why |
# |---|---|---|
# | k | an eighth of the clips at most; 64 to 256 from tens of thousands on | Table 2: the best on Kinetics lie between 64 and 256, and larger collections want larger k. A cluster of a handful of clips looks pure by luck (notebook [06](06_what_the_clusters_mean.ipynb)) |
# | iterations | 5 or 6 | 4.2; stop when NMI with the previous iteration no longer rises (notebook [05](05_pretrain_with_xdc.ipynb)) |
# | epochs | until the held-out loss saturates twice (`patience`; the first time the rate falls), 45 at most | an author's word; with few clips, more epochs of fewer clips |
# | scale | `demo` below ten thousand clips without a GPU, else `paper` | its optimiser (AdamW) learns in few steps, the paper's SGD needs many |
# | method | XDC | Table 1; any other is one word: `--method MDC` |

# %% [markdown]
# ## Recap
#
# 1. Check first: every file is usable, or named with what is wrong with it.
# 2. Features know what labels do not: suspects, "like this" and a list make a collection clean, before anything is trained on it.
# 3. A folder, class folders or a CSV file in; `pretrain`, `clusters`, `explore`; one HTML file out. The same calls and the same commands.
# 4. `torchrun` in front of the command is all that several GPUs need.
#
# **Change this and predict.** Set `data` in the first cell to a folder of your own videos, twenty minutes of a holiday, say, cut into short files. What will the
# *audio* clusters of your life be?
#
# Next: [13 · Paper and ours](13_paper_and_ours.ipynb), every table of the paper beside what was measured here.
