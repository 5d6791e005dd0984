from typing import Any

import pandas as pd
import pytest

from xdc_lab.analysis.charts.label_frequencies import frequencies_figure, label_frequencies
from xdc_lab.analysis.charts.static_twin import draw
from xdc_lab.errors import SettingError


def items(*labels: str) -> pd.DataFrame:
    return pd.DataFrame({"label": labels})


def test_labels_of_all_collections_stand_in_one_order():
    table = label_frequencies({"curated": items("a", "b", "b"), "uncurated": items("c", "c", "c", "d", "")})
    assert table["curated"].to_dict() == {"b": 2, "a": 1, "c": 0, "d": 0}
    assert table["uncurated"].tolist() == [0, 0, 3, 1]
    figure: Any = frequencies_figure(table, title="clips")
    assert [trace.name for trace in figure.data] == ["curated", "uncurated"]
    assert draw(figure).width > 500


def test_without_a_label_there_is_nothing_to_count():
    with pytest.raises(SettingError, match="mine"):
        label_frequencies({"mine": items("", "")})
