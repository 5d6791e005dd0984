# %% [markdown]
# # 07 · Explore the clusters
#
# **Look at a cluster, listen to it with the picture off, lasso clips on a map and have them in Python; then send all of it as one file.**
#
# Section 5 of the paper, whose authors showed their clusters on a web page. Here the page is made of your run, works offline, and talks to the notebook.
#
# | | |
# |---|---|
# | **You will see** | the explorer as a widget; a selection that goes to Python and back; UMAP of the audio and of the video space, and how far to trust it; the explorer as one HTML file with a budget; SDC beside XDC; two raters, Cohen's kappa, and names of clusters that become labels of clips |
# | **Run time** | tiny: under a minute. demo: three minutes if the runs of XDC and SDC are there; making one takes about a quarter of an hour on two cores, once |
# | **Reads** | `data/`, and the runs of XDC and SDC in `runs/` if an earlier notebook made them |
# | **Writes** | `runs/…/XDC-…/report/`: maps, `explorer.html`, ratings, a table of named clips; and small previews of clips beside it |

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
# ## The explorer, in the notebook
#
# The lists of audio clusters and of video clusters stand at the side, each sorted as you like. Open one: its ten clips nearest to the centroid, the farthest,
# a random draw. Click a film strip to play it with its sound and its log-mel.

# %%
from xdc_lab.explorers.widget import ClusterExplorer

xdc = lab.pretrain("XDC")
explorer = ClusterExplorer(xdc)
explorer

# %% [markdown]
# No kernel (GitHub, nbconvert, a notebook that is not trusted)? Then a picture of the first audio clusters stands there instead. With one, try this:
#
# - **Listen**: the honest way to evaluate an audio cluster is with the picture off. **Look** does the same for video, **Blind** hides the labels.
# - **Matrix**: which audio cluster meets which video cluster; a cell opens the clips that both hold.
# - **Maps**: both spaces, point for point; the same clip lights up in both.
# - Everything works from the keyboard: Tab, Enter, arrow keys; on a map, arrows go from cluster to cluster and the space bar selects one.
#
# ## Every page is a link
#
# | link | opens |
# |---|---|
# | `a/3`, `v/12` | audio cluster 3, video cluster 12 (their ids in Table 6) |
# | `a/3?clip=17` | the same with clip 17 open |
# | `pair/a.3/v.12` | the clips that both hold |
# | `maps`, `matrix`, `label/0`, `table6`, `rate`, `run` | the other pages; `run` has every setting with its source |
#
# In Python a link is `explorer.link`: it follows you, and when you set it the widget above goes there.

# %%
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.explorers.payload import clustering_keys

best = int(cluster_table(xdc, "audio")["cluster"].iloc[0])
explorer.link = f"{clustering_keys(xdc)['audio']}/{best}"
print("the widget is now at", explorer.link)

# %% [markdown]
# ## What you select comes back
#
# On **Maps**, draw a lasso around some points, then run the next cells: `explorer.selected` are those clips, rows of the items table with their clusters. If
# nothing is selected (this notebook also runs by itself), Python selects: the twelve clips nearest to the centroid of the first audio cluster.

# %%
from xdc_lab.analysis.members import members

if not explorer.selection:
    explorer.selection = members(xdc, "audio", best, count=12).index.tolist()
    explorer.link = "maps"  # where the widget shows them

# %%
from xdc_lab.analysis.tables import to_styler

selected = explorer.selected
print(f"{len(selected)} clips selected")
columns = [name for name in ("label", "duration_seconds", "audio_cluster", "video_cluster") if name in selected]
to_styler(selected[columns].reset_index().head(6))

# %% [markdown]
# One cluster on audio: how many on video? A selection is a DataFrame, so any question is a line:

# %%
selected.groupby(["audio_cluster", "video_cluster"]).size().rename("clips").reset_index()

# %% [markdown]
# And back: the answer to any question in Python is a list of items that the widget can show, here the clips *farthest* from their centroids.

