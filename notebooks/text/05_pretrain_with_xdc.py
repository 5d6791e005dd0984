# %% [markdown]
# # 05 · Pretrain with XDC: the full loop
#
# **Extract, cluster, train on the other's clusters, repeat until the clusters come to rest: watched while it runs, and safe to stop at any moment.**
#
# Sections 3.2, 4.1 and 4.2 of the paper.
#
# | | |
# |---|---|
# | **You will see** | every setting with where it comes from; purity, NMI and losses while they come; speed; a run that is stopped and resumed to the same bits; how a collapse is announced; what a GPU changes; the encoders in three lines of PyTorch |
# | **Run time** | tiny: under a minute. demo: about a minute if the XDC run is there; making it takes about a quarter of an hour on two cores, once |
# | **Reads** | `data/`, and the XDC run in `runs/` if it was made before |
# | **Writes** | `runs/…/XDC-…`, if it was not there; the proof of resuming works in a temporary folder |

# %%
from xdc_lab.workbench import Workbench

scale = "demo"  # tiny: seconds · demo: minutes on two cores · paper: GPUs
data = None  # None: the embedded demo set · or a folder of your own videos
device = "auto"  # the GPU where there is one

lab = Workbench(scale=scale, data=data, device=device)
lab

# %%
print(lab.note)

# %% [markdown]
# ## Settings, and who says so (4.1)
#
# The paper leaves many numbers to its supplementary material, which this project did not have. So every default carries its source: the paper itself, an
# author's word, VMZ (the code base of overlapping authors), DeepCluster (the method that XDC builds on), or us.

# %%
import pandas as pd

from xdc_lab.analysis.tables import to_styler
from xdc_lab.pretraining.settings import scale_settings
from xdc_lab.settings import SOURCES, settings_table

pretraining = lab.settings.pretraining
paper = pd.DataFrame(settings_table(scale_settings("paper"))).set_index("name")
here = pd.DataFrame(settings_table(pretraining)).set_index("name")

counts = paper["source"].value_counts().rename_axis("source").reset_index(name="settings")
to_styler(counts.assign(meaning=counts["source"].map(SOURCES)))

# %% [markdown]
# All of them at scale `paper`. The column *here* has what this notebook's scale changes: a smaller picture, a narrower network, and an optimiser that learns
# in few steps.

# %%
values, own = paper["value"].map(repr), here["value"].map(repr)
table = pd.DataFrame({"paper scale": values, "here": own.where(own != values, "")})
table = table.join(paper[["source", "note"]]).rename_axis("setting").reset_index()
to_styler(table)

# %% [markdown]
# ## The loop (3.2)
#
# One call. If the run is there, it is read and its history is drawn; if it was stopped, it goes on; otherwise it starts, and the picture is drawn anew in its
# place after each clustering, under one progress bar.

# %%
from xdc_lab.analysis.charts.live import LiveHistory

live = LiveHistory(lab.folder("XDC"))
live.show()

xdc = lab.pretrain("XDC", on_iteration=live)

# %%
print("clusterings made now:", live.drawn or "none, the run was there already; the picture is its record")
print("run folder:", lab.shown(xdc.path))
print(f"wall-clock of the whole run: {xdc.meta['wall_seconds'] / 60:.1f} minutes")

# %% [markdown]
# A training stands between the clusters that it learns from and those that come of it, each epoch where its record says. Iteration 0 is $k$-means on *random* encoders, which already know a little: loud from quiet, bright from dark. What to expect at scale demo: the audio
# clusters know more of the events at first, the video clusters catch up, and some seeds take off later than others. Labels, where there are any, are only
# measured against.
#
# ### Has it come to rest? (4.2)
#
# The paper needs five to six deep clustering iterations. NMI with the *previous* iteration, which needs no label, tells: when the clusters no longer
# change, another iteration teaches the same lesson again.

# %%
history = xdc.clustering_history
rest = history.pivot(index="iteration", columns="clustering", values=["nmi_previous", "nmi_other"])
rest.astype(float).round(2)

# %% [markdown]
# *nmi_other* is how far video and audio agree. It rises too: each learns to predict the other.
#
# ### Losses and speed, iteration by iteration
#
# Fresh heads at every clustering, so each training begins near the loss of blind guessing, $\ln k$. The held-out clips (their pseudo-labels are clustered, but
# never trained on) tell whether anything general was learned.

# %%
import math

losses = xdc.training_history.groupby(["iteration", "encoder"]).agg(
    epochs=("epoch", "max"),
    first_loss=("loss", "first"),
    last_loss=("loss", "last"),
    held_out_loss=("held_out_loss", "last"),
    held_out_accuracy=("held_out_accuracy", "last"),
    clips_per_second=("clips_per_second", "median"),
)
print(f"blind guessing among {lab.k} pseudo-labels: loss {math.log(lab.k):.2f}, accuracy {1 / lab.k:.3f}")
losses.round(2)

# %% [markdown]
# ## Stop it, and start it again
#
# Long runs die: a power cut, a time limit, a closed laptop. A run folder holds a checkpoint of the last epoch, and a step is a function of the weights, the seed
# and its number. So a resumed run should end where an undisturbed one does, *bit for bit* on a CPU. Let us see, with a small pretraining (the
# tiny settings at every scale) that is stopped at its second clustering, as the notebook's stop button would:

# %%
import tempfile
from pathlib import Path

from xdc_lab.pretraining.engine import pretrain
from xdc_lab.runs.execution import Execution

scratch = tempfile.TemporaryDirectory()
folder = Path(scratch.name)
few = lab.items[lab.items["split"].isin(["", "train"])].head(48)
execution = Execution(seed=1, device="cpu", progress=False, store=lab.store)
how = {"settings": scale_settings("tiny", k=min(8, lab.k)), "execution": execution}

