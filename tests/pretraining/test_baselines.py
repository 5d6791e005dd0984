from dataclasses import replace

import numpy as np
import pytest
import torch

from xdc_lab.datasets.items import read_items
from xdc_lab.encoders.weights import load_encoder
from xdc_lab.errors import DataError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.baselines import pretrain_supervised, random_encoder
from xdc_lab.pretraining.preparation import random_encoders
from xdc_lab.runs.folder import read_lines


def test_scratch_starts_from_the_weights_that_a_pretraining_of_its_seed_starts_from(smallest):
    settings = smallest.pretraining
    pretrained = random_encoders(METHODS["XDC"], settings=settings, seed=4, device=torch.device("cpu"))
    for modality, encoder in pretrained.items():
        scratch = random_encoder(modality, settings=settings, seed=4).state_dict()
        assert all(torch.equal(scratch[name], tensor) for name, tensor in encoder.state_dict().items())


def test_labels_are_learned_with_the_budget_of_all_iterations(tiny_set, smallest, tmp_path):
    settings = replace(smallest.pretraining, iterations=3)
    items = read_items(tiny_set)
    run = pretrain_supervised(items, tmp_path / "run", modality="audio", settings=settings, progress=False)
    log = read_lines(run.training_log)
    assert len(log) == 3 * settings.training.epochs
    assert log[-1]["loss"] < log[0]["loss"] < np.log(16) + 0.5
    assert load_encoder(run.encoder("audio")).modality == "audio"
    assert set(read_items(run.items)["split"]) == {"train"}


def test_unlabelled_items_are_an_error(tiny_set, smallest, tmp_path):
    items = read_items(tiny_set).query("split == 'train'").head(16)
    items.loc[items.index[0], "label"] = ""
    with pytest.raises(DataError, match="1 of 16 have none"):
        pretrain_supervised(
            items, tmp_path / "run", modality="audio", settings=smallest.pretraining, progress=False
        )
