"""Table 5: frozen features (fc-only) or full finetuning, of random, supervised and XDC encoders (paper 4.2)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.results.report import write_study_report
from xdc_lab.studies.demo_data import curated, downstreams
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import make_source, open_place
from xdc_lab.studies.study import cells_of, run_study

PROTOCOLS = ("fc-only", "full finetuning", "retrieval")


def table5(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    rows: Sequence[str] = ("Random", "Superv", "XDC"),
    protocols: Sequence[str] = PROTOCOLS,
    data: str | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Judge the same encoders frozen and finetuned (Table 5), and by retrieval; arguments and result as `table1`.

    Where `table1` has run with the same settings and folder, its pretrainings are used.
    """
    settings, collection = settings or study_settings(scale), curated(scale, data)
    sources = [make_source(row, seed, collection) for seed in seeds for row in rows]
    place = open_place("table5", out, scale, settings, device=device, progress=progress)
    cells = cells_of(
        sources, protocols=protocols, downstreams=downstreams(scale, downstream, data=data), splits=1
    )
    results = run_study(cells, place, jobs=jobs)
    write_study_report(results, place.results.parent, number=5)
    return results
