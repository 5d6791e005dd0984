"""Table 8: temporal action localization on the frozen features of each encoder (paper 7)."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.localization.average_precision import TIOUS
from xdc_lab.results.report import write_study_report
from xdc_lab.results.rows import tiou_name
from xdc_lab.studies.demo_data import curated, untrimmed
from xdc_lab.studies.localization_study import LocalizationCell, run_localizations
from xdc_lab.studies.scales import StudySettings, study_settings
from xdc_lab.studies.sources import make_source, open_place

ROWS = ("Scratch", "Superv", "SDC", "XDC")
PROTOCOLS = tuple(map(tiou_name, TIOUS))


def table8(
    out: str | Path | None = None,
    *,
    scale: str = "demo",
    seeds: Sequence[int] = (0, 1, 2),
    rows: Sequence[str] = ROWS,
    protocols: Sequence[str] = PROTOCOLS,
    data: str | None = None,
    downstream: Sequence[tuple[str, str]] | None = None,
    settings: StudySettings | None = None,
    jobs: int = 1,
    device: str = "auto",
    progress: bool = True,
) -> pd.DataFrame:
    """Localize with the frozen features of each encoder (Table 8); arguments and result as `table1`.

    The paper gives the features to G-TAD and measures on THUMOS14. Here a small baseline of ours stands in G-TAD's
    place (`xdc_lab.evaluation.localization.detector`), and at the tiny and demo scales the demo world's untrimmed
    videos in THUMOS14's: so the rows can be compared with each other, and not with the paper's. To have G-TAD itself:
    `xdc-lab localization export`. The paper's rows are Superv and XDC; Scratch and SDC are added.

    Args:
        protocols: which thresholds to give; all are measured at once.
        downstream: pairs of a folder of untrimmed videos with segments and a modality.

    Raises:
        SettingError: if a threshold is none of Table 8's.
    """
    if unknown := [name for name in protocols if name not in PROTOCOLS]:
        raise SettingError(f"Table 8 has no {unknown[0]!r}; it has {', '.join(PROTOCOLS)}")
    settings, collection = settings or study_settings(scale), curated(scale, data)
    sources = [make_source(row, seed, collection) for seed in seeds for row in rows]
    place = open_place("table8", out, scale, settings, device=device, progress=progress)
    downstreams = untrimmed(scale, downstream, data=data)
    cells = [
        LocalizationCell(source, modality, videos)
        for source in sources
        for videos, modality in downstreams
        if modality in source.modalities
    ]
    results = run_localizations(cells, place, jobs=jobs)
    results = results[results["protocol"].isin(list(protocols))].reset_index(drop=True)
    write_study_report(results, place.results.parent, number=8)
    return results
