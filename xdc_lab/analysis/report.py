"""Write the files of a run's report: Table 6 and Figure 2 (paper 5)."""

from pathlib import Path

from xdc_lab.analysis.concepts import cluster_table, table6
from xdc_lab.analysis.pictures.contact_sheet import TOP, contact_sheet
from xdc_lab.analysis.result import Result
from xdc_lab.analysis.tables import WRITERS, write_table


def latex_of_table6(result: Result) -> dict[str, str]:
    """What `xdc_lab.analysis.tables.to_latex` writes around a Table 6: caption, label, audio and video above."""
    method, data = result.meta["method"]["name"], result.meta.get("data", {}).get("name", "")
    order = "purity, the share of the commonest label" if result.has_labels else "mean distance to the centroid"
    words = f"{method} clusters{f' of {data}' if data else ''}: # is the number of a cluster, its rank is by {order}."
    return {"caption": words, "label": "tab:clusters", "two_lines": " "}


def write_report(
    result: Result, *, top: int = 4, bottom: int = 2, sheet: int | None = TOP, figures: str = ".png"
) -> list[Path]:
    """Write into RUN/report/: Table 6, every cluster of each clustering, and a contact sheet of each; list the files.

    table6.csv, .md and .tex have the first `top` and last `bottom` ranks side by side; table6_<clustering>.csv has
    every cluster; contact_sheet_<clustering>.png the clips nearest to the centroids of the first ranks.

    Args:
        result: an opened run.
        top: first ranks in Table 6.
        bottom: last ranks in it.
        sheet: first ranks on a contact sheet; None draws every cluster.
        figures: the ending of the contact sheets: .png, .pdf or .svg.
    """
    report = result.folder.report
    side_by_side = table6(result, top=top, bottom=bottom)
    written = [write_table(side_by_side, report / f"table6{ending}", **latex_of_table6(result)) for ending in WRITERS]
    for clustering in result.clusterings:
        written.append(write_table(cluster_table(result, clustering), report / f"table6_{clustering}.csv"))
    for clustering in result.clusterings:
        path = report / f"contact_sheet_{clustering}{figures}"
        written.append(contact_sheet(result, clustering, path=path, top=sheet))
    return written
