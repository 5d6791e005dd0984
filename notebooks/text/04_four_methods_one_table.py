# %% [markdown]
# # 04 · Four methods, one table
#
# **SDC, MDC, CDC and XDC are one program. They differ in who learns from whom, and that is a table of a few words.**
#
# Section 3 of the paper, its Figure 1, and the question of Study 1 (4.2): with the same clips and the same budget, which clusters come to know what happens in a video?
#
# | | |
# |---|---|
# | **You will see** | Figure 1 drawn from the table; four pretrainings side by side; what each method's clusters follow (the event, or the background); one cluster's history to slide through; a method of your own |
# | **Run time** | tiny: under a minute. demo: seconds once the four runs are there; about 25 minutes on two cores the first time. Stopped on the way, it resumes |
# | **Reads** | the runs of SDC, MDC, CDC and XDC in `runs/`, if they are there |
# | **Writes** | those that are not |

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
# ## The table (3.1, 3.2)
#
# `video ← audio` reads: the video encoder learns the audio clusters. A plus sign joins features before they are clustered.

# %%
import pandas as pd

from xdc_lab.methods import METHODS, methods_table

pd.DataFrame(methods_table()).style.hide(axis="index").set_properties(**{"text-align": "left"})

# %% [markdown]
# The two rows of XDC-2 are the paper's controls, same-modality-XDC (Table 1): XDC's way of learning, but without a second modality. SDC is DeepCluster, and DeepCluster
# guards against trivial solutions: it whitens the features before $k$-means, draws every cluster equally often, and (here at scale paper alone) clusters
# again after each epoch. The paper needed that for SDC alone. SDC-plain is the same table row without these remedies.
#
# ## Figure 1, drawn from the table
#
# Nothing in this picture was placed by hand. Follow the dashed arrows: in SDC each encoder hears only itself, in XDC never.

# %%
from xdc_lab.analysis.pictures.display import show_picture
from xdc_lab.analysis.pictures.method_picture import draw_methods

names = ("SDC", "MDC", "CDC", "XDC")
picture = draw_methods([METHODS[name] for name in names])
show_picture(picture, words="Figure 1: features go to k-means, pseudo-labels come back", scale=1.25)

# %% [markdown]
# What follows from the table, and from nothing else: what to cluster, how many heads each encoder has, what a loss sums over.

# %% tags=["nbval-check-output"]
for name in names:
    method = METHODS[name]
    print(f"{name}: clusters {' and '.join(method.clusterings_needed)}; heads {method.heads}")

# %% [markdown]
# ## Four pretrainings, one budget (4.2, Study 1)
#
# The same clips, networks, seeds, $k$, epochs and iterations. `lab.pretrain` reads a run that is there, goes on with one that was stopped, and makes one that is
# missing. At scale demo four of them take about 25 minutes the first time; interrupt the kernel whenever you like and run the cell again.

# %%
results = {name: lab.pretrain(name) for name in names}

# %% [markdown]
# ## What they come to know, iteration by iteration
#
# **NMI with the label** and **purity**, on the left of what is heard, on the right of what is seen. No training saw a label. (Without labels the figure shows how
# much the clusterings still change.) CDC has one clustering of both modalities, so the same line is in both halves.

# %%
from xdc_lab.analysis.charts.static_twin import show
from xdc_lab.analysis.comparisons import methods_figure

show(methods_figure(results))

# %% [markdown]
# *At scale demo or larger, look at the video half first:* SDC, MDC and XDC begin at one point, for their first clusters are the same; where do they end? CDC is hard to
# compare here, for its one clustering has seen *and* heard. So take each encoder alone: cluster its last features, in the same way for all methods.

# %%
from xdc_lab.analysis.comparisons import encoders_table

table = encoders_table(results, settings=lab.settings.pretraining.kmeans)
table.style.hide(axis="index").format(precision=2, na_rep="")

# %% [markdown]
# `nmi_other` is how much a method's two encoders agree. SDC gives them no reason to.
#
# The paper's Table 1 measures the encoders downstream (finetuned, top-1 accuracy). Its numbers, beside which ours stand in
# [13 · Paper and ours](13_paper_and_ours.ipynb):

# %%
from xdc_lab.results.paper import paper_view

