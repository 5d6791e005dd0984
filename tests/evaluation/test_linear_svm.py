import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.svm import LinearSVC

from xdc_lab.evaluation import linear_svm
from xdc_lab.evaluation.linear_svm import C_GRID, fit_linear_svm


def clips(classes: np.ndarray, *, count: int, dim: int, seed: int, apart: float = 4.0) -> np.ndarray:
    """Features around a different corner for each class."""
    generator = np.random.default_rng(seed)
    centres = apart * np.eye(dim)[classes]
    return (centres[:, None] + generator.normal(size=(len(classes), count, dim))).astype(np.float32)


@pytest.mark.parametrize("classes", [2, 3])
def test_scores_have_one_column_a_class_and_tell_them_apart(classes):
    targets = np.arange(12) % classes
    learned = clips(targets, count=6, dim=8, seed=0)
    tested = clips(targets, count=6, dim=8, seed=1)
    scores = fit_linear_svm(learned, targets).scores(tested)
    assert scores.shape == (12, 6, classes) and scores.dtype == np.float32
    assert (scores.mean(axis=1).argmax(axis=1) == targets).all()


@pytest.mark.parametrize("c", [0.1, 10.0])
def test_the_machines_are_those_of_scikit_learn(c):
    """The same convex objective has one minimum, whoever looks for it."""
    targets = np.arange(20) % 4
    learned = clips(targets, count=5, dim=30, seed=0, apart=1.5)
    learned[:, :, 7] = 3.0  # a dimension that says nothing
    tested = clips(targets, count=3, dim=30, seed=1, apart=1.5)
    machine = make_pipeline(StandardScaler(), Normalizer(), LinearSVC(C=c, max_iter=100_000, tol=1e-8))
    machine.fit(learned.reshape(100, 30).astype(np.float64), np.repeat(targets, 5))
    theirs = machine.decision_function(tested.reshape(60, 30).astype(np.float64)).reshape(20, 3, 4)
    before = learned.copy()
    ours = fit_linear_svm(learned, targets, c=c)
    np.testing.assert_allclose(ours.scores(tested), theirs, atol=5e-3)
    assert ours.c == c and np.array_equal(learned, before)


def test_it_learns_from_every_clip_of_an_item():
    # The last clip alone tells the classes apart; the others are the same for both.
    learned = np.zeros((2, 3, 2), dtype=np.float32)
    learned[0, 2], learned[1, 2] = (1.0, -1.0), (-1.0, 1.0)
    svm = fit_linear_svm(learned, np.array([0, 1]))
    assert svm.scores(learned).mean(axis=1).argmax(axis=1).tolist() == [0, 1]
    assert svm.c == 1.0, "two items are too few to hold any out"


def test_c_is_chosen_by_whole_items_that_were_not_learned_from(monkeypatch):
    """A clip in one part and its item's next clip in another would be predicted by heart."""
    targets = np.arange(13) % 2
    learned = clips(targets, count=4, dim=8, seed=0, apart=1.0)
    priced = []

    def note(features, signs, prices, minimise=linear_svm._minimise):
        priced.append(prices.reshape(13, 4).numpy())
        return minimise(features, signs, prices)

    monkeypatch.setattr(linear_svm, "_minimise", note)
    svm = fit_linear_svm(learned, targets, seed=3)
    *tried, last = priced
    assert (last == np.float32(svm.c)).all() and svm.c in C_GRID
    assert len(tried) == 3 * len(C_GRID)
    for c, rounds in zip(C_GRID, np.array(tried).reshape(-1, 3, 13, 4), strict=True):
        assert (rounds == rounds[..., :1]).all(), "all clips of an item are learned from, or none"
        left_out = rounds[..., 0] == 0
        assert (left_out.sum(axis=0) == 1).all() and set(np.unique(rounds)) == {0.0, np.float32(c)}
        assert all(left_out[:, targets == label].sum(axis=1).min() >= 2 for label in (0, 1))


def test_c_is_that_of_most_right_items_each_by_the_mean_of_its_own_clips(monkeypatch):
    """In no order of classes, as items of a table are: the clips of others would tell nothing."""
    targets = np.arange(12) % 3
    learned = clips(targets, count=3, dim=3, seed=0, apart=20.0)

    def right_for_the_last_price_alone(features, signs, prices):
        return torch.eye(3) * (prices.max() == C_GRID[-1]), torch.zeros(3)

    monkeypatch.setattr(linear_svm, "_minimise", right_for_the_last_price_alone)
    assert fit_linear_svm(learned, targets).c == C_GRID[-1]
