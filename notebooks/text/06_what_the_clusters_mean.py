# %% [markdown]
# # 06 · What the clusters mean
#
# **Nobody named anything, and still a cluster tends to hold one kind of event: by its sound in one space, by its look in the other.**
#
# Section 5 of the paper: its Table 6, its Figure 2, and the question behind them. What do the clusters follow?
#
# | | |
# |---|---|
# | **You will see** | Table 6 of audio and video clusters beside the paper's; purity with its interval and beside chance; Figure 2; clusters of the last ranks, and why they may be better than they look; what audio joins and video parts; a label's journey; agreement; the recorded factors that XDC, SDC and random encoders follow |
# | **Run time** | tiny: under a minute. demo: about a minute if the runs of XDC and SDC are there; making one takes about a quarter of an hour on two cores, once |
# | **Reads** | `data/`, and the runs of XDC and SDC in `runs/` if an earlier notebook made them |
# | **Writes** | `runs/…/XDC-…/report/`: Table 6 as CSV, Markdown and LaTeX, and contact sheets |

# %%
from xdc_lab.workbench import Workbench

scale = "demo"  # tiny: seconds · demo: minutes on two cores · paper: GPUs
data = None  # None: the embedded demo set · or a folder of your own videos
device = "auto"  # the GPU where there is one

lab = Workbench(scale=scale, data=data, device=device)
lab

# %%
xdc = lab.pretrain("XDC")
print(lab.note)
print()
print(f"{len(xdc.items)} clips, {xdc.clusters('audio').k} audio and {xdc.clusters('video').k} video clusters")
print(f"{len(xdc.label_names)} labels" if xdc.has_labels else "no labels: purity is left out below")

# %% [markdown]
# ## Table 6: the clusters, ranked
#
# The *purity* of a cluster is the share of its commonest label. Labels enter here for the first time: training never saw one. First and last ranks, each
# with its three commonest labels; what was heard stands on the left. Without labels the most compact clusters come first.

# %%
from xdc_lab.analysis.concepts import table6
from xdc_lab.analysis.tables import to_styler

ours = table6(xdc)
to_styler(ours)

# %% [markdown]
# A cluster may hold one label alone, or two labels that sound (or look) alike. The paper's own Table 6, whose authors picked ranks 1, 2, 8, 10 and 127, 128 of the audio
# clusters, beside ours:

# %%
import pandas as pd
from IPython.display import display

from xdc_lab.results.paper import paper_table6

for modality in ("audio", "video"):
    sides = {"paper": paper_table6().filter(like=modality), "ours": ours.filter(like=modality)}
    display(to_styler(pd.concat(sides, axis=1).fillna("")))

# %% [markdown]
# Kinetics has 400 labels, so its clusters hold many and .33 is a high purity there; compare what goes together, not the numbers.
#
# ### The same as files
#
# `write_report` is what `xdc-lab clusters RUN` does. For one table, `to_markdown`, `to_latex`, `to_csv`:

# %% tags=["nbval-check-output"]
from xdc_lab.analysis.report import write_report

for file in write_report(xdc):
    print(f"report/{file.name}")

# %%
from xdc_lab.analysis.tables import to_latex, to_markdown

print(to_markdown(ours.head(2)))
print()
print(to_latex(ours[["audio rank", "audio concepts"]].head(2)))

# %% [markdown]
# ## How pure, how sure, and what would chance give?
#
# A cluster of four clips looks pure by luck. So beside every purity stands its 95 % interval (Wilson's), and the purity that *as many clips drawn blindly*
# would have.

# %%
from xdc_lab.analysis.concepts import cluster_table

columns = ["rank", "cluster", "size", "purity", "purity_low", "purity_high", "chance_purity", "text"]
heard = cluster_table(xdc, "audio")
to_styler(pd.concat([heard.head(4), heard.tail(2)])[columns])

# %%
from xdc_lab.analysis.charts.clusters import purity_figure
from xdc_lab.analysis.charts.static_twin import show