# %%
explorer.selection = xdc.clusters("audio").distance.argsort()[-5:].tolist()
explorer.selected[["path", "audio_cluster"]].assign(path=lambda table: table["path"].str.rsplit("/").str[-1])

# %% [markdown]
# ## UMAP of the two spaces
#
# The audio encoder's features of every clip, laid out on a plane. Names stand above the densest part of each group; groups that share a place share the
# words, which is what audio cannot tell apart.

# %%
from xdc_lab.analysis.charts.result import umap_figure
from xdc_lab.analysis.charts.static_twin import show

colour = "label" if xdc.has_labels else "cluster"
show(umap_figure(xdc, "audio", colour=colour))

# %%
show(umap_figure(xdc, "video", colour=colour))

# %% [markdown]
# The same two maps by cluster: $k$-means never saw the map, so islands that hold several clusters, and clusters that reach over islands, are both to be
# expected.

# %%
show(umap_figure(xdc, "audio"))

# %%
show(umap_figure(xdc, "video"))

# %% [markdown]
# ### How to read a map honestly
#
# UMAP keeps *neighbours*. How well, and what else? The same features with another seed make another map:

# %%
import pandas as pd

from xdc_lab.analysis.map_reading import map_reading

read = {encoder: map_reading(xdc, encoder, seeds=(0, 1)) for encoder in xdc.encoders}
to_styler(pd.concat(read, names=["encoder"]).reset_index("encoder"))

# %% [markdown]
# - *neighbours_kept*: of a clip's ten nearest in feature space, the share that are among its ten nearest on the map; far above *by_chance*. Trust who is beside whom.
# - *distances_kept*: the rank correlation of distances *between clusters* on the map and in feature space; 1 would be a true picture. *as_first_map*: the same
#   with the first seed's map. Where they stay well below 1, how far apart two islands lie is partly a matter of the seed. Who needs a distance takes it from
#   the features.
#
# ## One file to send (a page with nothing behind it)
#
# `export_html` writes clusters, maps, stories and as many media as the budget holds, the most telling first, and prints what it kept and what it dropped. The
# page asks no site for anything.

# %%
from xdc_lab.explorers.html import export_html

export = export_html(xdc, xdc.folder.report / "explorer.html", budget_mb=20)
print(f"\n{lab.shown(export.path)}: {export.bytes / 1e6:.1f} MB")

# %% [markdown]
# Open it in any browser; add `#a/3` to its address for audio cluster 3. What is in it is your choice: a small budget keeps the pictures and the sound of the nearest
# clips, and without media the page is a table that talks.

# %%
from xdc_lab.explorers.previews import KINDS

look_and_listen = tuple(kind for kind in KINDS if kind != "clip")  # film strip, log-mel, sound: no video
choices = [("all kinds", 20, KINDS), ("all kinds", 2, KINDS), ("no video", 2, look_and_listen), ("none", 2, ())]
rows, path = [], xdc.folder.report / "small.html"
for name, budget, media in choices:
    kept = export_html(xdc, path, budget_mb=budget, media=media, report=lambda line: None)
    rows.append({"media": name, "budget": budget, "MB": kept.bytes / 1e6, "last line of the plan": kept.plan[-1]})
to_styler(pd.DataFrame(rows))

# %% [markdown]
# A budget that cannot hold even the numbers is an error that says what is needed:

# %%
from xdc_lab.errors import SettingError

try:
    export_html(xdc, xdc.folder.report / "small.html", budget_mb=0.01, media=())
except SettingError as error:
    print(error)

# %% [markdown]
# ## Two methods in one page
#
# `compare=` sets other runs on the same clips beside this one: under `#run` their purity and NMI, and on a clip what each method put it with. SDC learns each
# modality from itself.

# %%
sdc = lab.pretrain("SDC")
both = export_html(xdc, xdc.folder.report / "explorer_beside_sdc.html", compare=[sdc], report=lambda line: None)
print(f"{lab.shown(both.path)}, {both.bytes / 1e6:.1f} MB: open it at #run")