undisturbed = pretrain(few, folder / "undisturbed", **how)


# %%
def stop(rows):
    if rows[0]["iteration"] == 1:
        raise KeyboardInterrupt("stopped after clustering 1")


try:
    pretrain(few, folder / "stopped", on_iteration=stop, **how)
except KeyboardInterrupt as interrupt:
    print(interrupt)

# %% [markdown]
# The same call again resumes it. (From the command line: the same command again.)

# %%
from xdc_lab.runs.folder import RunFolder

print("before:", RunFolder(folder / "stopped").read_about()["status"])
resumed = pretrain(few, folder / "stopped", **how)
print("after: ", resumed.read_about()["status"])

# %%
from xdc_lab.clustering.clusters_file import load_clusters
from xdc_lab.encoders.weights import load_encoder

for name in ("audio", "video"):
    one, other = (load_clusters(run.clusters(name, iteration=2)) for run in (undisturbed, resumed))
    print(name, "clips in another cluster:", int((one.assignment != other.assignment).sum()))
    one, other = (load_encoder(run.encoder(name)).state_dict() for run in (undisturbed, resumed))
    print(name, "weights that differ in any bit:", sum(not one[key].equal(other[key]) for key in one))

scratch.cleanup()

# %% [markdown]
# ## How a collapse would be announced (3.1)
#
# Deep clustering has a trivial solution: everything in one cluster, and an encoder that always says so. DeepCluster needs remedies against it; the paper's
# authors saw none with MDC, CDC and XDC. A run watches all the same. Its own warnings:

# %%
print("\n".join(xdc.meta.get("warnings", [])) or "none")

sizes = history[history["iteration"] == history["iteration"].max()]
sizes.set_index("clustering")[["k", "size_min", "size_max", "size_entropy"]].round(2)

# %% [markdown]
# `size_entropy` is 1 where all clusters are equally large, 0 where one has everything. To hear the alarm, put two thirds of the clips into cluster 0 by hand,
# as a collapse would:

# %%
from dataclasses import replace

import numpy as np

from xdc_lab.pretraining.record import clustering_rows, collapsed_training

clusters = xdc.clusters("audio")
swallowed = clusters.assignment.copy()
rest_of_them = np.setdiff1d(np.arange(len(swallowed)), np.unique(swallowed, return_index=True)[1])
swallowed[rest_of_them[: 2 * len(swallowed) // 3]] = 0

collapsed = {"audio": replace(clusters, assignment=swallowed)}
print(clustering_rows(collapsed, iteration=1, previous={}, labels=None)[0]["warning"])

# %% [markdown]
# The other alarm is an encoder that predicts the same for nearly every held-out clip:

# %%
record = {"accuracy": 0.9, "most_predicted": 0.97}
print(collapsed_training(record, classes=lab.k, held_out=50))

# %% [markdown]
# Both are printed when they happen, kept in `run.json`, and shown by `xdc-lab show`. Nothing is stopped for you: a large cluster of silence, for instance,
# may be right.
#
# ## Which device ran, and what changes on a GPU

# %%
environment = xdc.meta["environment"]
facts = {name: environment[name] for name in ("device", "processes", "threads")}
facts |= {"precision": pretraining.training.precision, "minutes": round(xdc.meta["wall_seconds"] / 60, 1)}
pd.Series(facts, name="this run").to_frame()

# %% [markdown]
# | | CPU, this notebook | one GPU | N GPUs, M machines |
# |---|---|---|---|
# | start | `lab.pretrain("XDC")` | the same (`device="auto"`) | `torchrun --nproc-per-node=N --nnodes=M --no-python xdc-lab pretrain …` |
# | precision | fp32: bf16 is slower on most CPUs | bf16 autocast (`precision="auto"`) | bf16 autocast |
# | reading | from a decoded store, in this process | `--workers 12` decode ahead; or the store | the same, in each process |
# | batch, learning rate | 32 | 32 | 32 a process; the rate is multiplied by the processes |
# | $k$-means | faiss on the CPU | faiss on the GPU (`pip install .[gpu]`) | sums over processes, each has its rows |
# | same seed, same numbers | yes, bit for bit | up to the order of sums on the GPU | the first clustering: yes. After it: no, the batch is N times as large |
#
# A Jupyter kernel is one process: for several GPUs, start the run from a terminal and open its folder here afterwards
# (notebook [12](12_your_own_videos.ipynb) does it with two processes).
#
# ## The encoders, in three lines of plain PyTorch

# %%
import torch

frames, side = pretraining.video.frames, pretraining.video.crop_px

encoder = load_encoder(xdc.folder.encoder("video")).eval()
with torch.inference_mode():
    features = encoder(torch.zeros(2, 3, frames, side, side))
features.shape

# %% [markdown]
# It is an ordinary `nn.Module` from a safetensors file (nothing is unpickled); what its input must be is written beside the weights and in
# `xdc_lab/media/inputs.py`. Notebooks [08](08_finetune_or_fc_only.ipynb) and [09](09_audio_classification.ipynb) put it to work.

# %% [markdown]
# ## Recap
#
# 1. Pretraining is one call, and every number that steers it says where it comes from.
# 2. Watch NMI with the previous iteration, NMI between video and audio, and the held-out loss: none needs a label.
# 3. Stop it whenever you like; the same call goes on, on a CPU to the same bits.
#
# **Change this and predict.** `lab.pretrain("XDC", seed=1)` starts from other random encoders. Will the *clusters* be the same, and will the NMI with the
# events? (Compare two runs' assignments with `xdc_lab.clustering.measures.nmi`.)
#
# Next: [06 · What the clusters mean](06_what_the_clusters_mean.ipynb), Table 6 and Figure 2 with their error bars.
