import pandas as pd
import pytest
from scipy import stats

from xdc_lab.errors import SettingError
from xdc_lab.worlds.demo.plan import SCALES, SPLITS
from xdc_lab.worlds.digits.handwriting import written_digits
from xdc_lab.worlds.digits.plan import WORDS, plan_digits, plan_table
from xdc_lab.worlds.digits.recordings import spoken_digits


@pytest.fixture(scope="module", params=["tones", "real"])
def clips(request):
    """All clips of scale demo, with recordings of nobody and, where they are, the real ones."""
    spoken = spoken_digits(request.getfixturevalue(request.param))
    return plan_digits(written_digits(), spoken, scale="demo", seed=0)


@pytest.fixture(scope="module")
def table(clips) -> pd.DataFrame:
    return plan_table(clips)


def test_sizes_are_those_of_the_demo_set_and_digits_are_balanced(table):
    assert tuple(table["split"].value_counts()[list(SPLITS)]) == SCALES["demo"]
    counts = table.groupby(["split", "label"]).size().unstack()
    assert list(counts) == sorted(WORDS) and (counts.nunique(axis=1) == 1).all()
    assert table["path"].is_unique


def test_image_and_recording_are_of_the_digit(clips):
    written = written_digits().set_index("image")
    for clip in clips:
        assert written.loc[clip.image, "digit"] == clip.digit == int(clip.recording.rpartition("/")[2][0])
        assert written.loc[clip.image, "writer"] == clip.writer


@pytest.mark.parametrize("people", ["factor_writer", "factor_speaker"])
def test_writers_and_speakers_of_the_test_are_in_no_training(table, people):
    tested = table["split"] == "downstream_test"
    assert not set(table.loc[tested, people]) & set(table.loc[~tested, people])
    assert table.loc[~tested].groupby("split")[people].nunique().nunique() == 1  # the others share theirs


@pytest.mark.parametrize("part", ["image", "recording"])
def test_no_image_or_recording_is_in_two_splits(table, part):
    splits = table.groupby(part)["split"].nunique()
    assert (splits == 1).all()


def test_an_image_comes_at_most_twice(table):
    assert table["image"].value_counts().max() <= 2


def test_no_nuisance_says_anything_of_the_digit(table):
    """A chi-square test of each factor, binned, against the digit; 28 tests, so a p of 0.001 is the limit."""
    names = [name for name in table if name.startswith("factor_")]
    assert len(names) == 29 and "factor_mirrored" not in names
    for split in ("train", "downstream_test"):
        part = table[table["split"] == split]
        for name in names:
            values = part[name]
            if pd.api.types.is_numeric_dtype(values) and values.nunique() > 8:
                values = pd.qcut(values, 5, labels=False)
            counts = part.groupby(["label", values]).size().unstack(fill_value=0)
            if counts.shape[1] > 1:
                assert float(stats.chi2_contingency(counts.to_numpy())[1]) > 0.001, name  # type: ignore[arg-type]


def test_writer_and_speaker_say_nothing_of_each_other(table):
    train = table[table["split"] == "train"]
    counts = pd.crosstab(train["factor_writer"], train["factor_speaker"])
    assert float(stats.chi2_contingency(counts.to_numpy())[1]) > 0.001  # type: ignore[arg-type]


def test_a_smaller_set_is_the_beginning_of_a_larger_one_and_another_seed_another_set(clips, tones):
    spoken = spoken_digits(tones)
    tiny, demo, other = (
        plan_digits(written_digits(), spoken, scale=scale, seed=seed)
        for scale, seed in (("tiny", 0), ("demo", 0), ("tiny", 1))
    )
    for split in SPLITS:
        small, large = ([clip for clip in plans if clip.split == split] for plans in (tiny, demo))
        assert small == large[: len(small)]
    assert all(a.factors != b.factors for a, b in zip(tiny, other, strict=True))
    assert [clip.digit for clip in tiny] != [clip.digit for clip in other]


def test_there_are_two_scales(tones):
    with pytest.raises(SettingError, match="no set of digits of scale 'paper'; scales are tiny, demo"):
        plan_digits(written_digits(), spoken_digits(tones), scale="paper", seed=0)
