# %% [markdown]
# # 00 · Start here: XDC in two minutes
#
# **Two encoders that were told nothing teach each other: what one hears becomes the other's label for what it sees.**
#
# *Self-Supervised Learning by Cross-Modal Audio-Video Clustering* (XDC, NeurIPS 2020), sections 3 and 5, from videos to its Figure 2 and
# Table 6, on a small rendered world of sights and sounds whose events are known.
#
# | | |
# |---|---|
# | **You will see** | a few clips, the four stages with one line of code each, what the clusters learn iteration by iteration, Table 6, Figure 2, an explorer to click through |
# | **Run time** | tiny: under a minute. demo: two minutes if the XDC run is there; making it takes about a quarter of an hour on two cores, once |
# | **Reads** | `data/`, and the XDC run in `runs/` if an earlier notebook or `make demo` made it |
# | **Writes** | `runs/…/XDC-…`: the run (if it was not there), its report and its explorer |
# | **On Colab** | upload this notebook: its first cell installs the package, needs no clone, and `data/` and `runs/` are made beside it; `scale = "tiny"` takes a minute |
# | **Outputs below** | as committed: of code until 27 November 2026; since then k-means, SDC, the audio window and the evaluation have changed (LOG.md) |

# %%
import importlib.util
import subprocess
import sys

package = "xdc-lab[lab]"  # from PyPI · or a wheel's path · or git+ADDRESS of the repository
if importlib.util.find_spec("xdc_lab") is None:  # on Colab, which has PyTorch
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", package], check=True)

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
# ## What goes in: clips that are seen and heard (4.1)
#
# Real collections have files that are silent or broken, so the first step is a check. No label is used in training, here or anywhere; where there
# are labels, clusters are measured against them.

# %%
from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.pictures.display import show_picture
from xdc_lab.datasets.check import check_items

clips = check_items(lab.items.head(24), progress=False).usable.iloc[:20:4]
show_picture(clip_row(clips), words="five clips, the middle frame of each above its log-mel")

# %% [markdown]
# Above: the middle frame. Below: the **40 × 100 log-mel**, two seconds of sound as the audio encoder gets it, low notes at the bottom. With a kernel
# running, play them:

# %%
from xdc_lab.explorers.clip_player import ClipPlayer

pretraining = lab.settings.pretraining
ClipPlayer(clips, video=pretraining.video, audio=pretraining.audio)

# %% [markdown]
# ## The loop (3.2, Figure 1)
#
# Extract features, cluster them, train each encoder on the *other* one's clusters, and do it again. This line is the whole pretraining. It reads the
# run if there is one, and makes it otherwise; the picture grows with each iteration.

# %%
from xdc_lab.analysis.charts.live import LiveHistory

live = LiveHistory(lab.folder("XDC"))
live.show()

xdc = lab.pretrain("XDC", on_iteration=live)

# %% [markdown]
# *Iteration 0 is the clustering of random encoders.* **NMI with the label** says how much the clusters know of the events, which no training saw; **churn**
# is the share of clips that changed their cluster; **NMI with the other clusters** how far video and audio agree. Below, the losses on the pseudo-labels,
# which begin anew with every clustering.

# %%
made = "made now" if live.drawn else "read: it was made before"
print(f"{lab.shown(xdc.path)}: {made}")
print(f"{xdc.meta['wall_seconds'] / 60:.1f} minutes on {xdc.meta['environment']['device']}")

columns = ["purity", "nmi_label", "nmi_other"] if xdc.has_labels else ["nmi_other"]
by_iteration = xdc.clustering_history.pivot(index="iteration", columns="clustering", values=columns)
by_iteration.astype(float).round(2)

# %% [markdown]
# ## The four stages, one line each (3.1)
#
# **1. Extract.** Each encoder turns every clip into a vector: $F_v$ and $F_a$, one row a clip.

# %%
features = xdc.features("audio")
features.shape

# %% [markdown]
# **2. Cluster.** $k$-means sorts the vectors; a clip's cluster is its *pseudo-label*.

# %%
from xdc_lab.clustering.kmeans import fit_kmeans

clusters = fit_kmeans([features], settings=pretraining.kmeans, seed=0)
clusters.assignment[:12]

# %% [markdown]
# **3. Train.** A fresh head on each encoder learns to predict them. XDC, SDC, MDC and CDC differ in one table: who learns from whom.

# %%
from xdc_lab.methods import METHODS

for method in METHODS.values():
    print(f"{method.name:12} {method.describe()}")

# %% [markdown]
# **4. Repeat.** The better the features, the better the next clusters. How alike two clusterings in a row are (1: the same) tells when the loop has come
# to rest.

# %%
history = xdc.clustering_history
settled = history.pivot(index="clustering", columns="iteration", values="nmi_previous")
settled.astype(float).round(2)

# %% [markdown]
# ## What came out: Table 6
#
# Clusters ranked by purity, first and last, each with the three events that it holds most of; what was heard stands on the left, as in the paper.
# (Without labels: the most compact first, with their sizes.)

