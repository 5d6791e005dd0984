"""Methods side by side: what is compared, with labels and without, and that every chart has a static twin."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from xdc_lab.analysis import comparisons
from xdc_lab.analysis.figure_files import save_figure
from xdc_lab.analysis.result import load_result
from xdc_lab.clustering.settings import KMeansSettings
from xdc_lab.errors import DataError, SettingError

SETTINGS = KMeansSettings(k=3, restarts=1)


def layout_of(figure) -> Any:
    return figure.layout


def traces_of(figure) -> Any:
    return figure.data


@pytest.fixture
def both(result, tmp_path_factory, make_run):
    """XDC as the other tests have it, and CDC, whose one clustering is the labels."""
    labels = list(result.items["label"])
    exact = {"joint": np.unique(labels, return_inverse=True)[1]}
    folder = tmp_path_factory.mktemp("cdc")
    joint = make_run(folder, labels=labels, assignments=[exact, exact], method="CDC")
    return {"XDC": result, "CDC": load_result(joint)}


def test_history_says_what_each_clustering_saw(both):
    history = comparisons.methods_over_iterations(both)
    assert list(history["method"]) == ["XDC"] * 4 + ["CDC"] * 2
    assert set(history["modalities"]) == {"audio", "video", "video+audio"}
    joint = history[history["method"] == "CDC"]
    assert list(joint["nmi_label"]) == pytest.approx([1, 1]) and list(joint["churn"])[1] == 0


def test_joint_clusters_are_in_the_panels_of_both_senses(both, tmp_path):
    figure = comparisons.methods_figure(both)
    assert [note.text for note in layout_of(figure).annotations] == [
        "audio: NMI with label",
        "audio: purity",
        "video: NMI with label",
        "video: purity",
    ]
    assert [trace.name for trace in traces_of(figure)] == ["XDC", "CDC"] * 4
    assert [trace.name for trace in traces_of(figure) if trace.showlegend] == ["XDC", "CDC"]
    assert save_figure(figure, tmp_path / "methods.png").is_file()


def test_a_method_without_clusters_of_one_sense_is_in_the_legend(both, tmp_path):
    """It stands in the first panel's legend, which is the only one that the static twin has."""
    seen = replace(both["XDC"], clusterings=("video",))
    figure = comparisons.methods_figure({"XDC": both["XDC"], "eye": seen})
    assert [(trace.name, len(trace.x)) for trace in traces_of(figure)[:2]] == [("XDC", 2), ("eye", 0)]
    assert [trace.name for trace in traces_of(figure) if trace.showlegend] == ["XDC", "eye"]
    assert save_figure(figure, tmp_path / "methods.png").is_file()


def test_without_labels_iterations_are_compared_with_each_other(unlabelled, tmp_path):
    figure = comparisons.methods_figure({"XDC": unlabelled})
    assert {note.text for note in layout_of(figure).annotations} == {
        "video: NMI with before",
        "video: churn",
        "audio: NMI with before",
        "audio: churn",
    }
    table = comparisons.encoders_table({"XDC": unlabelled}, settings=SETTINGS)
    assert table["purity"].isna().all() and table["nmi_other"].notna().all()


def test_every_encoder_is_clustered_by_itself(both):
    table = comparisons.encoders_table(both, settings=SETTINGS)
    assert list(table["encoder"]) == ["audio", "audio", "video", "video"]
    assert list(table["method"]) == ["XDC", "CDC"] * 2
    # The two runs hold the same features: the method's own clusters play no part.
    assert table["nmi_label"].nunique() <= 2
    assert table["purity"].between(0, 1).all()


def test_factors_begin_with_the_event_and_end_with_the_weakest(result, tmp_path):
    table = comparisons.factors_side_by_side({"XDC": result}, iteration=0)
    assert list(table.index) == ["XDC audio", "XDC video"]
    assert list(table.columns) == ["event", "noise", "pan"]
    assert table["noise"].min() == pytest.approx(1)
    assert list(comparisons.factors_side_by_side({"XDC": result}, top=1).columns)[0] == "event"
    figure = comparisons.factors_matrix({"XDC": result})
    assert np.asarray(traces_of(figure)[0].z).min() >= 0
    assert save_figure(figure, tmp_path / "factors.png").is_file()


def test_without_labels_and_factors_there_is_nothing_to_follow(unlabelled):
    with pytest.raises(DataError, match="neither labels nor recorded factors"):
        comparisons.factors_side_by_side({"XDC": unlabelled})


def test_sizes_are_those_of_the_first_and_of_the_last_iteration(result, tmp_path):
    figure = comparisons.sizes_figure(result)
    assert [trace.name for trace in traces_of(figure)] == ["iteration 0", "iteration 1"] * 2
    assert list(traces_of(figure)[1].y) == [12, 6, 6]
    assert layout_of(figure).yaxis.range[0] == 0
    assert save_figure(figure, tmp_path / "sizes.png").is_file()


def test_nothing_to_compare_is_an_error():
    with pytest.raises(SettingError, match="nothing to compare"):
        comparisons.methods_figure({})


def test_a_method_that_clusters_within_an_iteration_has_parts_of_one(both):
    result = both["CDC"]
    values = {"recluster_epochs": 2, "training.epochs": 7}
    meta = {**result.meta, "settings": [{"name": name, "value": value} for name, value in values.items()]}
    history = comparisons.methods_over_iterations({"CDC": replace(result, meta=meta)})
    assert list(history["iteration"]) == [0, 0.25]
