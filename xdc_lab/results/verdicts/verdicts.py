"""Compare measured tables with the paper's claims: claim | paper | ours | agrees (paper 4.2 to 7)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.results.paper_results import paper_results
from xdc_lab.results.summary import summarise
from xdc_lab.results.verdicts.claims import CLAIMS, Claim
from xdc_lab.results.verdicts.margins import DOWNSTREAM, Margin

COLUMNS = ("where", "claim", "protocol", "paper", "ours", "agrees", "holds in", "seeds")
MODALITIES = {"video": "video", "audio": "audio"}
NOT_MEASURED, ONE_SEED = "not measured", "one seed"
VERDICTS = ("yes", "in part", "no", ONE_SEED, NOT_MEASURED)
SHARED = {"audio": ("sound", "sight"), "video": ("sight", "sound")}  # what its clusters should follow, and what not


def verdicts(
    results: Mapping[int, pd.DataFrame], *, runs: Sequence[Result] = (), claims: Sequence[Claim] = CLAIMS
) -> pd.DataFrame:
    """Ask the measured tables what the paper's own were asked, claim by claim.

    A claim is a margin: by how many points one row is above another, or by how many doublings two best k differ. It
    agrees if the margin of the means over seeds is positive wherever it was measured, "in part" if only somewhere; a
    best k of one seed has no verdict. "holds in" counts the seeds and places with a positive margin: what holds in
    each is not the luck of one seed.

    Args:
        results: number of a table -> rows of results; tables that were not measured may be missing or empty.
        runs: pretrainings by XDC, for Section 5's claim about clusters.
        claims: by default all of them.

    Returns:
        One row per claim and protocol that it was measured by: where, claim, protocol, paper, ours (the margin of the
        means ± the standard deviation of the seeds' own margins), agrees (one of `VERDICTS`), holds in ("9 of 10"),
        seeds.
    """
    rows = [row for claim in claims for row in _verdicts_of(claim, results)]
    if claims is CLAIMS:
        rows += [clusters_follow_their_modality(runs)]
        rows.sort(key=lambda row: (row["where"].startswith("Section"), row["where"].split(" (")[0]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def claims_of(study: str) -> tuple[Claim, ...]:
    """The claims of one study or section: "Study 2"."""
    return tuple(claim for claim in CLAIMS if claim.study == study)


def clusters_follow_their_modality(runs: Sequence[Result]) -> dict:
    """Whether audio clusters join what sounds alike, and video clusters what looks alike (paper 5, Figure 2).

    Measured where the items say what is seen and heard (columns sight and sound): the adjusted mutual information of
    a clustering with its own modality's column minus that with the other's.
    """
    margins = [
        Margin("", modality, "", run.meta["seed"], _own_minus_other(run, clustering, modality))
        for run in runs
        if {"sight", "sound"} <= set(run.items)
        for modality in SHARED
        if (clustering := run.clustering_of(modality)) is not None
    ]
    row = {
        "where": "Section 5",
        "claim": "audio clusters join what sounds alike, video clusters what looks alike",
        "paper": "Figure 2: scuba diving with snorkeling on audio, with feeding fish on video",
    }
    return row | _ours(margins, "AMI", measure_with="xdc-lab pretrain --method XDC")


def _verdicts_of(claim: Claim, results: Mapping[int, pd.DataFrame]) -> Iterable[dict]:
    paper = pd.concat([paper_results(number) for number in claim.tables]).drop_duplicates(ignore_index=True)
    row = {
        "where": claim.where,
        "claim": claim.says,
        "paper": _text(asked := list(claim.margins(paper)), asked, claim.unit, by_name=True),
    }
    how = " and ".join(f"xdc-lab table {number}" for number in claim.tables)
    how = f"{how}; it needs {claim.needs}" if claim.needs else how
    measured = [results[number] for number in claim.tables if len(results.get(number, ()))]
    if not measured:
        yield {**row, **_ours([], claim.unit, measure_with=how)}
        return
    # Tables share cells: each counts once.
    ours = pd.concat(measured).drop_duplicates(["run", "score", "method"], ignore_index=True)
    margins = list(claim.margins(ours))
    for protocol in dict.fromkeys(margin.protocol for margin in margins) or ("",):
        chosen = [margin for margin in margins if margin.protocol == protocol]
        of_means = chosen if claim.of_means else _margins_of_means(claim, ours, chosen)
        verdict = _ours(chosen, claim.unit, measure_with=how, of_means=of_means)
        if claim.of_means and chosen:
            verdict |= _of_how_many_seeds(verdict["ours"], _seeds_of_curves(ours, protocol), measure_with=how)
        yield {**row, **verdict, "protocol": protocol}


def _margins_of_means(claim: Claim, table: pd.DataFrame, margins: Sequence[Margin]) -> list[Margin]:
    """The claim asked of the means over those seeds that have all of its rows, place by place.

    The mean of each seed's margin would not do: the best of several others is, in each seed, whichever was lucky.
    """
    found = []
    for place in dict.fromkeys(margin[:3] for margin in margins):
        seeds = {margin.seed for margin in margins if margin[:3] == place}
        means = summarise(table[table["seed"].isin(seeds)]).rename(columns={"mean": "value"})
        asked = claim.margins(means.drop(columns="seeds").assign(seed=0))
        found += [margin for margin in asked if margin[:3] == place]
    return found


def _of_how_many_seeds(ours: str, seeds: int, *, measure_with: str) -> dict:
    """What to say of a best k by its number of seeds: one cannot tell it from luck."""
    if seeds > 1:
        return {"seeds": seeds}
    words = f"{ours} by one seed, which may be luck; several tell: {measure_with}"
    return {"seeds": seeds, "ours": words, "agrees": ONE_SEED, "holds in": ""}


def _seeds_of_curves(table: pd.DataFrame, protocol: str) -> int:
    """The fewest seeds that a curve over k has."""
    rows = table[table["protocol"] == protocol].dropna(subset=["k"])
    return int(rows.groupby([*DOWNSTREAM, "pretraining"])["seed"].nunique().min())


def _ours(margins: Sequence[Margin], unit: str, *, measure_with: str, of_means: Sequence[Margin] | None = None) -> dict:
    """What margins came to.

    Args:
        margins: of each seed.
        unit: of the margins.
        measure_with: the command, said if there are none.
        of_means: of the means over seeds; default: the means of the margins, where that is the same.
    """
    of_means = margins if of_means is None else of_means
    if not of_means:
        return {"protocol": "", "ours": measure_with, "agrees": NOT_MEASURED, "holds in": "", "seeds": 0}
    values = np.array([margin.value for margin in margins])
    means = [np.mean(place) for place in _by_place(of_means, by_name=False).values()]
    agrees = {0: "no", len(means): "yes"}.get(sum(bool(mean > 0) for mean in means), "in part")
    return {
        "protocol": "",
        "ours": _text(of_means, margins, unit, by_name=False),
        "agrees": agrees,
        "holds in": f"{int((values > 0).sum())} of {len(values)}",
        "seeds": len({margin.seed for margin in margins}),
    }


def _text(of_means: Sequence[Margin], margins: Sequence[Margin], unit: str, *, by_name: bool) -> str:
    """Margins of means with the standard deviation over seeds: "seen +12.4 ± 1.0, heard +3.1 ± 0.8 points"."""
    digits = 1 if unit in ("points", "doublings") else 2
    parts, seeds = [], _by_place(margins, by_name=by_name)
    for place, values in _by_place(of_means, by_name=by_name).items():
        spread = f" ± {np.std(seeds[place], ddof=1):.{digits}f}" if len(seeds[place]) > 1 else ""
        parts.append(f"{place} {np.mean(values):+.{digits}f}{spread}")
    return f"{', '.join(parts)} {unit}"


def _by_place(margins: Sequence[Margin], *, by_name: bool) -> dict[str, list[float]]:
    """Margins by downstream set; one set that is seen and heard is told apart by its modality alone."""
    places: dict[str, list[float]] = {}
    several = len({margin.downstream for margin in margins}) > 1
    for margin in margins:
        modality = MODALITIES.get(margin.modality, "")
        name = margin.downstream if by_name or not modality else f"{margin.downstream} {modality}" * several or modality
        places.setdefault(name, []).append(margin.value)
    return places


def _own_minus_other(run: Result, clustering: str, modality: str) -> float:
    assignment = run.clusters(clustering).assignment
    own, other = (run.items[column].to_numpy(dtype=str) for column in SHARED[modality])
    return measures.ami(assignment, own) - measures.ami(assignment, other)
