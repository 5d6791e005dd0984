import pytest

from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.settings import REMEDIED, PretrainSettings
from xdc_lab.settings import settings_table


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"iterations": 0}, "iterations=0; at least 1"),
        ({"held_out_fraction": 1.0}, r"held_out_fraction=1.0; it must be in \[0, 1\)"),
        ({"video_k": 1}, "video_k=1; a clustering has at least 2 clusters"),
        ({"audio_k": 0}, "audio_k=0; a clustering has at least 2 clusters"),
        ({"recluster_epochs": 46}, "recluster_epochs=46; from 1 to the 45 training.epochs"),
        ({"recluster_epochs": 1}, "a loss has no plateau while its pseudo-labels change"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(change, says):
    with pytest.raises(SettingError, match=says):
        PretrainSettings(**change)


def test_remedies_change_sdc_alone_and_any_method_may_warm_up_once():
    settings = PretrainSettings()
    assert {name for name, method in METHODS.items() if settings.for_method(method) != settings} == {"SDC"}
    assert settings.for_method(METHODS["SDC"]).for_method(METHODS["SDC"]) == settings.for_method(METHODS["SDC"])
    assert [settings.training_of(iteration).warmup_epochs for iteration in range(3)] == [10.0, 0.0, 0.0]


def test_the_remedies_keep_their_source():
    rows = {row["name"]: row["source"] for row in settings_table(PretrainSettings().with_remedies())}
    assert [rows[name] for name in REMEDIED.values()] == ["DeepCluster"] * 3 + ["paper", "DeepCluster"]
    assert {row["name"]: row["source"] for row in settings_table(PretrainSettings())}["kmeans.whiten"] == "paper"