if xdc.has_labels:
    show(purity_figure(xdc))
else:
    print("These clips have no labels, so there is no purity to draw.")

# %%
for name in xdc.clusterings:
    table = cluster_table(xdc, name)
    sure = int((table["purity_low"] > table["chance_purity"]).sum())
    print(f"{name}: {sure} of {len(table)} clusters have their whole interval above chance")

# %% [markdown]
# Where $k$ exceeds the number of labels, a label must be split among clusters; that costs no purity. Where two labels sound the same, no audio
# cluster can part them, and purity stays near a half however good the encoder is.

# %% [markdown]
# ## Figure 2: the clips nearest to each centroid
#
# The two audio clusters of the first ranks, ten clips each. Under each frame is the log-mel, which is all that the audio encoder got; the picture is there
# for your eyes only.

# %%
from xdc_lab.analysis.pictures.contact_sheet import show_sheet

show_sheet(xdc, "audio")

# %% [markdown]
# And the two video clusters of the first ranks:

# %%
show_sheet(xdc, "video")

# %% [markdown]
# Colours, places and backgrounds vary freely within a cluster: it is not what the picture has in common.
#
# ### The last ranks
#
# The paper looks at its bottom clusters too. Many seem to lack coherence "when viewed through the lens of Kinetics labels", others hold a scene, a farm or a gym. The
# last audio cluster and the last video cluster:

# %%
for name in xdc.clusterings:
    last = cluster_table(xdc, name)["cluster"].iloc[-1]
    show_sheet(xdc, name, clusters=[last], clips=5, framed=False)

# %% [markdown]
# ### Another lens
#
# Are they bad clusters, or is the event the wrong question to ask of them? The demo set records what makes the *sound* and what is *seen* apart from the event (two
# balls look alike, one bounces on a floor and one on a drum). `with_labels` shows the same run through any other column.

# %%
from xdc_lab.clustering.measures import purity

for name, lens in {"audio": "sound", "video": "sight"}.items():
    if lens in xdc.items and xdc.items[lens].notna().any():
        of_it, clusters = xdc.with_labels(lens), xdc.clusters(name).assignment
        scores = [purity(clusters, run.label_codes) for run in (xdc, of_it)]
        print(f"{name} clusters: purity {scores[0]:.2f} by event, {scores[1]:.2f} by {lens}")
    else:
        print(f"These clips have no column {lens}; any column of your own items table can be a lens.")

# %% [markdown]
# Expect the second number to be higher: what a cluster follows is what its modality can tell apart. This is the paper's point that hand-made label spaces "may not be the
# optimal ones".
#
# ## What audio joins and video parts
#
# In Figure 2 scuba diving is with snorkeling by *sound* and with feeding fish by *sight*. `stories` looks for such patterns; one that shuffled labels show as
# strongly is not told.

# %%
from xdc_lab.analysis.stories import stories

told = [story for story in stories(xdc, count=2) if story.kind not in ("figure 2", "table 6")]
table = pd.DataFrame({"what": [s.kind for s in told], "what the data say": [s.sentence for s in told]})
to_styler(table)

# %% [markdown]
# The first label with two neighbours, if there is one: the audio cluster where it meets the one, and the video cluster where it meets the other.

# %%
two = [story for story in told if story.kind == "one label, two neighbours"]
print(two[0].title if two else "No label has two neighbours here beyond what luck makes.")
for name, cluster in two[0].clusters if two else ():
    show_sheet(xdc, name, clusters=[cluster], clips=5, framed=False)

# %% [markdown]
# ## Audio clusters × video clusters
#
# Where do the clips of an audio cluster lie among the video clusters? Clusters that share clips stand together, so a block is something that is heard
# *and* seen as one, whatever its rows and columns are called.

# %%
from xdc_lab.analysis.charts.result import matrix_figure

show(matrix_figure(xdc))

# %%
from xdc_lab.analysis.agreement import shared_clips, shared_table

shared = shared_table(xdc, count=5)
to_styler(shared)

