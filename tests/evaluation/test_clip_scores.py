import numpy as np
import pytest

from xdc_lab.errors import SettingError
from xdc_lab.evaluation.clip_scores import CHOICES, ClipScores, load_clip_scores, save_clip_scores

# Two items of three clips. The first is right in one clip, but so sure there that the mean is right; the second is
# right in two and wrong by the mean.
SCORES = np.array([[[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]], [[0.45, 0.55], [0.4, 0.6], [1.0, 0.0]]])


@pytest.fixture
def scores() -> ClipScores:
    return ClipScores(("bell", "dog"), np.array([0, 1]), SCORES)


def test_clips_are_classified_alone_and_items_by_their_mean(scores):
    assert scores.clips == 3
    assert scores.clip_percent == pytest.approx(100 * 3 / 6)
    assert scores.item_percent == 50.0


def test_the_item_whose_clips_contradict_their_mean_comes_first():
    one = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4]])
    right = np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6]])
    scores = ClipScores(("bell", "dog"), np.array([0, 1, 0]), np.stack([one, right, right]))
    assert scores.divided().tolist() == [2, 1, 0]


def test_fewer_clips_are_every_choice_of_so_many(scores):
    table = scores.over_clips().set_index("clips")
    assert table.index.tolist() == [1, 2, 3]
    assert table["choices"].tolist() == [3, 3, 1]
    assert table["top1_percent"].tolist()[0] == pytest.approx(scores.clip_percent)
    # clips 1 and 2: .65 and .575 right; 1 and 3: .65 right, .275 wrong; 2 and 3: .4 wrong, .3 wrong
    assert table.loc[2, ["top1_percent", "lowest", "highest"]].tolist() == pytest.approx([50, 0, 100])
    assert table["top1_percent"].tolist()[2] == scores.item_percent
    with pytest.raises(SettingError, match="4 clips per item; there are 1 to 3"):
        scores.over_clips([4])


def test_many_choices_are_drawn_the_same_way_each_time():
    generator = np.random.default_rng(0)
    many = ClipScores(("a", "b"), np.zeros(5, dtype=int), generator.random((5, 20, 2)))
    first, again = many.over_clips([10]), many.over_clips([10])
    assert first.equals(again)
    assert first["choices"].tolist() == [CHOICES]


def test_an_item_is_told_clip_by_clip(scores):
    table = scores.of_item(0)
    assert table["clip"].tolist() == ["1", "2", "3", "mean"]
    assert table["predicted"].tolist() == ["bell", "dog", "dog", "bell"]
    assert table["score of bell"].tolist() == pytest.approx([0.9, 0.4, 0.4, 17 / 30])
    assert table["correct"].tolist() == [True, False, False, True]


def test_what_is_written_is_read(scores, tmp_path):
    save_clip_scores(scores, tmp_path / "splits" / "1.clips.npz")
    kept = load_clip_scores(tmp_path / "splits" / "1.clips.npz")
    assert kept.classes == scores.classes
    assert kept.targets.tolist() == [0, 1]
    np.testing.assert_allclose(kept.scores, SCORES, atol=1e-6)
