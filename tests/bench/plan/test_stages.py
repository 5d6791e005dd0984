from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from xdc_lab.bench.plan.machine import Machine
from xdc_lab.bench.plan.question import Question, plan
from xdc_lab.bench.plan.rates import ORIGINALS, PREPARED, Rates, Steps, assumed
from xdc_lab.bench.plan.reckoning import RECKONED, reckon
from xdc_lab.bench.plan.size import SIZES, Size
from xdc_lab.bench.plan.stages import Job
from xdc_lab.bench.plan.work import Work
from xdc_lab.errors import SettingError
from xdc_lab.methods import METHODS
from xdc_lab.pretraining.settings import PAPER, PretrainSettings

PAGE = Path(__file__).parents[3] / "docs" / "costs.md"
WORK = {"video": Work(1e9, 1e6, 1000, 512), "audio": Work(1e8, 1e5, 1000, 512)}


def second(value: float):
    return assumed(value, "s", "this test")


def rates(*, step: float = 1.0, decode: float = 1.0, read: float = 1.0) -> Rates:
    both = lambda value: {"video": second(value), "audio": second(value)}  # noqa: E731
    steps = Steps("a device", both(step), both(step / 3), second(1e-9), second(80e9))
    feed = replace(ORIGINALS, decode=both(decode), read=both(read), stored=second(100.0))
    return Rates(second(0.5), second(2.0), feed, steps, disk=second(100.0))


def job(method: str = "XDC", clips: int = 1000, settings: PretrainSettings = PAPER) -> Job:
    return Job(Size("ours", clips, 10.0, "this test"), METHODS[method], settings.for_method(METHODS[method]), WORK)


def stage(name: str, *, gpus: int = 2, cores: int = 4, prepare: bool = False, of=None, **speed: Any):
    found = reckon(of or job(), Machine(gpus, cores), rates(**speed), prepare=prepare)
    return next(row for row in found.stages if row.name == name)


def test_a_training_waits_for_the_slowest_of_step_decoding_and_disk():
    clips = 6 * 45 * 1_000_000
    for speed, limit, seconds in (
        ({"step": 8.0}, "step", clips * 8.0 / 2),
        ({"decode": 80.0}, "decoding", clips * 80.0 / 4),
        ({"read": 3000.0}, "disk", clips * 3000.0 / 100),
    ):
        found = stage("training, video", **dict[str, Any](speed))
        assert found.limit == limit and found.hours == pytest.approx(seconds / 3600)
        assert found.gpu_hours == pytest.approx(2 * found.hours)


def test_without_a_gpu_the_cores_decode_and_compute_in_turn():
    found = stage("training, audio", gpus=0, step=3.0, decode=2.0, read=0.0)
    assert found.hours == pytest.approx(6 * 45 * 1_000_000 * (3.0 + 2.0) / 4 / 3600)
    assert found.gpu_hours == 0


def test_features_are_of_every_item_once_more_than_there_are_iterations():
    found = stage("features, audio", step=30.0)
    assert found.times == 7 and found.hours == pytest.approx(7 * 1000 * 30.0 / 3 / 2 / 3600)


def test_held_out_items_grow_with_the_collection_and_an_epoch_does_not():
    small, large = (stage("held-out, video", of=job(clips=clips)) for clips in (1000, 65_000_000))
    assert small.times == 270 and large.hours == pytest.approx(65_000 * small.hours)
    assert stage("training, video", of=job(clips=65_000_000)).hours == stage("training, video").hours


def test_sdc_clusters_after_each_epoch():
    assert stage("k-means", of=job("SDC")).times == 6 * 45 + 1


def test_features_are_read_once_where_they_fit_and_else_for_each_pass():
    fits, streams = (
        stage("k-means", of=job(clips=clips)).seconds["disk"] * 100 / (4 * clips * 512) for clips in (10**6, 10**9)
    )
    assert (fits, streams) == (pytest.approx(2), pytest.approx(2 * (3 * 20 + 2)))  # two clusterings


def test_preparing_is_a_stage_and_the_originals_stay():
    found = reckon(job(), Machine(2, 4), rates(), prepare=True)
    assert [row.name for row in found.stages[:2]] == ["check", "prepare"]
    assert found.stages[1].hours == pytest.approx(1000 * 10 * 2.0 / 4 / 3600)
    assert [row.what for row in found.disk[:2]] == ["the collection", "prepared"]


def test_every_rate_says_where_it_comes_from():
    found = plan(Question("kinetics", gpu="h100"), method=METHODS["XDC"], settings=PAPER).told()
    assert {rate["basis"].partition(":")[0] for rate in found["rates"].values()} == {"assumed"}
    assert all(row["basis"] for row in found["stages"] if "(x" in row["stage"])
    assert found["cores_per_gpu"]["video"] == pytest.approx(
        ORIGINALS.decode["video"].value / (3 * 165.98e9 / 200e12), rel=1e-3
    )


def test_a_stated_step_takes_the_place_of_the_table():
    question = Question("audioset", gpu="h100", step_ms=64.0, prepared=True)
    found = plan(question, method=METHODS["XDC"], settings=PAPER)
    assert found.rates.steps.train["video"].value == pytest.approx(0.002)
    assert found.rates.feed is PREPARED


@pytest.mark.parametrize("words", [{"gpu": "h1000"}, {"machine": (1, 0)}, {"machine": (-1, 4)}])
def test_what_cannot_be_planned_is_said(words):
    with pytest.raises(SettingError, match="--gpu"):
        machine = Machine(*words.pop("machine")) if "machine" in words else Machine()
        Question("kinetics", machine=machine, **words)


def test_the_page_is_what_the_command_prints():
    page, told = PAGE.read_text(), ""
    for name in SIZES:
        found = plan(Question(name, gpu="h100", prepared=True), method=METHODS["XDC"], settings=PAPER)
        hours, told = found.markdown().split(f"**{RECKONED}**")
        assert hours.strip() in page
    assert told.strip() in page
