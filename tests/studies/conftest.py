"""The smallest study that runs every stage, on a part of the tiny demo set."""

from dataclasses import replace
from pathlib import Path

import pytest

from xdc_lab.datasets.items import read_items, write_items
from xdc_lab.runs.execution import Execution
from xdc_lab.studies.place import Place
from xdc_lab.studies.scales import StudySettings, study_settings


@pytest.fixture(scope="session")
def smallest() -> StudySettings:
    settings = study_settings("tiny")
    pretraining = replace(
        settings.pretraining,
        iterations=1,
        video_encoder="r2plus1d_10",
        held_out_fraction=0.0,
        kmeans=replace(settings.pretraining.kmeans, k=4),
    )
    evaluation = replace(settings.evaluation, test_clips=2, svm_clips=2)
    return replace(settings, pretraining=pretraining, evaluation=evaluation, ks=(2, 4), sizes=(16, None))


@pytest.fixture(scope="session")
def few(tiny_set, tmp_path_factory) -> Path:
    """Enough clips of every split for a study of seconds."""
    items = read_items(tiny_set).groupby("split", sort=False).head(32).reset_index(drop=True)
    path = tmp_path_factory.mktemp("few") / "few.csv"
    write_items(items, path)
    write_items(items, path.with_name("others.csv"))
    write_items(items.assign(label="", split="").head(20), path.with_name("flat.csv"))
    labelled = items[items["split"].str.startswith("downstream")].reset_index(drop=True)
    first = labelled["split"].str.removeprefix("downstream_")
    second = first.map({"train": "test", "test": "train"})
    write_items(labelled.assign(split_1=first, split_2=second), path.with_name("folds.csv"))
    return path


@pytest.fixture(scope="session")
def place(smallest, tmp_path_factory) -> Place:
    """One folder for all studies: what one has pretrained, the next one finds."""
    return Place(tmp_path_factory.mktemp("study"), "tiny", smallest, Execution(progress=False))
