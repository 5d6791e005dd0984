"""Compare measured tables with the paper's claims: claim | paper | ours | verdict (paper 4.2 to 7)."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from xdc_lab.analysis.result import Result
from xdc_lab.clustering import measures
from xdc_lab.results.paper_results import paper_results
from xdc_lab.results.verdicts.claims import CLAIMS, Claim
from xdc_lab.results.verdicts.findings import AGREES, CANT_TELL, CONTRADICTS, IN_PART, Finding, Margin, findings, in_all

COLUMNS = ("where", "claim", "protocol", "paper", "ours", "verdict", "seeds")
NOT_MEASURED = "not measured"
VERDICTS = (AGREES, IN_PART, CONTRADICTS, CANT_TELL, NOT_MEASURED)
SHARED = {"audio": ("sound", "sight"), "video": ("sight", "sound")}  # what its clusters should follow, and what not


def verdicts(
    results: Mapping[int, pd.DataFrame], *, runs: Sequence[Result] = (), claims: Sequence[Claim] = CLAIMS
) -> pd.DataFrame:
    """Ask the measured tables what the paper's own were asked, claim by claim.

    A claim is a margin: by how many points one row is above another, seed by seed, or by how many doublings two best k
    differ. The verdict is that of its mean's 95 % interval over seeds: "agrees" above 0, "contradicts" below, else
    "can't tell", as with one seed; "in part" if it agrees in some places (audio, video) and not in others
    (`xdc_lab.results.verdicts.findings`).

    Args:
        results: number of a table -> rows of results; tables that were not measured may be missing or empty.
        runs: pretrainings by XDC, for Section 5's claim about clusters.
        claims: by default all of them.

    Returns:
        One row per claim and protocol that it was measured by: where, claim, protocol, paper, ours (each place's mean
        margin [95 % interval], with the seeds and about how many would be needed to tell), verdict (one of
        `VERDICTS`), seeds (the fewest behind a margin).
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
    return row | _ours(findings(margins), "AMI", measure_with="xdc-lab pretrain --method XDC")


def _verdicts_of(claim: Claim, results: Mapping[int, pd.DataFrame]) -> Iterator[dict]:
    paper = pd.concat([paper_results(number) for number in claim.tables]).drop_duplicates(ignore_index=True)
    row = {"where": claim.where, "claim": claim.says, "paper": _papers(claim, paper)}
    how = " and ".join(f"xdc-lab table {number}" for number in claim.tables)
    how = f"{how}; it needs {claim.needs}" if claim.needs else how
    measured = [results[number] for number in claim.tables if len(results.get(number, ()))]
    found: list[Finding] = []
    if measured:  # tables share cells: each counts once
        ours = pd.concat(measured).drop_duplicates(["run", "score", "method"], ignore_index=True)
        found = findings(claim.margins(ours))
    for protocol in dict.fromkeys(one.protocol for one in found) or ("",):
        chosen = [one for one in found if one.protocol == protocol]
        yield {**row, **_ours(chosen, claim.unit, measure_with=how), "protocol": protocol}


def _papers(claim: Claim, table: pd.DataFrame) -> str:
    """The paper's margins, of one run each: of a claim of several parts, that of its weakest."""
    places: dict[str, list[float]] = {}
    for one in claim.margins(table):
        places.setdefault(one.downstream, []).append(one.value)
    digits = 1 if claim.unit in ("points", "doublings") else 2
    return f"{', '.join(f'{name} {min(values):+.{digits}f}' for name, values in places.items())} {claim.unit}"


def _ours(found: Sequence[Finding], unit: str, *, measure_with: str) -> dict:
    """What findings came to; `measure_with` is the command that is said if there are none."""
    if not found:
        return {"protocol": "", "ours": measure_with, "verdict": NOT_MEASURED, "seeds": 0}
    several = len({one.downstream for one in found}) > 1
    return {
        "protocol": "",
        "ours": ", ".join(f"{_place(one, several)} {one.in_words(unit)}" for one in found),
        "verdict": in_all(found),
        "seeds": min(one.seeds for one in found),
    }


def _place(one: Finding, several: bool) -> str:
    """A downstream set's name; one set that is seen and heard is told apart by its modality alone."""
    if not one.modality:
        return one.downstream
    return f"{one.downstream} {one.modality}" if several else one.modality


def _own_minus_other(run: Result, clustering: str, modality: str) -> float:
    assignment = run.clusters(clustering).assignment
    own, other = (run.items[column].to_numpy(dtype=str) for column in SHARED[modality])
    return measures.ami(assignment, own) - measures.ami(assignment, other)
