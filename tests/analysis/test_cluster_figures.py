"""Charts of single clusters and labels say what their tables say, and each has a static twin."""

import numpy as np
import pytest
from PIL import Image

from xdc_lab.analysis.charts.clusters import factor_comparison_figure, label_figure, purity_figure
from xdc_lab.analysis.concepts import cluster_table
from xdc_lab.analysis.factors import factor_comparison
from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.journey import label_shares
from xdc_lab.errors import DataError, RunError, SettingError

FIGURES = {
    "purity": purity_figure,
    "labels": label_figure,
    "factors": lambda result: factor_comparison_figure(compared(result), "audio"),
}


def compared(result, **options):
    return factor_comparison({"start": (result, 0), "end": (result, -1)}, "audio", **options)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_static_twin(result, tmp_path, name):
    path = save_figure(FIGURES[name](result), tmp_path / "twin.png", width_inches=6, dots_per_inch=100)
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(maxcolors=1_000_000)
    assert len(colours or []) > 20  # something is drawn on the empty page


def test_purity_stands_beside_its_interval_and_chance(result):
    table = cluster_table(result, "audio")
    interval, chance, purity = purity_figure(result).data[:3]
    np.testing.assert_allclose(purity.y, table["purity"])
    np.testing.assert_allclose(chance.y, table["chance_purity"])
    np.testing.assert_allclose(np.reshape(interval.y, (-1, 3))[:, :2], table[["purity_low", "purity_high"]])


def test_labels_stand_in_one_order_and_their_shares_add_up(result):
    heard, seen = label_figure(result).data
    assert heard.y == seen.y and set(heard.y) == set(result.label_names)
    for cells, name in ((heard, "audio"), (seen, "video")):
        np.testing.assert_allclose(np.sum(cells.z, axis=1), 1.0)
        shares = label_shares(result, name).loc[list(cells.y), [int(cluster) for cluster in cells.x]]
        np.testing.assert_allclose(cells.z, shares)


def test_runs_are_compared_factor_by_factor(result):
    table = compared(result)
    assert table.index[0] == "event" and list(table) == ["start", "end"]
    assert table["start"]["noise"] == pytest.approx(1.0) and table["end"]["noise"] < 0.2
    assert list(compared(result, top=1).index) == ["event", "noise"]
    assert [bar.name for bar in factor_comparison_figure(table, "audio").data] == ["start", "end"]


def test_what_is_not_there_is_said(unlabelled, make_run, tmp_path):
    for draw in (purity_figure, label_figure):
        with pytest.raises(SettingError, match="no labels"):
            draw(unlabelled)
    with pytest.raises(DataError, match="neither labels nor recorded factors"):
        compared(unlabelled)
    from xdc_lab.analysis.result import load_result

    codes, kind = np.arange(4) % 2, {"factor_kind": list("abab")}
    joint = make_run(tmp_path / "joint", labels=[""] * 4, assignments=[{"joint": codes}], method="CDC", columns=kind)
    with pytest.raises(RunError, match="no clusters made of audio alone"):
        compared(load_result(joint))
