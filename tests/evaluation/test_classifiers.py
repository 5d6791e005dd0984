import numpy as np

from xdc_lab.evaluation.classifiers import nearest_first


def test_the_nearest_comes_first_by_angle_and_not_by_length():
    base = np.array([[10.0, 0.0], [0.1, 0.1], [0.0, 3.0]])
    assert nearest_first(np.array([[1.0, 0.9]]), base).tolist() == [[1, 0, 2]]


def test_a_tie_goes_to_the_first_row_and_a_zero_vector_is_no_error():
    base = np.array([[1.0, 0.0], [2.0, 0.0], [0.0, 0.0]])
    assert nearest_first(np.array([[3.0, 0.0], [0.0, 0.0]]), base).tolist() == [[0, 1, 2], [0, 1, 2]]
