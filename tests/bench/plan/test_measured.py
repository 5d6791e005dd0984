from dataclasses import replace

from xdc_lab.bench.plan import measured
from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.question import Question, plan
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.settings import TINY


def test_a_collection_is_measured_on_its_own_files(tiny_set, monkeypatch):
    monkeypatch.setattr(measured, "SECONDS", 0.0)
    settings = replace(TINY, video_width=4, audio_width=4)
    question = Question(str(tiny_set), clips=5000, machine=Machine(0, 2))
    found = plan(question, method=METHODS["XDC"], settings=settings)
    told = found.told()
    assert told["collection"]["clips"] == 5000 and told["machine"]["device"] == "CPU"
    here = {name for name, rate in told["rates"].items() if rate["basis"].startswith("measured here")}
    assert {"check", "feed, decode, video", "feed, read, audio", "steps, train, audio", "steps, kmeans"} <= here
    assert all(told["rates"][name]["value"] > 0 for name in here)
    assert "prepare" not in here and found.gpu_hours == 0
