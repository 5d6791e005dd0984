"""Table 3: XDC and supervised pretraining on data of other types and sizes (paper 4.2, Study 3)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.results.report import write_study_report
from xdc_lab.studies.demo_data import curated, downstreams, uncurated
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import Collection, make_source, open_place
from xdc_lab.studies.study import cells_of, run_study


def table3(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2),
    rows: Sequence[str] = ("Scratch", "Superv", "XDC"),
    protocols: Sequence[str] = ("full finetuning",),
    data: str | None = None,
    uncurated_data: str | None = None,
    sizes: Sequence[int | None] | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Pretrain on data of two types and several sizes and judge (Table 3); arguments and result as `table1`.

    At the demo scale the curated clips show the downstream events (for Kinetics), the uncurated sibling only others
    (for AudioSet and IG-Random: another distribution); sizes are hundreds of clips, not millions. The budget is the
    same number of epochs, as in the paper's Study 3 unless its supplementary says otherwise: more data is more steps.

    Args:
        uncurated_data: the other type of data; default: the scale's uncurated sibling, rendered if missing.
        sizes: numbers of pretraining clips, None for all; default: the scale's.
    """
    settings = settings or study_settings(scale)
    collections = [
        Collection(kind.name, kind.data, size)
        for kind in (curated(scale, data), uncurated(scale, uncurated_data))
        for size in sizes or settings.sizes
    ]
    # A random encoder is the same source on every collection, and is judged once.
    sources = dict.fromkeys(
        make_source(row, seed, collection) for seed in seeds for row in rows for collection in collections
    )
    place = open_place("table3", out, scale, settings, device=device, progress=progress)
    cells = cells_of(
        list(sources), protocols=protocols, downstreams=downstreams(scale, downstream, data=data), splits=1
    )
    results = run_study(cells, place, jobs=jobs)
    write_study_report(results, place.results.parent, number=3)
    return results
