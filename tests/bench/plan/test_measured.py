from dataclasses import replace

from xdc_lab.bench.plan import measured
from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.question import Question, plan
from xdc_lab.datasets.catalogue import load_items
from xdc_lab.datasets.check import check_items
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


def test_what_a_system_does_not_tell_is_assumed_and_said(tiny_set, monkeypatch):
    monkeypatch.setattr(measured, "SECONDS", 0.0)
    monkeypatch.setattr(measured, "READ", tiny_set.with_name("none"))
    monkeypatch.setattr(measured, "MEMORY", tiny_set.with_name("none"))
    clips = load_items(str(tiny_set)).iloc[4:5]
    feed = measured.measure_feed(check_items(clips, progress=False).usable, TINY)
    assert feed.read["audio"].basis.startswith("assumed: whole files") and feed.read["audio"].value > 0
    assert measured._memory().basis.startswith("assumed: 16 GiB")
