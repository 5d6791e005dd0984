import json

import pytest
import torch

from xdc_lab import __version__
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.record import describe_pretraining
from xdc_lab.pretraining.settings import TINY
from xdc_lab.runs import environment as environment_module
from xdc_lab.runs.environment import environment
from xdc_lab.runs.execution import Execution


def test_the_record_names_versions_and_device_and_is_plain():
    record = json.loads(json.dumps(environment()))
    assert record["xdc_lab"] == __version__
    assert {"torch", "numpy", "av"} <= set(record["packages"])
    assert record["device"]
    assert record["processes"] == 1


@pytest.mark.parametrize(("asked", "told"), [("cpu", "CPU, "), ("cuda", "the GPU"), ("auto", "the GPU")])
def test_the_device_is_the_one_that_computes(monkeypatch, asked, told):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: "the GPU")
    assert told in environment(asked)["device"]


def test_a_run_is_told_its_device(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: "the GPU")
    about = describe_pretraining(METHODS["XDC"], settings=TINY, execution=Execution(device="cpu"))
    assert "CPU" in about["environment"]["device"]


def test_a_change_anywhere_in_the_package_is_a_change(monkeypatch):
    asked = []
    monkeypatch.setattr(environment_module, "_git", lambda folder, *words: asked.append(folder.name) or "abc")
    assert environment_module.commit() == "abc+changes"
    assert asked == ["xdc_lab"] * 2, "its folder, not that of one floor"
