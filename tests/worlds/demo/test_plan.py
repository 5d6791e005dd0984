from collections import Counter
from dataclasses import fields

import pandas as pd
import pytest
from scipy import stats

from xdc_lab.errors import SettingError
from xdc_lab.worlds.demo.events import EVENTS, EXTRA_EVENTS
from xdc_lab.worlds.demo.plan import BAD_KINDS, SPLITS, DemoSet, plan_clips, plan_table
from xdc_lab.worlds.demo.world_settings import WorldSettings

WORLD = WorldSettings()


@pytest.fixture(scope="module")
def table():
    return plan_table(plan_clips(DemoSet(scale="demo"), world=WORLD))


def test_the_scales_have_the_sizes_that_the_datasheet_says(table):
    good = table[table["expected_problem"] == ""]
    assert good["split"].value_counts().to_dict() == {"train": 960, "downstream_train": 240, "downstream_test": 240}
    assert table["expected_problem"].value_counts().to_dict() == {"": 1440, **dict.fromkeys(BAD_KINDS.values(), 4)}


def test_the_tiny_scale_has_fewer_clips_and_one_bad_file_of_each_kind(planned):
    tiny = plan_table(planned)
    good = tiny[tiny["expected_problem"] == ""]
    assert good["split"].value_counts().to_dict() == {"train": 64, "downstream_train": 32, "downstream_test": 32}
    assert sorted(tiny["expected_problem"])[-3:] == sorted(BAD_KINDS.values())


@pytest.mark.parametrize("scale", ["tiny", "demo"])
def test_every_event_is_equally_often_in_every_split(scale, table, planned):
    good = (table if scale == "demo" else plan_table(planned)).query("expected_problem == ''")
    counts = good.groupby(["split", "label"]).size().unstack()
    assert counts.shape == (3, 16)
    assert (counts.nunique(axis=1) == 1).all()


def test_no_clip_is_in_two_splits_nor_twice_in_one(table):
    assert table["path"].is_unique
    factors = [name for name in table if name.startswith("factor_")]
    assert not table.duplicated(factors).any()
    assert all(path.startswith(f"{split}/") for path, split in zip(table["path"], table["split"], strict=True))


def test_a_smaller_set_is_the_beginning_of_a_larger_one_and_leaves_the_other_splits_alone():
    small = plan_clips(DemoSet(scale="tiny", train_clips=100, bad_files=False), world=WORLD)
    large = plan_clips(DemoSet(scale="tiny", train_clips=200, bad_files=False), world=WORLD)
    assert small[:100] == large[:100]
    assert small[100:] == large[200:]
    assert max(Counter(clip.event for clip in small[:100]).values()) == 7


def test_another_seed_is_another_world(planned):
    other = plan_clips(DemoSet(scale="tiny", seed=1), world=WORLD)
    assert all(a.factors != b.factors for a, b in zip(planned, other, strict=True))


def test_an_uncurated_set_pretrains_on_extra_events_only_and_tests_on_the_same_clips(planned):
    curated = [clip for clip in planned if not clip.bad_kind]
    uncurated = plan_clips(DemoSet(scale="tiny", bad_files=False, curated=False), world=WORLD)
    assert {clip.event for clip in uncurated if clip.split == "train"} <= set(EXTRA_EVENTS)
    assert {clip.event for clip in uncurated if clip.split != "train"} == set(EVENTS)
    assert [c for c in curated if c.split != "train"] == [c for c in uncurated if c.split != "train"]


def test_each_factor_is_independent_of_the_event(table):
    """A chi-square test of each factor, binned, against the event; 27 tests, so a p of 0.001 is the limit."""
    good = table[table["expected_problem"] == ""]
    names = [name for name in good if name.startswith("factor_")]
    assert len(names) == 27
    for name in names:
        values = good[name]
        if values.nunique() > 8:
            values = pd.qcut(values, 5, labels=False)
        counts = good.groupby(["label", values]).size().unstack(fill_value=0)
        _, p_value, *_ = stats.chi2_contingency(counts.to_numpy())
        assert float(p_value) > 0.001, name  # pyright: ignore[reportArgumentType]


def test_the_factors_of_one_modality_say_nothing_of_those_of_the_other(table):
    """Else a nuisance, not the event, could pass from sound to picture."""
    seen = [n for n in table if n.startswith(("factor_background", "factor_object", "factor_camera", "factor_bright"))]
    heard = [n for n in table if n.endswith(("_semitones", "_db", "_exponent", "room_seconds", "room_wet"))]
    numbers = table[[n for n in seen if n != "factor_background_kind"] + heard].rank()
    correlation = numbers.corr().loc[[n for n in seen if n != "factor_background_kind"], heard]
    assert correlation.shape == (12, 8)
    assert correlation.abs().to_numpy().max() < 0.1


def test_the_numbers_stay_in_the_ranges_of_the_settings(table):
    for field in fields(WORLD):
        column = f"factor_{field.name}"
        if column in table:
            low, high = getattr(WORLD, field.name)
            assert table[column].between(low, high).all(), column
            assert table[column].max() - table[column].min() > 0.9 * (high - low), column


def test_wrong_sets_and_settings_are_refused():
    with pytest.raises(SettingError, match="no demo set of scale 'huge'; scales are tiny, demo"):
        DemoSet(scale="huge")
    with pytest.raises(SettingError, match="not 0"):
        DemoSet(train_clips=0)
    with pytest.raises(SettingError, match="snr_db is a range from low to high"):
        WorldSettings(snr_db=(3.0, 1.0))
    with pytest.raises(SettingError, match="even sizes, not 127x96"):
        WorldSettings(width_px=127)


def test_the_splits_are_the_three_that_are_named(planned):
    assert {clip.split for clip in planned} == set(SPLITS)
