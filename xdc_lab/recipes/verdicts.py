"""Measured tables in, which claims of the paper came out here out: claim | paper | ours | agrees (paper 4.2 to 7)."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.evaluation.paper_results import paper_results
from xdc_lab.recipes.claims import CLAIMS, Claim
from xdc_lab.recipes.margins import Margin

COLUMNS = ("where", "claim", "protocol", "paper", "ours", "agrees", "holds in", "seeds")
SENSES = {"video": "seen", "audio": "heard"}
NOT_MEASURED = "not measured"
VERDICTS = ("yes", "in part", "no", NOT_MEASURED)
SHARED = {
    "audio": ("sound", "sight"),
    "video": ("sight", "sound"),
}  # what its clusters should follow, and what not


def verdicts(
    results: Mapping[int, pd.DataFrame],
    *,
    runs: Sequence[Result] = (),
    claims: Sequence[Claim] = CLAIMS,
) -> pd.DataFrame:
    """Ask the measured tables what the paper's own were asked, claim by claim.

    A claim is a margin: by how many points one row is above another, or by how many doublings two best k differ. It
    agrees if the mean margin over seeds is positive wherever it was measured, "in part" if only somewhere. "holds in"
    counts the seeds and places with a positive margin: what comes out in each is no luck of one seed.

    Args:
        results: number of a table -> rows of results; tables that were not measured may be missing or empty.
        runs: pretrainings by XDC, for Section 5's claim about clusters.
        claims: by default all of them.

    Returns:
        One row a claim and protocol that it was measured by: where, claim, protocol, paper, ours, agrees ("yes", "no",
        "in part", "not measured"), holds in ("9 of 10"), seeds.
    """
    rows = [row for claim in claims for row in _judge(claim, results)]
    if claims is CLAIMS:
        rows += [clusters_follow_their_sense(runs)]
        rows.sort(key=lambda row: (row["where"].startswith("Section"), row["where"].split(" (")[0]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def claims_of(study: str) -> tuple[Claim, ...]:
    """The claims of one study or section: "Study 2"."""
    return tuple(claim for claim in CLAIMS if claim.study == study)


def clusters_follow_their_sense(runs: Sequence[Result]) -> dict:
    """Whether audio clusters join what sounds alike, and video clusters what looks alike (paper 5, Figure 2).

    Measured where the items say what is seen and heard (columns sight and sound): the adjusted mutual information of
    a clustering with its own sense's column minus that with the other's.
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
        "paper": "Figure 2: scuba diving with snorkeling by ear, with feeding fish by sight",
    }
    return row | _ours(margins, "AMI", measure_with="xdc-lab pretrain --method XDC")


def _judge(claim: Claim, results: Mapping[int, pd.DataFrame]) -> Iterable[dict]:
    paper = pd.concat([paper_results(number) for number in claim.tables]).drop_duplicates(ignore_index=True)
    row = {
        "where": claim.where,
        "claim": claim.says,
        "paper": _text(claim.margins(paper), claim.unit, by_name=True),
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
        judged = _ours(chosen, claim.unit, measure_with=how)
        seeds = ours["seed"].nunique() if claim.of_means and chosen else judged["seeds"]
        yield {**row, **judged, "protocol": protocol, "seeds": seeds}


def _ours(margins: Sequence[Margin], unit: str, *, measure_with: str) -> dict:
    if not margins:
        return {
            "protocol": "",
            "ours": measure_with,
            "agrees": NOT_MEASURED,
            "holds in": "",
            "seeds": 0,
        }
    values = np.array([margin.value for margin in margins])
    means = [np.mean(place) for place in _by_place(margins, by_name=False).values()]
    agrees = {0: "no", len(means): "yes"}.get(sum(bool(mean > 0) for mean in means), "in part")
    return {
        "protocol": "",
        "ours": _text(margins, unit, by_name=False),
        "agrees": agrees,
        "holds in": f"{int((values > 0).sum())} of {len(values)}",
        "seeds": len({margin.seed for margin in margins}),
    }


def _text(margins: Iterable[Margin], unit: str, *, by_name: bool) -> str:
    """Means over seeds with their standard deviation: "seen +12.4 ± 1.0, heard +3.1 ± 0.8 points"."""
    digits = 1 if unit in ("points", "doublings") else 2
    parts = []
    for place, values in _by_place(list(margins), by_name=by_name).items():
        spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
        parts.append(f"{place} {np.mean(values):+.{digits}f}{spread}")
    return f"{', '.join(parts)} {unit}"


def _by_place(margins: Sequence[Margin], *, by_name: bool) -> dict[str, list[float]]:
    """Margins by downstream set; one set that is seen and heard is told apart by its sense alone."""
    places: dict[str, list[float]] = {}
    several = len({margin.downstream for margin in margins}) > 1
    for margin in margins:
        sense = SENSES.get(margin.modality, "")
        name = (
            margin.downstream if by_name or not sense else f"{margin.downstream} {sense}" * several or sense
        )
        places.setdefault(name, []).append(margin.value)
    return places


def _own_minus_other(run: Result, clustering: str, modality: str) -> float:
    assignment = run.clusters(clustering).assignment
    own, other = (run.items[column].to_numpy(dtype=str) for column in SHARED[modality])
    return measures.ami(assignment, own) - measures.ami(assignment, other)
