"""Figures of results: the methods of Table 1, Table 2 over k, Table 4 over size; the paper above, ours below."""

from collections.abc import Callable
from functools import partial

import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from xdc_lab.analysis.palette import INK, MORE_COLOURS, MUTED, STYLE
from xdc_lab.results.paper import paper_table

COLOURS = (*MORE_COLOURS, MUTED, INK)  # of curves; the modalities' own colours would mean something else
ACCURACY = "top-1 accuracy, %"
METHOD_COLOURS = {"Scratch": MUTED, "Superv": MUTED, "XDC": COLOURS[2]}  # the others have the first
MARKERS = ("o", "s", "^", "D", "v", "P")


def figure_of_methods(results: pd.DataFrame | None = None) -> Figure:
    """Draw the accuracy of each method: the paper's Table 1, and ours beside it with a dot per seed.

    Args:
        results: rows of Table 1, a row of panels for each set of labelled items; None draws the paper alone.
    """
    paper = paper_table(1).rename(columns={"top1_percent": "value"}).dropna(subset=["value"])
    panels = [(f"paper: {name}", rows) for name, rows in paper.groupby("downstream", sort=False)]
    order = list(dict.fromkeys(paper["method"]))
    if results is None or results.empty:
        return _figure([panels], partial(_methods_panel, order=order), label=ACCURACY)
    order += [name for name in dict.fromkeys(results["method"]) if name not in order]
    sides = [panels]
    worlds = results["downstream"].nunique()
    for world, its in results.groupby("downstream", sort=False):
        whose = f"ours, {world}" if worlds > 1 else "ours"
        places = its.groupby(["modality", "protocol"], sort=False)
        sides.append([(f"{whose}: {modality}, {protocol}", rows) for (modality, protocol), rows in places])
    return _figure(sides, partial(_methods_panel, order=order), label=ACCURACY)


def figure_over_k(results: pd.DataFrame | None = None) -> Figure:
    """Draw accuracy over the number of clusters: the paper's Table 2, and ours beside it.

    Args:
        results: rows of Table 2; None draws the paper alone.
    """
    paper = paper_table(2).rename(columns={"top1_percent": "value"})
    paper["curve"] = paper["pretraining"]
    panels = [(f"paper: {name}", rows) for name, rows in paper.groupby("downstream", sort=False)]
    ours = _ours(results, ["method", "pretraining", "pretraining_size"])
    return _figure([panels, ours], partial(_curves_panel, x="k"), label="clusters (k)")


def figure_over_size(results: pd.DataFrame | None = None) -> Figure:
    """Draw accuracy over the size of the pretraining data, curated and not: the paper's Table 4, and ours.

    Args:
        results: rows of Table 4; None draws the paper alone.
    """
    paper = paper_table(4).rename(columns={"top1_percent": "value"})
    paper = paper[paper["pretraining"] != "difference"].assign(curve=lambda rows: rows["pretraining"])
    panels = [(f"paper: {name}", rows) for name, rows in paper.groupby("downstream", sort=False)]
    ours = _ours(results, ["pretraining"])
    return _figure([panels, ours], partial(_curves_panel, x="pretraining_size"), label="videos to pretrain on")


def _ours(results: pd.DataFrame | None, curves: list[str]) -> list[tuple[str, pd.DataFrame]]:
    """One panel a downstream modality; one curve a protocol and what `curves` name, as far as there are several."""
    if results is None or results.empty:
        return []
    first, *others = curves
    names = [first, *(name for name in others if results[name].nunique() > 1), "protocol"]
    rows = results.assign(curve=results[names].astype(str).agg(", ".join, axis=1))
    panels = rows.groupby(["downstream", "modality"], sort=False)
    return [(f"ours: {downstream}, {modality}", part) for (downstream, modality), part in panels]


@rc_context(STYLE)
def _figure(
    sides: list[list[tuple[str, pd.DataFrame]]], draw: Callable[[Axes, pd.DataFrame], None], *, label: str
) -> Figure:
    """One row of panels a side: the paper's above, ours below."""
    sides = [panels for panels in sides if panels]
    columns = max(map(len, sides))
    figure = Figure(figsize=(3.4 * columns, 3.2 * len(sides)), layout="constrained")
    for row, panels in enumerate(sides):
        drawn = []
        for column, (title, rows) in enumerate(panels):
            axes = figure.add_subplot(len(sides), columns, row * columns + column + 1)
            draw(axes, rows)
            drawn.append(axes)
            axes.set_title(title)
            axes.set_xlabel(label)
            if column:
                axes.set_ylabel("")
        named = {name: line for axes in drawn for line, name in zip(*axes.get_legend_handles_labels(), strict=True)}
        if named:  # one legend for the row, beside its last panel
            drawn[-1].legend(list(named.values()), list(named), loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _methods_panel(axes: Axes, rows: pd.DataFrame, *, order: list[str]) -> None:
    """A bar per method as long as its mean, a dot per seed, and the mean in numbers."""
    values = {name: rows.loc[rows["method"] == name, "value"].to_numpy() for name in order}
    values = {name: found for name, found in values.items() if len(found)}
    for place, (name, found) in enumerate(values.items()):
        colour = METHOD_COLOURS.get(name, COLOURS[0])
        axes.barh(place, found.mean(), height=0.66, color=colour, alpha=0.28)
        axes.plot(found, [place] * len(found), "o", color=colour, markersize=4, alpha=0.8)
        spread = f" ± {found.std(ddof=1):.1f}" if len(found) > 1 else ""
        axes.text(103, place, f"{found.mean():.1f}{spread}", va="center")
    axes.set_yticks(range(len(values)), list(values))
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.grid(visible=False, axis="y")


def _curves_panel(axes: Axes, rows: pd.DataFrame, *, x: str) -> None:
    """One line a curve, the mean over seeds with its standard deviation."""
    for number, (name, curve) in enumerate(rows.groupby("curve", sort=False)):
        points = curve.groupby(x)["value"].agg(["mean", "std"]).fillna(0.0)
        axes.errorbar(
            points.index,
            points["mean"],
            yerr=points["std"] if (points["std"] > 0).any() else None,
            label=str(name),
            color=COLOURS[number % len(COLOURS)],
            marker=MARKERS[number % len(MARKERS)],
            capsize=3,
        )
    axes.set_xscale("log", base=2)
    ticks = sorted(set(rows[x].tolist()))
    axes.set_xticks(ticks, [short_number(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_ylabel(ACCURACY)


def short_number(number: float) -> str:
    """Write 65000000 as 65M.

    >>> [short_number(number) for number in (64, 960, 240_000, 16_000_000)]
    ['64', '960', '240K', '16M']
    """
    if number >= 1e6:
        return f"{number / 1e6:g}M"
    return f"{number / 1e3:g}K" if number >= 1e4 else f"{number:g}"
