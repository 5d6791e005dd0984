"""Real sounds: audio encoders pretrained by each method, judged on ESC-50's layout in five folds (paper 4.1)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.datasets.catalogue import name_of
from xdc_lab.results.report import Comparison, write_study_report
from xdc_lab.studies.demo_data import curated
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import Collection, make_source, open_place
from xdc_lab.studies.study import cells_of, run_study

ROWS = ("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC", "XDC-2-audio")
PROTOCOLS = ("fc-only", "full finetuning")


def esc10(
    esc: str | Path,
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2),
    rows: Sequence[str] = ROWS,
    protocols: Sequence[str] = PROTOCOLS,
    data: str | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Judge audio encoders on real sounds, the mean over five folds; other arguments and result as `table1`.

    Scratch under fc-only is a frozen random encoder. The pretrainings are those of `table1` where it has run. The demo
    set's sounds are synthetic: whether pretraining on them helps on real ones is the question, not a given.

    Args:
        esc: a folder in ESC-50's layout (ESC-50 itself, or its subset ESC-10).
    """
    settings, collection = settings or study_settings(scale), curated(scale, data)
    sources = [make_source(row, seed, collection) for seed in seeds for row in rows]
    place = open_place("esc10", out, scale, settings, device=device, progress=progress)
    sounds = Collection(name_of(esc), str(esc))
    results = run_study(
        cells_of(sources, protocols=protocols, downstreams=[(sounds, "audio")]), place, jobs=jobs
    )
    write_study_report(results, place.results.parent, number=1, comparison=Comparison(("Scratch", "SDC")))
    return results
