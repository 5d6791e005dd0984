from typing import Any

import pytest

from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.catalogue import build_encoder
from xdc_lab.encoders.weights import save_encoder
from xdc_lab.errors import RunError, SettingError
from xdc_lab.media.inputs import describe_inputs
from xdc_lab.pretraining.baselines import pretrain_supervised
from xdc_lab.studies.catalogue import RECIPES, find_recipe
from xdc_lab.studies.evaluation_job import judge
from xdc_lab.studies.scales import study_settings


def test_a_file_and_a_run_are_judged_in_a_folder_of_their_own(tiny_set, smallest, tmp_path):
    file = tmp_path / "a.safetensors"
    save_encoder(build_encoder("audio_resnet_18", width=8), file, about={})
    words: dict[str, Any] = {
        "data": str(tiny_set),
        "protocol": "retrieval",
        "settings": smallest.evaluation,
        "progress": False,
    }
    alone = judge(file, **words)
    assert alone.run.path.parent == tmp_path
    items = read_items(tiny_set).query("split == 'train'").head(16)
    run = pretrain_supervised(
        items, tmp_path / "run", modality="audio", settings=smallest.pretraining, progress=False
    )
    result = judge(run.path, encoder="audio", validation=True, **words)
    assert result.run.path.parent == run.path / "evaluations"
    assert result.about["encoder"]["about"]["method"] == "Superv"
    assert result.about["validation"] is True


def test_an_encoder_is_judged_with_the_clips_that_it_was_trained_on(tmp_path):
    file = tmp_path / "tiny.safetensors"
    inputs = describe_inputs("video", video=study_settings("tiny").evaluation.video)
    save_encoder(build_encoder("r2plus1d_10", width=8), file, about={}, inputs=inputs)
    with pytest.raises(SettingError, match=r"frames 4 \(scale demo: 8\).*judge it with --scale tiny"):
        judge(file, scale="demo")
    save_encoder(build_encoder("r2plus1d_10", width=8), file, about={}, inputs={"frame_rate_hz": 12.5})
    with pytest.raises(SettingError, match="settings of your own"):
        judge(file, scale="tiny")


def test_what_is_neither_is_an_error(tmp_path):
    with pytest.raises(RunError, match="neither a run folder"):
        judge(tmp_path / "nothing")


def test_recipes_are_found_by_the_number_of_their_table():
    assert [recipe.__name__ for recipe in RECIPES.values()] == [f"table{number}" for number in RECIPES]
    assert find_recipe(1) is RECIPES[1]
    with pytest.raises(SettingError, match="xdc-lab clusters RUN"):
        find_recipe(6)
