# %% [markdown]
# # 03 · Clusters become labels: one iteration by hand
#
# **Cluster what audio tells apart, and make video learn it. Then the other way round. Everything else is repetition.**
#
# Sections 3.1 and 3.2 of the paper and its Figure 1, one line at a time, with the same functions that a pretraining runs.
#
# | | |
# |---|---|
# | **You will see** | random encoders, features, $k$-means, pseudo-labels, fresh heads, a training, the next clustering and what moved; then every choice of the $k$-means, and its errors |
# | **Run time** | tiny: half a minute. demo: two to three minutes on two cores |
# | **Reads** | `data/`; the decoded clips in `runs/decoded`, if they are there |
# | **Writes** | decoded clips; the rest is in a temporary folder that goes with the kernel |

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
# ## $X$: the unlabelled clips (4.1)
#
# Files that are silent, blind or broken are left out, as the paper left out 7,000 videos of Kinetics. One clip in twenty (one in ten at tiny) is kept
# from training: on those we see whether an encoder learns its pseudo-labels or only memorises them.

# %%
import tempfile

from xdc_lab.pretraining.preparation import prepare_material, usable_items
from xdc_lab.runs.folder import RunFolder

settings, folder = lab.settings.pretraining, tempfile.TemporaryDirectory()
run = RunFolder(folder.name)
items = usable_items(lab.items, run, settings=settings, progress=True)
both, execution = {"video", "audio"}, lab.execution()
material = prepare_material(items, run, modalities=both, settings=settings, execution=execution)
print(f"{len(items):,} clips: {len(material.train_rows):,} to learn from, {len(material.held_out_rows)} not")

# %% [markdown]
# ## $E_v$ and $E_a$: random encoders (3.1)
#
# "The process starts with a randomly-initialized $E$." A method is a row of a table; XDC's says that there are two encoders and who learns from whom.

# %%
import pandas as pd

from xdc_lab.methods import METHODS
from xdc_lab.pretraining.preparation import random_encoders

method, where = METHODS["XDC"], execution.torch_device
encoders = random_encoders(method, settings=settings, seed=lab.seed, device=where)
print(method.describe())
about = ("name", "width", "feature_dim")
pd.DataFrame({name: {word: getattr(encoder, word) for word in about} for name, encoder in encoders.items()}).T

# %% [markdown]
# ## $F_v$ and $F_a$: features of every clip (3.2)
#
# $F = \{f = E(x) \mid x \in X\}$: the middle of each clip goes through each encoder once. Row $i$ is clip $i$ in every file of a run, on one machine or many.

# %%
from xdc_lab.pretraining.iteration import extract_all

features = extract_all(encoders, material, run, execution=execution)
{name: array.shape for name, array in features.items()}

# %% [markdown]
# ## $k$-means: what seems alike (3.2)
#
# Once for each clustering that the method names. Nothing but the features goes in.

# %%
from xdc_lab.pretraining.iteration import cluster_all

clusters = cluster_all(features, method=method, settings=settings, seed=lab.seed, iteration=0)
for name, found in clusters.items():
    print(f"{name}: {found.k} clusters of {found.sizes.min()} to {found.sizes.max()} clips")

# %% [markdown]
# ## The assignments are pseudo-labels
#
# The number of a clip's **audio** cluster is what the **video** encoder will have to say when it sees that clip, and the other way round. The label is only
# shown here: no step uses it.

# %%
audio, video = clusters["audio"], clusters["video"]
pairs = {"audio cluster: E_v learns it": audio.assignment, "video cluster: E_a learns it": video.assignment}
items[["label"]].assign(**pairs).head(6)

# %% [markdown]
# To the random audio encoder, these clips sound alike: they lie nearest to the centroid of its most typical cluster. For each of them, the video encoder is to
# give the same answer.

# %%
from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.pictures.display import show_picture

chosen = int(audio.sizes.argmax())
nearest = pd.Series(audio.distance)[audio.assignment == chosen].nsmallest(5).index
show_picture(clip_row(items.loc[nearest]), words="five clips of one audio cluster, frames above log-mels", scale=1.3)

# %% [markdown]
# ## Fresh heads, and a guess (3.1)
#
# "Only the weights of the classification fc-layer are reset": cluster 7 of this clustering has nothing to do with cluster 7 of the one before. A new head knows
# nothing, so its cross-entropy is near $\log k$, that of guessing.

# %%
import math

import torch

from xdc_lab.training.predictor import fresh_heads, summed_loss

heads = fresh_heads(encoders["video"].feature_dim, {"audio": lab.k}, seed=lab.seed)
with torch.inference_mode():
    logits = {"audio": heads["audio"](torch.tensor(features["video"]))}
guess = summed_loss(logits, {"audio": torch.tensor(audio.assignment).long()}).item()
print(f"loss of a fresh head: {guess:.2f}; log k: {math.log(lab.k):.2f}")

