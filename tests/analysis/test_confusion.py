from typing import Any

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.confusion import confused_pairs, confusion_figure, confusion_matrix
from xdc_lab.analysis.figure_files import save_figure


def traces_of(figure: Any) -> list[Any]:
    return list(figure.data)


@pytest.fixture
def predictions() -> pd.DataFrame:
    """Two of three cats are taken for dogs, one of two dogs for a cat; every cow is a cow."""
    return pd.DataFrame(
        {"label": ["cat"] * 3 + ["dog"] * 2 + ["cow"], "predicted": ["dog", "dog", "cat", "cat", "dog", "cow"]}
    )


def test_rows_are_classes_and_columns_predictions(predictions):
    counts = confusion_matrix(predictions)
    assert counts.index.tolist() == counts.columns.tolist() == ["cat", "cow", "dog"]
    assert counts.to_numpy().tolist() == [[1, 0, 2], [0, 1, 0], [1, 0, 1]]


def test_a_class_that_is_only_predicted_has_a_row_of_zeros():
    counts = confusion_matrix(pd.DataFrame({"label": ["cat"], "predicted": ["dog"]}))
    assert counts.to_numpy().tolist() == [[0, 1], [0, 0]]
    figure = confusion_figure(pd.DataFrame({"label": ["cat"], "predicted": ["dog"]}), title="one")
    assert np.asarray(traces_of(figure)[0].z).tolist() == [[0, 1], [0, 0]]


def test_a_pair_is_named_once_with_both_directions(predictions):
    pairs = confused_pairs(predictions)
    assert pairs.to_dict("records") == [
        {"class": "cat", "taken for": "dog", "items": 5, "mistakes": 3, "this way": 2, "back": 1}
    ]
    even = pd.DataFrame({"label": ["cat", "dog"], "predicted": ["dog", "cat"]})
    assert confused_pairs(even)["mistakes"].tolist() == [2]
    perfect = pd.DataFrame({"label": ["cat"], "predicted": ["cat"]})
    assert confused_pairs(perfect).empty


def test_the_figure_shows_shares_and_has_a_twin(predictions, tmp_path):
    figure = confusion_figure(predictions, title="Confusion")
    np.testing.assert_allclose(np.asarray(traces_of(figure)[0].z).sum(axis=1), 1.0)
    assert traces_of(figure)[0].text[0][2] == "cat: 2 of 3<br>predicted dog"
    assert save_figure(figure, tmp_path / "twin.png", width_inches=6).stat().st_size > 5_000
