"""Table 2: XDC over the number of k-means clusters, a curve (paper 4.2, Study 2)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.results.report import write_study_report
from xdc_lab.studies.demo_data import curated, downstreams
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import Collection, make_source, open_place
from xdc_lab.studies.study import cells_of, run_study


def table2(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2),
    ks: Sequence[int] | None = None,
    sizes: Sequence[int | None] = (None,),
    rows: Sequence[str] = ("XDC",),
    protocols: Sequence[str] = ("full finetuning",),
    data: str | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Pretrain with each number of clusters and judge (Table 2); arguments and result as `table1`.

    Args:
        ks: the numbers of clusters; default: the scale's (demo: 4 to 128 for 16 event classes).
        sizes: numbers of pretraining clips, None for all: the best k of two sizes is Study 2's third observation.
    """
    settings = settings or study_settings(scale)
    whole = curated(scale, data)
    sources = [
        make_source(row, seed, Collection(whole.name, whole.data, size), k=k)
        for seed in seeds
        for size in sizes
        for k in ks or settings.ks
        for row in rows
    ]
    place = open_place("table2", out, scale, settings, device=device, progress=progress)
    cells = cells_of(
        sources, protocols=protocols, downstreams=downstreams(scale, downstream, data=data), splits=1
    )
    results = run_study(cells, place, jobs=jobs)
    write_study_report(results, place.results.parent, number=2)
    return results