# %% [markdown]
# ## Training $E_v$ on the clusters of $F_a$ (3.2)
#
# A task is what Figure 1 draws as a dashed arrow. The loop is the one that also learns true labels later, in finetuning.

# %%
from dataclasses import replace

from xdc_lab.pretraining.iteration import pseudo_label_task, training_seed
from xdc_lab.training.loop import train

task = pseudo_label_task("video", method=method, clusters=clusters, material=material)
seeded = replace(execution, seed=training_seed(lab.seed, "video", 0))
trained = {"video": train(encoders["video"], task, settings=settings.training, execution=seeded)}
columns = ["epoch", "loss", "accuracy", "held_out_loss", "held_out_accuracy"]
pd.DataFrame(trained["video"].records)[columns].round(2)

# %% [markdown]
# *Accuracy here is on pseudo-labels.* Chance is $1/k$; 1 is out of reach, for some of what is heard cannot be seen. "Vice versa, XDC supervises $E_a$ with the
# cluster assignments of $F_v$":

# %%
task = pseudo_label_task("audio", method=method, clusters=clusters, material=material)
seeded = replace(execution, seed=training_seed(lab.seed, "audio", 0))
trained["audio"] = train(encoders["audio"], task, settings=settings.training, execution=seeded)

# %% [markdown]
# ## The record: a run is a folder
#
# Method, settings, clusters and losses go into files, and whatever reads a run reads this one too.

# %%
from xdc_lab.analysis.result import load_result
from xdc_lab.pretraining.record import describe_pretraining, record_clusters
from xdc_lab.runs.folder import write_lines

run.write_about(describe_pretraining(method, settings=settings, execution=execution))
record_clusters(clusters, run, iteration=0, previous={}, labels=material.labels)
rows = [{"iteration": 0, "encoder": name} | row for name in trained for row in trained[name].records]
write_lines(run.training_log, rows)
sorted(path.relative_to(run.path).as_posix() for path in run.path.rglob("*.*"))

# %%
from xdc_lab.analysis.charts.static_twin import show
from xdc_lab.analysis.charts.training import training_curves

show(training_curves(load_result(run.path)))

# %% [markdown]
# Solid is on clips that were trained on, dashed on those held out. Where the dashed line stops falling, the encoder has learned from these clusters what carries
# over to other clips: time to cluster again. (The authors train "until the validation loss saturates"; at tiny and demo the number of epochs is fixed.)
#
# ## Clustering again
#
# The encoders have changed, so their features and clusters have too. That closes the iteration.

# %%
after = extract_all(encoders, material, run, execution=execution)
again = cluster_all(after, method=method, settings=settings, seed=lab.seed, iteration=1)
record_clusters(again, run, iteration=1, previous=clusters, labels=material.labels)
result = load_result(run.path)
print(f"{len(result.clusterings)} clusterings, iterations {result.iterations}")

# %% [markdown]
# ## What moved
#
# **churn**: the share of clips that left their cluster, when old and new clusters are paired as well as can be. **nmi_other**: how much the audio clusters and the
# video clusters share; XDC makes each learn the other, so it should rise. **nmi_label** and **purity**: how much they know of the labels, which nobody told them
# (empty
# where there are none).

# %%
from xdc_lab.analysis.agreement import over_iterations

columns = ["iteration", "clustering", "nmi_other", "nmi_previous", "churn", "purity", "nmi_label"]
moved = over_iterations(result)[columns].sort_values(["clustering", "iteration"])
moved.style.hide(axis="index").format(precision=2, na_rep="")

# %% [markdown]
# A large churn is no fault here: $k$-means starts anew, and even two starts on the *same* features differ (below). It should sink in later iterations.
#
# ## The confusion of audio and video
#
# Each row is an audio cluster, each column a video cluster, dark where they share clips. Scattered: what sounds alike looks different. In blocks: both tell the
# same clips apart.

# %%
from xdc_lab.analysis.pictures.iteration_strip import matrix_strip

show_picture(matrix_strip(result), words="audio clusters by video clusters, before and after the training")

# %%
from xdc_lab.analysis.charts.result import matrix_figure

show(matrix_figure(result))

# %% [markdown]
# ## Sizes, entropy, and clusters that swallow everything
#
# Deep clustering has a trivial solution: one cluster takes all clips, and predicting it is easy. So each iteration records the sizes; their **entropy** is 1
# when all clusters have one size and 0 when one has everything.

# %%
from xdc_lab.analysis.comparisons import sizes_figure

show(sizes_figure(result))

# %%
columns = ["iteration", "clustering", "k", "size_min", "size_max", "size_entropy", "warning"]
result.clustering_history[columns].round(2)

