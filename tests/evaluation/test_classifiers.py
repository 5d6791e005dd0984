import numpy as np
import pytest

from xdc_lab.evaluation.classifiers import nearest_first, svm_scores


def clips(classes: list[int], *, count: int, dim: int, seed: int) -> np.ndarray:
    """Features around a different corner for each class."""
    generator = np.random.default_rng(seed)
    centres = 4 * np.eye(dim)[np.array(classes)]
    return (centres[:, None] + generator.normal(size=(len(classes), count, dim))).astype(np.float32)


@pytest.mark.parametrize("classes", [2, 3])
def test_svm_scores_have_one_column_a_class_and_tell_them_apart(classes):
    targets = np.arange(12) % classes
    learned = clips(list(targets), count=6, dim=8, seed=0)
    tested = clips(list(targets), count=6, dim=8, seed=1)
    scores = svm_scores(learned, targets, tested, c=1.0, seed=0)
    assert scores.shape == (12, 6, classes)
    assert (scores.mean(axis=1).argmax(axis=1) == targets).all()


def test_the_svm_learns_from_every_clip_of_an_item():
    # The last clip alone tells the classes apart; the others are the same for both.
    learned = np.zeros((2, 3, 2), dtype=np.float32)
    learned[0, 2], learned[1, 2] = (1.0, -1.0), (-1.0, 1.0)
    scores = svm_scores(learned, np.array([0, 1]), learned, c=1.0, seed=0).mean(axis=1)
    assert scores.argmax(axis=1).tolist() == [0, 1]


def test_the_nearest_comes_first_by_angle_and_not_by_length():
    base = np.array([[10.0, 0.0], [0.1, 0.1], [0.0, 3.0]])
    assert nearest_first(np.array([[1.0, 0.9]]), base).tolist() == [[1, 0, 2]]


def test_a_tie_goes_to_the_first_row_and_a_zero_vector_is_no_error():
    base = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    assert nearest_first(np.array([[3.0, 0.0], [0.0, 0.0]]), base).tolist() == [[0, 1, 2], [0, 1, 2]]
