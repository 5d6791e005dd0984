"""Write the files of a run's report: Table 6 and Figure 2 (paper 5)."""

from pathlib import Path

from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.pictures.contact_sheet import contact_sheet
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.tables import WRITERS, write_table


def write_report(result: Result, *, top: int = 4, bottom: int = 2) -> list[Path]:
    """Write into RUN/report/: Table 6, every cluster of each clustering, and a contact sheet of each; list the files.

    table6.csv, .md and .tex have the first `top` and last `bottom` ranks side by side; table6_<clustering>.csv has
    every cluster; contact_sheet_<clustering>.png the clips nearest to the centroids of the first ranks.
    """
    report = result.folder.report
    side_by_side = table6(result, top=top, bottom=bottom)
    written = [write_table(side_by_side, report / f"table6{ending}") for ending in WRITERS]
    for clustering in result.clusterings:
        written.append(write_table(cluster_table(result, clustering), report / f"table6_{clustering}.csv"))
    return written + [contact_sheet(result, clustering) for clustering in result.clusterings]