# %% [markdown]
# A warning stands there when one cluster holds more than half of all clips, with what to try. No run is stopped for it, and none hides it.
#
# ## Every choice of the $k$-means, and where it comes from
#
# The paper says "$k$-means" and, for CDC, "separately $l_2$-normalised". Each other choice has a source, and can be changed: `replace(settings.kmeans, k=64)`.

# %%
from xdc_lab.settings import settings_table

table = pd.DataFrame(settings_table(settings.kmeans))[["name", "value", "source", "note"]]
table.style.hide(axis="index").set_properties(**{"text-align": "left"})

# %% [markdown]
# ### Why $l_2$?
#
# The *length* of a feature vector is mostly loudness, or contrast; its *direction* is what kind of thing it is. **follows_length** says how much the clusters sort by
# length alone (0: not at all). Without $l_2$ they do. Centring first lets some of the length back in: longer and shorter than the mean then point in opposite
# directions. For CDC there is one reason more: joined without $l_2$, the modality with the longer vectors decides.

# %%
from dataclasses import replace

from xdc_lab.analysis.kmeans_choices import try_settings

kmeans = settings.kmeans
choices = {"l2": kmeans, "centre, l2": replace(kmeans, center=True), "neither": replace(kmeans, l2=False)}
try_settings(features["audio"], choices, labels=material.labels).round(2)

# %% [markdown]
# These are the random audio encoder's features. Look at `nmi_label` too, where there is one: it tells which choice begins nearer to the labels, not which one ends there.
#
# ### Why restarts?
#
# $k$-means finds a local optimum, and which one is luck. Five starts on the same features, the tightest first:

# %%
from xdc_lab.analysis.kmeans_choices import try_starts

starts = try_starts(features["audio"], settings=replace(kmeans, restarts=1))
starts.style.hide(axis="index").format({"inertia": "{:.1f}", "above_best": "{:+.1%}", "nmi_best": "{:.2f}"})

# %% [markdown]
# Their inertias differ by a few percent, their groups by much more: an `nmi_best` well below 1 is the part of the churn that has nothing to do with learning.
# The library takes the tightest of `restarts` starts.
#
# ### What cannot work is said
#
# Too many clusters, clips that are all the same, an encoder that has collapsed or diverged: each is an error with what to do, before anything is trained on it.

# %% tags=["nbval-check-output"]
import numpy as np

from xdc_lab.clustering.kmeans import KMeansSettings, fit_kmeans
from xdc_lab.errors import XdcError


def attempt(what, rows, **options):
    try:
        fit_kmeans(np.asarray(rows, dtype=np.float32), settings=KMeansSettings(**options), seed=0)
    except XdcError as error:
        print(f"{what}: {error}\n")


some = np.random.default_rng(0).normal(size=(20, 4))
attempt("k > N", some, k=64)
attempt("copies of three clips", np.tile(some[:3], (7, 1)), k=8)
attempt("collapsed encoder", np.ones((20, 4)), k=8)
attempt("diverged encoder", np.where(some > 2, np.nan, some), k=8)

# %% [markdown]
# And where clusters run empty on the way, they are refilled: the largest clusters are split, so $k$ stays $k$. How often that was needed at the very end is recorded.

# %%
{name: found.about["refilled_at_the_end"] for name, found in again.items()}

# %% [markdown]
# ## Is that really what a pretraining does?
#
# To the bit: `xdc_lab.pretraining.engine` calls these same functions with these same seeds. If an earlier notebook has made the XDC run of this workbench, compare:

# %%
made = lab.folder("XDC")
if (made / "run.json").is_file() and load_result(made).meta["status"] == "finished":
    theirs = load_result(made)
    for name in theirs.clusterings:
        pairs = [(theirs.clusters(name, iteration=i), result.clusters(name, iteration=i)) for i in (0, 1)]
        same = [bool(np.array_equal(one.assignment, other.assignment)) for one, other in pairs]
        print(f"{name} clusters of {lab.shown(made)} and by hand, iterations 0 and 1, the same: {same}")
else:
    print('not made yet: lab.pretrain("XDC") makes it')

# %% [markdown]
# (Made on another processor, or with another number of threads, the last digits of a sum differ; then iteration 0 agrees and iteration 1 may not.)

# %% [markdown]
# ## Recap
#
# 1. One iteration: features of every clip, $k$-means, fresh heads, each encoder learns the other's clusters; cluster again.
# 2. Cluster numbers mean nothing from one clustering to the next, so heads are reset and clusters are compared by their clips.
# 3. The $k$-means has a dozen choices that the paper does not name; each is a setting with its source, and what cannot work is an error that says what to do.
#
# **Change this and predict.** Put `METHODS["SDC"]` in place of `METHODS["XDC"]` and run all again: each encoder then learns its *own* clusters. Will the accuracy on the
# pseudo-labels be higher or lower? And `nmi_other`?
#
# Next: [04 · Four methods, one table](04_four_methods_one_table.ipynb), where that experiment is run in full.