# %% [markdown]
# *Jaccard*: the shared clips among all clips of either cluster. What the first pair shares, on video and on audio:

# %%
from xdc_lab.analysis.pictures.clip_row import clip_row
from xdc_lab.analysis.pictures.display import show_picture

pair = (int(shared["audio"][0]), int(shared["video"][0]))
common = xdc.items.iloc[shared_clips(xdc, pair)[:5]]
show_picture(clip_row(common), words=f"clips in audio cluster {pair[0]} and in video cluster {pair[1]}")

# %% [markdown]
# ## A label's journey
#
# The other way round: where did the clips of one label go? Rows are labels, in one order in both pictures; two labels that share columns cannot be told apart
# there.

# %%
from xdc_lab.analysis.charts.clusters import label_figure
from xdc_lab.analysis.journey import journey

if xdc.has_labels:
    show(label_figure(xdc))
else:
    print("These clips have no labels to follow.")

# %%
if xdc.has_labels:
    first = two[0].items[0] if two else 0
    label = xdc.items["label"].iloc[first] or xdc.label_names[0]
    print(label)
    display(to_styler(journey(xdc, label).groupby("clustering").head(4)))

# %% [markdown]
# ## Agreement: with the labels, with each other, over the iterations
#
# NMI is the measure of the paper's neighbours, but it rewards many small clusters. AMI and ARI are 0 for chance. *hungarian*, the accuracy under the best one-to-one naming,
# needs as many clusters as labels, so it is often empty.

# %%
from xdc_lab.analysis.agreement import agreement_table

sides = {when: agreement_table(xdc, iteration=at) for when, at in {"random encoders": 0, "last iteration": -1}.items()}
to_styler(pd.concat(sides, names=["when"]).reset_index("when"))

# %%
from xdc_lab.analysis.charts.result import clusterings_over_iterations

show(clusterings_over_iterations(xdc))

# %% [markdown]
# Video and audio clusters start out nearly unrelated and come to agree, though neither ever saw the other's input: each learned to predict the other's clusters.
#
# ## Which factor do the clusters follow?
#
# The demo set records what varies in every clip: background, place, brightness, noise, gain, room. A clustering could follow any of them. **SDC**, where each
# encoder learns from its own clusters, has the same budget; random encoders have none.

# %%
from xdc_lab.analysis.charts.clusters import factor_comparison_figure
from xdc_lab.analysis.factors import factor_comparison

if xdc.factors:
    sdc = lab.pretrain("SDC")
    runs = {"random encoders": (xdc, 0), "SDC": (sdc, -1), "XDC": (xdc, -1)}
    for modality in ("audio", "video"):
        show(factor_comparison_figure(factor_comparison(runs, modality), modality))
else:
    print("These clips have no recorded factors (columns factor_*), so there is nothing to compare.")

# %% [markdown]
# Adjusted mutual information: 0 is chance, 1 the same partition. *Background lightness* says nothing of the event, but a picture is full of it: watch
# what SDC's video clusters do with it and what XDC's do. A background cannot be heard, so learning to predict audio leaves it no use. That is the paper's
# argument for crossing the modalities (3.2), asked of every factor by itself:

# %%
if xdc.factors:
    side_by_side = factor_comparison(runs, "video", top=8).rename_axis("what video clusters know of")
    display(to_styler(side_by_side.reset_index()))

# %% [markdown]
# ## Recap
#
# 1. Purity needs company: its interval, what chance would give, and a look at the clips themselves.
# 2. Audio and video group the same clips in their own ways; where they disagree is where they teach each other.
# 3. A cluster follows whatever helps to predict the other modality, so what only one of them can sense falls away.
#
# **Change this and predict.** Replace `(xdc, -1)` by `(xdc, 1)` in `runs` above: the clusters after *one* deep clustering iteration. Which is gone first, the
# background on video or the gain on audio?
#
# Next: [07 · Explore the clusters](07_explore_the_clusters.ipynb), the same clusters to play, hear, select and rate.