paper_view(1)

# %% [markdown]
# ## What do clusters follow, if not the event? (5)
#
# The demo set knows what it was rendered from: background, colours, camera, noise, gain, and the event. Adjusted mutual information of the last clusters
# with each (0: chance, 1: the same groups), the event first:

# %%
from xdc_lab.analysis.comparisons import factors_matrix
from xdc_lab.errors import DataError

try:
    show(factors_matrix(results))
except DataError as error:
    print(f"Nothing to compare with: {error}")

# %% [markdown]
# One modality alone is free to sort by whatever is easy: how light the background is, how loud the clip. The other modality knows nothing of that, so its clusters
# cannot teach it. That is why XDC should be darkest at the event and pale elsewhere; whether it is, at a scale that is large enough to learn, this picture shows.
#
# ## How the two modalities come together
#
# Audio clusters by video clusters, in every iteration: blocks where both tell the same clips apart. SDC above, XDC below.

# %%
from xdc_lab.analysis.pictures.iteration_strip import matrix_strip

for name in ("SDC", "XDC"):
    words = f"{name}: audio clusters by video clusters in every iteration"
    show_picture(matrix_strip(results[name]), words=words)

# %% [markdown]
# ## One cluster's history
#
# Take the cluster whose purity is surest and look back: in each iteration, the cluster that shares most clips with it, and its four clips nearest to the centroid. A
# coloured name is another event than the one that the cluster ends with.

# %%
from xdc_lab.analysis.pictures.iteration_strip import iteration_strip

xdc = results["XDC"]
show_picture(iteration_strip(xdc, "video"), words="one video cluster of XDC in every iteration")

# %% [markdown]
# The same, larger: with a kernel running, drag the slider or press play. (Without one, the last iteration stands here.)

# %%
from xdc_lab.explorers.iteration_slider import slide_sheets

slide_sheets(xdc, "video")

# %% [markdown]
# `slide_sheets(results["SDC"], "video")` shows what SDC makes of it; `slide_matrix(xdc)`, from the same module, slides over the matrix above, with names.
#
# ## A method of your own is one line
#
# Say that only audio teaches: the audio clusters are pseudo-labels for both encoders.

# %%
from dataclasses import replace

both = {"video": ("audio",), "audio": ("audio",)}
mine = replace(METHODS["XDC"], name="ear-teaches", supervision=both)
show_picture(draw_methods([mine]), words=f"a method of one's own: {mine.describe()}", scale=1.25)

# %% [markdown]
# The video clusters are grey: nobody learns them, so they are never made. What the table cannot mean is an error before anything is trained:

# %% tags=["nbval-check-output"]
from xdc_lab.errors import XdcError

wrong = (
    {"supervision": {"video": ("audio",)}},  # XDC for video only: then who teaches the audio encoder?
    {"supervision": {"video": ("sound",), "audio": ("video",)}},
    {"encoders": {"video": "video", "audio": "radio"}},
    {"clusterings": {"video": "video", "audio": ("audio",)}},
)
for change in wrong:
    try:
        replace(METHODS["XDC"], name="wrong", **change)
    except XdcError as error:
        print(f"{error}\n")

# %% [markdown]
# ## ... and it runs
#
# Any `Method` goes where a name goes; its run gets a folder of its own and joins the figure. At scale demo it takes as long as each of the others, a quarter of the
# time above, so there it is only read, unless you say `try_mine = True`.

# %% [markdown]
# ## Recap
#
# 1. A method is a row: encoders, clusterings, who learns from whom. Engine, loss and heads follow; no line of code asks for a method's name.
# 2. Same clips, same budget, same first clusters: what sets SDC's line and XDC's apart is who teaches. What one modality cannot tell apart by itself, the other may.
# 3. A modality that only listens to itself is tempted by backgrounds and loudness; the factors say how far it gave in.
#
# **Change this and predict.** Turn `mine` round, so that only *video* teaches (`("video",)` for both), and set `try_mine = True`. Which of the two teachers makes the
# better video encoder? Look at iteration 0 in the figure before you answer.
#
# Next: [05 · Pretrain with XDC](05_pretrain_with_xdc.ipynb), the full loop with every setting.
