"""Table 1's finetunings with a few labels a class: with many, a small network needs no pretraining (paper 4.2)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from xdc_lab.evaluation.splits import official_splits
from xdc_lab.results.report import Comparison, write_study_report
from xdc_lab.studies.demo_data import curated, downstreams
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import make_source, open_place
from xdc_lab.studies.study import cells_of, run_study

ROWS = ("Scratch", "Superv", "SDC", "MDC", "CDC", "XDC")


def few_labels(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2),
    rows: Sequence[str] = ROWS,
    per_class: Sequence[int] = (3, 6),
    data: str | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Finetune with so many labels of each class and as many steps as with all of them; else as `table1`.

    Not in the paper. The pretrainings are those of `table1` where it has run; nothing else is chosen anew.

    Args:
        per_class: labelled training items of each class; each seed draws its own, the same for all methods.
    """
    settings, collection = settings or study_settings(scale), curated(scale, data)
    sources = [make_source(row, seed, collection) for seed in seeds for row in rows]
    results = []
    for whole, modality in downstreams(scale, downstream, data=data):
        steps = max(len(split.train_rows) for split in official_splits(whole.items()).values())
        evaluation = settings.evaluation
        longer = {
            name: replace(getattr(evaluation, name), clips_per_epoch=steps)
            for name in ("full", "from_scratch")
        }
        as_long = replace(settings, evaluation=replace(evaluation, **longer))
        place = open_place("few_labels", out, scale, as_long, device=device, progress=progress)
        few = [
            (replace(whole, name=f"{whole.name} {count}-shot", per_class=count), modality)
            for count in per_class
        ]
        cells = cells_of(sources, protocols=("full finetuning",), downstreams=few, splits=1)
        results.append(run_study(cells, place, jobs=jobs))
        write_study_report(
            pd.concat(results),
            place.results.parent,
            number=1,
            comparison=Comparison(("Scratch", "SDC")),
        )
    return pd.concat(results, ignore_index=True)
