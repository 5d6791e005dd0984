"""Table 1: Scratch, Superv, SDC, MDC, CDC, XDC and same-modality XDC under one budget (paper 4.2, Study 1)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.methods import METHODS
from xdc_lab.results.report import write_study_report
from xdc_lab.studies.demo_data import curated, downstreams
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import make_source, open_place
from xdc_lab.studies.study import cells_of, run_study

ROWS = ("Scratch", "Superv", *METHODS)
PROTOCOLS = ("fc-only", "full finetuning")


def table1(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    rows: Sequence[str] = ROWS,
    protocols: Sequence[str] = PROTOCOLS,
    k: int | None = None,
    data: str | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Compare the methods (Table 1): each is pretrained and judged with the same budget, seed by seed.

    Scratch under fc-only is a frozen random encoder, Table 5's first row. At the demo scale the demo set's training
    clips stand for Kinetics, its downstream clips seen for UCF101 and HMDB51, and heard for ESC50.

    Args:
        out: folder of all runs; default: runs, shared by all tables.
        scale: "tiny", "demo" or "paper".
        seeds: of everything random; rows are compared seed by seed.
        rows: "Scratch", "Superv" and keys of `METHODS`.
        protocols: names of protocols.
        k: clusters; default: the scale's.
        data: what to pretrain on; default: the scale's.
        downstream: pairs of a labelled collection and a modality, judged on split 1 as in the paper; default: the
            scale's.
        settings: default: the scale's.
        jobs: processes side by side, one thread each.
        device: "auto", "cpu", "cuda".
        progress: show bars.

    Returns:
        One row a cell (`xdc_lab.results.rows.COLUMNS`); the same, means and paired differences lie in
        OUT/tables/SCALE/table1.
    """
    settings, collection = settings or study_settings(scale), curated(scale, data)
    sources = [make_source(row, seed, collection, k=k) for seed in seeds for row in rows]
    place = open_place("table1", out, scale, settings, device=device, progress=progress)
    cells = cells_of(
        sources, protocols=protocols, downstreams=downstreams(scale, downstream, data=data), splits=1
    )
    results = run_study(cells, place, jobs=jobs)
    write_study_report(results, place.results.parent, number=1)
    return results
