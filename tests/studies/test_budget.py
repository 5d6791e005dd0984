"""What a table's rows are trained with, recomputed from the sources' own arithmetic."""

from pathlib import Path

import pytest

from xdc_lab.studies.budget import SOURCES, TRAIN_ITEMS, budget_of, budget_text, table_budget
from xdc_lab.studies.place import Place
from xdc_lab.studies.scales import study_settings
from xdc_lab.studies.tables import TABLES
from xdc_lab.training.schedule import learning_rate_factor
from xdc_lab.training.settings import TrainSettings


def budget(table: str, scale: str):
    return table_budget(TABLES[table], Place(Path("runs"), scale, study_settings(scale)))


def vmz(*, epoch_size: int, rate_of_a_gpu: float) -> tuple[int, float]:
    """Steps and summed rate of its trainer: 8 epochs, a batch of 4 on each of 8 GPUs, x 0.1 every 2 epochs."""
    gpus, batch, epochs, every = 8, 4, 8, 2
    steps = epoch_size // (batch * gpus)
    return steps * epochs, sum(rate_of_a_gpu * gpus * 0.1 ** (epoch // every) * steps for epoch in range(epochs))


def selavi(*, videos: int) -> tuple[int, float]:
    """Of its script: 10 clips a video, the last part of a batch dropped; 12 epochs, of which two warm up to 8 x."""
    steps, first, gamma = 10 * videos // 32, 2.5e-4, 0.05
    factors = [1, 4.5, *[8] * 5, *[8 * gamma] * 4, 8 * gamma**2]
    return steps * len(factors), first * sum(factors) * steps


VMZ = {
    ("UCF101", "video"): vmz(epoch_size=100_000, rate_of_a_gpu=1e-4),
    ("HMDB51", "video"): vmz(epoch_size=40_000, rate_of_a_gpu=2e-4),
}


@pytest.mark.parametrize("data", VMZ)
def test_the_paper_scale_trains_as_much_as_its_source(data):
    rows = budget("table1", "paper").query("stage == 'full finetuning' and reading == 'VMZ'")
    rows = rows[rows["data"] == data[0]]
    assert set(rows["row"]) == {"Superv", "SDC", "MDC", "CDC", "XDC", "XDC-2-video"}
    steps, summed_rate = VMZ[data]
    assert set(rows["steps"]) == {steps}
    assert rows["summed_rate"].tolist() == pytest.approx([summed_rate] * len(rows), rel=1e-9)
    assert rows["sources"].str.startswith(f"VMZ {steps:,} steps, {summed_rate:.4g}").all()


def test_the_sources_totals_are_those_of_their_code():
    assert VMZ[("UCF101", "video")] == (25_000, pytest.approx(5.56, abs=0.006))
    assert VMZ[("HMDB51", "video")] == (10_000, pytest.approx(4.44, abs=0.006))
    for data, told in SOURCES.items():
        recomputed = {"VMZ": VMZ[data], "SeLaVi": selavi(videos=TRAIN_ITEMS[data[0]])}
        for source, (steps, summed_rate) in recomputed.items():
            assert told[source] == (steps, pytest.approx(summed_rate, abs=1e-3)), (data, source)


def test_scratch_sees_as_many_clips_as_the_pretrained_rows():
    rows = budget("table1", "paper")
    rows = rows[~rows["stage"].str.startswith("pretraining")]
    assert (rows.groupby(["data", "stage"])["clips"].nunique() == 1).all()
    assert set(rows[rows["row"] == "Scratch"]["reading"]) == {"ours, from scratch", "ours, fc-only"}
    assert set(rows[rows["data"] == "ESC50"]["reading"]) == {"ours, from scratch", "ours, fc-only", "ours, after VMZ"}


def test_a_pretraining_has_its_own_budget():
    rows = budget("table1", "paper").query("stage.str.startswith('pretraining')").set_index("row")
    assert "Scratch" not in rows.index
    assert rows.loc["XDC", "stage"] == "pretraining, 6 x 45 epochs"
    assert rows.loc["Superv", "stage"] == "pretraining, 1 x 270 epochs"
    assert set(rows["clips"]) == {270_000_000}


def test_the_demo_scale_finetunes_by_modality():
    rows = budget("table1", "demo")
    full = rows[rows["stage"] == "full finetuning"]
    assert (set(full["clips_per_epoch"]), set(full["reading"])) == ({240}, {"ours"})
    assert {*zip(full["modality"], full["steps"], full["peak_rate"], strict=True)} == {
        ("video", round(240 / 32) * 80, 1e-2),
        ("audio", round(240 / 32) * 40, 3e-3),
    }
    assert set(rows[rows["stage"] == "fc-only"]["epochs"]) == {60}


def test_the_sum_is_that_of_every_step():
    training = TrainSettings(epochs=3, warmup_epochs=0.5, schedule="cosine", clips_per_epoch=32 * 40)
    summed = sum(0.01 * learning_rate_factor(training, step=step, steps_per_epoch=40) for step in range(120))
    assert budget_of(training, items=0)["summed_rate"] == pytest.approx(summed)
    assert budget_of(TrainSettings(), items=100)["clips_per_epoch"] == 100


def test_rows_of_one_budget_are_printed_together():
    text = budget_text(budget("table7", "paper"))
    assert sum("Superv, XDC" in line for line in text.splitlines()) == 5  # two protocols, two data sets, and ESC50
    assert "linear SVM" not in text