# %%
from xdc_lab.analysis.comparisons import methods_over_iterations

history = methods_over_iterations({"SDC": sdc, "XDC": xdc})
last = history[history["iteration"] == history["iteration"].max()]
columns = ["method", "clustering", "k", "purity", "nmi_label", "nmi_other"]
to_styler(last[columns])

# %% [markdown]
# ## Does it cohere? Ask people
#
# The paper says that many clusters "appear to lack semantic coherence". **Rate** turns that into a count: one cluster after the other, audio clusters with the picture off,
# names and numbers hidden, in an order of the rater's own. *Yes, no, unsure*, a name, a note; **Export as JSON**. The same file from Python, for two raters whose answers
# are **made up for this example**:

# %%
from xdc_lab.explorers.ratings import Ratings, read_ratings, write_ratings

first = cluster_table(xdc, "audio").head(8)
names = [concepts[0][0] if concepts else f"sounds {n}" for n, concepts in enumerate(first["concepts"], start=1)]
half = len(first) // 2
yes_then_no = ["yes"] * (len(first) - half) + ["no"] * half
answers = {"ada (made up)": yes_then_no, "bob (made up)": ["unsure", *yes_then_no[1:]]}
files = {}
for rater, says in answers.items():
    table = pd.DataFrame({"clustering": "audio", "cluster": first["cluster"], "coherent": says})
    ratings = Ratings(xdc.meta["id"], rater, table.assign(name=names, note=""))
    files[rater] = write_ratings(ratings, xdc.folder.report / f"ratings-{rater[:3]}.json")

# %% [markdown]
# `read_ratings` is how an exported file comes in. It is checked: another run's ratings, or a cluster that does not exist, is refused. *kappa* is Cohen's: agreement beyond what
# chance alone would make, 0 for none and 1 for full.

# %%
from xdc_lab.explorers.ratings import coherence_table, kappa_table

ada, bob = (read_ratings(file, result=xdc) for file in files.values())
display(to_styler(coherence_table([ada, bob])))
display(to_styler(kappa_table(ada, bob)))

# %% [markdown]
# ## Names become labels of your clips
#
# Whoever names clusters has labelled clips: every clip gets the name of its cluster, and clusters without a name stay unlabelled. That is how a folder
# without labels gets some, in minutes.

# %%
from xdc_lab.explorers.ratings import named_labels

named = named_labels(xdc, ada, "audio")
named.replace("", "(no name)").value_counts().rename("clips").reset_index()

# %% [markdown]
# The run seen through these names (`with_labels`): which video clusters hold what was named *on audio*?

# %%
from xdc_lab.analysis.concepts import table6

through_names = xdc.with_labels(named)
to_styler(table6(through_names, top=3, bottom=1)[["video rank", "video concepts"]])

# %% [markdown]
# Written as an items table, it is a collection like any other: `data = "….csv"` in the settings cell of any notebook, or `xdc-lab pretrain --data ….csv`.

# %%
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.items import write_items

collection = xdc.folder.report / "named_clips.csv"
write_items(through_names.items[through_names.items["label"] != ""], collection)
print(f"{lab.shown(collection)}: {len(load_items(collection))} named clips of {len(xdc.items)}")

# %% [markdown]
# ## Recap
#
# 1. One renderer, two homes: in the notebook it answers to Python, as a file it answers to nobody and needs nothing.
# 2. A map shows who is beside whom. It has no scale, and another seed is another map.
# 3. Coherence can be counted, raters compared, and their names turned into labels.
#
# **Change this and predict.** In `answers`, let bob say yes to everything: `["yes"] * len(first)`. He agrees with ada about half of the time. What does kappa become,
# and why?
#
# Next: [08 · Finetune or fc-only](08_finetune_or_fc_only.ipynb), what the encoders are worth when there *are* labels.
