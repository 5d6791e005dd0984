"""What each data set is finetuned with, and whose numbers these are."""

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.finetuning import (
    DEMO_FC,
    DEMO_FULL,
    DEMO_FULL_VIDEO,
    FINETUNING,
    NOTES,
    READINGS,
    FinetuneSettings,
    find_reading,
    finetuning_on,
)
from xdc_lab.settings import SOURCES, settings_table

UCF101, HMDB51 = ("UCF101", "video"), ("HMDB51", "video")


def sources(settings: FinetuneSettings) -> dict[str, tuple[str, str]]:
    return {row["name"]: (row["source"], row["note"]) for row in settings_table(settings)}


@pytest.mark.parametrize(("data", "epoch_size", "rate_of_a_gpu"), [(UCF101, 100_000, 1e-4), (HMDB51, 40_000, 2e-4)])
def test_vmz_is_read_as_its_scripts_run(data, epoch_size, rate_of_a_gpu):
    """8 GPUs with a batch of 4 each; its trainer multiplies the rate by the number of GPUs."""
    full = finetuning_on(data)["full"]
    assert full == READINGS["VMZ"][data]
    assert (full.clips_per_epoch, full.batch_size, full.epochs) == (epoch_size, 8 * 4, 8)
    assert full.learning_rate == pytest.approx(8 * rate_of_a_gpu)
    assert (full.step_epochs, full.step_factor, full.warmup_epochs, full.weight_decay) == (2, 0.1, 0, 0.005)
    told = sources(full)
    assert {told[name][0] for name in ("clips_per_epoch", "learning_rate", "epochs", "weight_decay")} == {"VMZ"}


def test_selavis_warm_up_multiplies_its_rates_by_eight():
    selavi = find_reading("SeLaVi", UCF101)
    assert (selavi.reading, selavi.epochs, selavi.clips_per_epoch) == ("SeLaVi", 12, 10 * 9_537)
    assert selavi.learning_rate == pytest.approx(8 * 2.5e-4)
    assert selavi.head_learning_rate == pytest.approx(8 * 2.5e-3)
    assert {source for source, _ in sources(selavi).values()} == {"SeLaVi", "ours"}
    with pytest.raises(SettingError, match=r"no numbers for ESC50 \(audio\); it has them for UCF101"):
        find_reading("SeLaVi", ("ESC50", "audio"))


@pytest.mark.parametrize("data", [*FINETUNING, ("my videos", "video")])
def test_only_what_a_script_says_is_its_own(data):
    """Nobody's script trains from scratch here, learns an fc layer alone, or finetunes a sound."""
    for name, settings in finetuning_on(data).items():
        theirs = name == "full" and data in READINGS["VMZ"]
        assert ("VMZ" in {source for source, _ in sources(settings).values()}) == theirs
        assert not any(note.startswith("changed from") for _, note in sources(settings).values())


@pytest.mark.parametrize("data", FINETUNING)
def test_scratch_and_fc_only_see_as_many_clips_as_the_pretrained_rows(data):
    budgets = {(s.clips_per_epoch, s.epochs, s.batch_size) for s in finetuning_on(data).values()}
    assert len(budgets) == 1
    assert finetuning_on(data)["from_scratch"].learning_rate == 0.01


def test_every_note_has_a_known_source():
    notes = [note for own in NOTES.values() for values in own.values() for note in values.values()]
    assert {source for source, _ in notes} <= set(SOURCES)


def test_a_number_that_is_changed_is_ours():
    changed = FinetuneSettings(clips_per_epoch=100_000, learning_rate=1e-3)
    assert sources(changed)["learning_rate"] == ("ours", "changed from 0.0008 (VMZ)")


def test_every_number_reaches_the_training_and_nothing_ends_it_early():
    settings = FinetuneSettings(epochs=3, clips_per_epoch=7, optimiser="adamw", warmup_epochs=1.0)
    training = settings.training("fc")
    shared = set(vars(settings)) & set(vars(training))
    assert {name: getattr(training, name) for name in shared} == {name: getattr(settings, name) for name in shared}
    assert set(vars(settings)) - shared == {"reading", "renewed_layers"}
    assert training.trainable == "fc"


def test_the_demos_numbers_are_as_they_were_measured():
    assert (DEMO_FULL.reading, DEMO_FULL.epochs, DEMO_FULL.learning_rate, DEMO_FULL.batch_size) == (
        "ours",
        40,
        3e-3,
        32,
    )
    assert (DEMO_FULL_VIDEO.epochs, DEMO_FULL_VIDEO.learning_rate) == (80, 1e-2)
    assert (DEMO_FC.epochs, DEMO_FC.learning_rate, DEMO_FC.clips_per_epoch) == (60, 0.1, None)
    assert sources(DEMO_FULL)["epochs"] == ("ours", "changed from 8 (VMZ)")


def test_values_that_cannot_work_are_refused():
    with pytest.raises(SettingError, match="optimiser='lion'"):
        FinetuneSettings(optimiser="lion")
    with pytest.raises(SettingError, match="renewed_layers=5; an encoder has 4"):
        FinetuneSettings(renewed_layers=5)
