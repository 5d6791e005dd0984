"""Clusters over k, on runs whose answer is known."""

from typing import Any

import numpy as np
import pytest

from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.analysis.clusters_over_k import PANELS, clusters_over_k, clusters_over_k_figure
from xdc_lab.analysis.result import load_result
from xdc_lab.errors import SettingError


@pytest.fixture
def runs(make_run, tmp_path) -> list:
    """24 clips of 4 labels in as many clusters as labels, and in one cluster a clip."""
    labels = [label for label in ("a", "b", "c", "d") for _ in range(6)]
    codes = {4: np.repeat(np.arange(4), 6), 24: np.arange(24)}
    return [
        load_result(make_run(tmp_path / str(k), labels=labels, assignments=[{"audio": code, "video": code}]))
        for k, code in codes.items()
    ]


def test_purity_grows_with_k_by_itself_and_ami_does_not(runs):
    table = clusters_over_k(runs).query("clustering == 'audio'").set_index("k")
    assert table["purity"].tolist() == [1.0, 1.0]
    assert table.loc[24, "chance_purity"] == 1.0
    assert 0.3 < table["chance_purity"].tolist()[0] < 0.7
    assert table["ami"].tolist() == pytest.approx([1.0, 0.0], abs=1e-6)
    assert table["nmi"].tolist()[1] > 0.5


def test_the_figure_has_a_line_a_clustering_and_chance_beside_purity(runs):
    figure: Any = clusters_over_k_figure(clusters_over_k(runs))
    dashed = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert len(figure.data) == 2 * (len(PANELS) + 1)
    assert {trace.xaxis for trace in dashed} == {"x3"}
    assert list(figure.data[0].x) == ["4", "24"]
    assert draw(figure).width > 500


def test_without_labels_there_is_nothing_to_compare(unlabelled):
    with pytest.raises(SettingError, match="unlabelled"):
        clusters_over_k([unlabelled])
    with pytest.raises(SettingError, match="no run"):
        clusters_over_k([])
