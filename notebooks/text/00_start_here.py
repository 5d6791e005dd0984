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
# | **You will see** | what the clusters learn iteration by iteration, the explorer, Table 6, Figure 2, the method table |
# | **Run time** | tiny: under a minute. demo: two minutes if the XDC run is there; making it takes about a quarter of an hour on two cores, once |
# | **Reads** | `data/`, and the XDC run in `runs/` if an earlier notebook or `make demo` made it |
# | **Writes** | `runs/…/XDC-…`: the run (if it was not there), its report and its explorer |
# | **On Colab** | upload this notebook: its first cell installs the package, needs no clone, and `data/` and `runs/` are made beside it; `scale = "tiny"` takes a minute |

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
# ## The loop (3.2, Figure 1)
#
# DeepCluster trains an encoder on the clusters of its own features. XDC has two encoders and trains each on the *other* one's clusters. Extract, cluster,
# train, repeat: this line is all of it. It reads the run if there is one, and makes it otherwise; the picture grows with each iteration.

# %%
from xdc_lab.analysis.charts.live import LiveHistory

live = LiveHistory(lab.folder("XDC"))
live.show()

xdc = lab.pretrain("XDC", on_iteration=live)

# %% [markdown]
# *Iteration 0 is the clustering of random encoders.* No training sees a label; **purity** and **NMI with the label** measure afterwards what the clusters know
# of the events. Audio and video come to agree, and fewer clips move (**churn**). The lower row has loss and accuracy on the pseudo-labels: each clustering
# has fresh heads.
#
# ## Look and listen: the explorer (5)

# %%
from xdc_lab.explorers.html import export_html
from xdc_lab.explorers.widget import ClusterExplorer

page = xdc.folder.report / "explorer.html"
export_html(xdc, page, report=lambda line: None)
ClusterExplorer(xdc, page=page)

# %% [markdown]
# With a kernel running this is the explorer itself: open a cluster, click a film strip to play it. Without one it is a picture, which opens the same explorer as
# a file, once you have run this notebook: `report/explorer.html` in the run's folder, to keep, mail and browse offline.
#
# ## Table 6
#
# Clusters ranked by purity, first and last, each with the three events that it holds most of. (Without labels: the most compact first.)

# %%
from xdc_lab.analysis.concepts import table6
from xdc_lab.analysis.tables import to_styler

to_styler(table6(xdc))

# %% [markdown]
# The paper's first rows: on audio *play bagpipes (0.70), play harmonica (0.04), play violin (0.03)*, on video *play bass guitar (0.37), play guitar (0.16), tap guitar
# (0.15)*. Kinetics has 400 labels and this world 16 events: compare the pattern, not the numbers. Which events share a cluster on audio, and which on video?
#
# ## Figure 2: the clips nearest to each centroid
#
# Two video clusters. Backgrounds differ from tile to tile: they say nothing of the event, and a good clustering does not follow them.

# %%
from xdc_lab.analysis.pictures.contact_sheet import show_sheet

show_sheet(xdc, "video", clips=5)

# %% [markdown]
# ### "Scuba diving", found by computation
#
# The paper's best-known clusters join scuba diving with snorkeling *on audio*, and with feeding fish *on video*. Such events are computed here, and told only where
# shuffled labels do not show the same. At scale demo there should be one or two.

# %%
from xdc_lab.analysis.stories import two_neighbours

found = two_neighbours(xdc, "audio", "video") if xdc.has_labels else []
print("\n".join(story.sentence for story in found) or "No event has two neighbours in this run.")
for clustering, cluster in found[0].clusters if found else []:
    show_sheet(xdc, clustering, clusters=[cluster], clips=5)

# %% [markdown]
# What sounds the same is one cluster to audio, what looks the same is one to video, and neither was told.
#
# ## Who learns from whom (3.1)
#
# The paper's methods differ in this table alone; one of your own is a row more.

# %%
from xdc_lab.methods import METHODS

for method in METHODS.values():
    print(f"{method.name:12} {method.describe()}")

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
# **Change this and predict.** Replace `"XDC"` by `"SDC"` (both times): each encoder then learns from its *own* clusters, as in DeepCluster. Will the NMI
# with the events rise as far? What could such a clustering follow instead?
#
# Next: [01 · Media to clips](01_media_to_clips.ipynb), how a file becomes what the encoders see and hear.