# %%
from xdc_lab.analysis.concepts import table6
from xdc_lab.analysis.tables import to_styler

to_styler(table6(xdc))

# %% [markdown]
# The paper's own first rows: on audio *play bagpipes (0.70), play harmonica (0.04), play violin (0.03)*, on video *play bass guitar (0.37), play guitar (0.16),
# tap guitar (0.15)*. Kinetics has 400 labels and this world has 16 events, so compare the pattern, not the numbers. At scale demo look at the last ranks,
# too: which events share a cluster on audio, and which on video?
#
# ## Figure 2: the clips nearest to each centroid
#
# The two purest audio clusters, then the two purest video clusters, five clips of each (the paper shows ten; notebook
# [06](06_what_the_clusters_mean.ipynb) too).

# %%
from xdc_lab.analysis.pictures.contact_sheet import draw_sheet


def show_sheet(clustering, **chosen):
    sheet = draw_sheet(xdc, clustering, **chosen)
    small = sheet.resize((900, sheet.height * 900 // sheet.width))
    show_picture(small, words=f"the clips nearest to the centroids of {clustering} clusters")


show_sheet("audio", clips=5)

# %%
show_sheet("video", clips=5)

# %% [markdown]
# Every tile is a clip; a coloured name is an event other than the cluster's commonest. The backgrounds differ from tile to tile: they say nothing of the
# event, and a good clustering does not follow them.
#
# ### "Scuba diving", found by computation
#
# The paper's best-known clusters join scuba diving with snorkeling *on audio*, and with feeding fish *on video*. Such events need not be searched for: they are
# computed, and told only where shuffled labels do not show the same.

# %%
from xdc_lab.analysis.stories import two_neighbours

found = two_neighbours(xdc, "audio", "video") if xdc.has_labels else []
print("\n".join(story.sentence for story in found) or "No event has two neighbours in this run.")

# %%
for clustering, cluster in found[0].clusters if found else []:
    show_sheet(clustering, clusters=[cluster])

# %% [markdown]
# At scale demo there should be one or two. What sounds the same is one cluster to audio, what looks the same is one to video, and neither was told.
#
# ## The explorer: one file to open, mail and browse offline

# %%
from xdc_lab.explorers.html import explore

page = explore(xdc)
print(f"open {lab.shown(page)} in any browser")

# %% [markdown]
# ## Where to go from here
#
# | notebook | in one line |
# |---|---|
# | [00 · Start here](00_start_here.ipynb) | this page |
# | [01 · Media to clips](01_media_to_clips.ipynb) | any file, any rate: the frames and the 40 × 100 log-mel that the encoders get (4.1) |
# | [02 · Encoders and features](02_encoders_and_features.ipynb) | R(2+1)D-18 and the audio ResNet-18, and what random ones already know (3.1, 4.1) |
# | [03 · Clusters become labels](03_clusters_become_labels.ipynb) | one deep clustering iteration, step by step (3.1) |
# | [04 · Four methods, one table](04_four_methods_one_table.ipynb) | SDC, MDC, CDC, XDC: who learns from whom, on the same clips (3.2, Table 1) |
# | [05 · Pretrain with XDC](05_pretrain_with_xdc.ipynb) | the full loop: settings with their sources, live curves, stop and resume (4.2) |
# | [06 · What the clusters mean](06_what_the_clusters_mean.ipynb) | Table 6, Figure 2, purity beside chance, what else a clustering may follow (5) |
# | [07 · Explore the clusters](07_explore_the_clusters.ipynb) | the explorer inside the notebook and as one file; blind listening (5) |
# | [08 · Finetune or fc-only](08_finetune_or_fc_only.ipynb) | what the video encoder is worth downstream (4.2, Table 5) |
# | [09 · Audio classification](09_audio_classification.ipynb) | what the audio encoder is worth: ESC50 and DCASE protocols (6, Table 7) |
# | [10 · How many clusters, how much data](10_how_many_clusters_how_much_data.ipynb) | the two dials: k, and the pretraining set (Tables 2 to 4) |
# | [11 · Ten clips and 32 frames](11_ten_clips_and_32_frames.ipynb) | testing with ten clips, re-training with 32 frames (4.1, 6) |
# | [12 · Your own videos](12_your_own_videos.ipynb) | a folder in, an explorer out; the command line, CSV files, several GPUs |
# | [13 · Paper and ours](13_paper_and_ours.ipynb) | every table of the paper beside what this project measured |

# %% [markdown]
# ## Recap
#
# 1. One loop: extract, cluster, train on the other's clusters, repeat. Nobody labelled anything.
# 2. The clusters come to know the events, and each modality groups them in its own way: on audio, and on video.
# 3. A run is a folder; everything above was read from it, and any notebook can start from it.
#
# **Change this and predict.** Replace `"XDC"` by `"SDC"` (both times), where each encoder learns from its *own* clusters. Will the NMI
# with the events rise as far? What could such a clustering follow instead?
#
# Next: [01 · Media to clips](01_media_to_clips.ipynb), how a file becomes what the encoders see and hear.
