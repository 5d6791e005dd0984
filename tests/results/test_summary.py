import pandas as pd
import pytest

from xdc_lab.errors import DataError
from xdc_lab.results.summary import paired_differences, ranking, summarise


def results() -> pd.DataFrame:
    rows = [
        ("SDC", 0, 50.0),
        ("SDC", 1, 60.0),
        ("SDC", 2, 70.0),
        ("XDC", 0, 53.0),
        ("XDC", 1, 64.0),
        ("XDC", 2, 69.0),
        ("CDC", 1, 65.0),
    ]
    table = pd.DataFrame(rows, columns=["method", "seed", "value"])
    return table.assign(downstream="demo", modality="video", protocol="fc-only", pretraining="demo", k=None)


def test_means_and_spreads_over_seeds():
    table = summarise(results(), by=("method", "k"))
    assert table["method"].tolist() == ["SDC", "XDC", "CDC"]
    assert table[["mean", "spread", "seeds"]].to_numpy()[0].tolist() == [60.0, 10.0, 3]


def test_differences_are_taken_seed_by_seed():
    table = paired_differences(results(), against="SDC").set_index("method").to_dict("index")
    xdc = table["XDC"]
    assert xdc["difference"] == 2.0  # 3, 4, -1
    assert xdc["spread"] == pytest.approx(7**0.5)
    half = 4.3027 * (7 / 3) ** 0.5  # Student's t of 2 degrees of freedom
    assert (xdc["low"], xdc["high"]) == pytest.approx((2 - half, 2 + half), abs=1e-3)
    assert (xdc["seeds"], xdc["above"]) == (3, 2)
    cdc = table["CDC"]
    assert (cdc["difference"], cdc["seeds"]) == (5.0, 1)
    assert pd.isna(cdc["spread"]) and pd.isna(cdc["low"]) and pd.isna(cdc["high"])
    assert "SDC" not in table


def test_modalities_are_never_compared_with_each_other():
    other = results().query("method == 'XDC'").assign(modality="audio")
    table = paired_differences(pd.concat([results(), other]), against="SDC")
    assert table["modality"].unique().tolist() == ["video"]


def test_a_row_that_was_not_run_is_an_error():
    with pytest.raises(DataError, match="no result has method='MDC'; there are"):
        paired_differences(results(), against="MDC")


def test_one_seed_counts_once():
    twice = results().query("method == 'XDC' and seed == 1").assign(k=64)
    for against in ("SDC", "XDC"):
        with pytest.raises(DataError, match="XDC, demo, video, fc-only has 2 results for seed 1, .* differ in k"):
            paired_differences(pd.concat([results(), twice]), against=against)


def test_what_tells_rows_apart_may_be_named():
    both = pd.concat([results().assign(k=k) for k in (32, 64)])
    table = paired_differences(both, against="SDC", within=("k",))
    assert table.query("method == 'XDC'")["seeds"].tolist() == [3, 3]


def test_methods_stand_in_the_order_of_their_means():
    row = ranking(results()).iloc[0].to_dict()
    assert row["order"] == "CDC (65.0) > XDC (62.0) > SDC (60.0)"
    assert (row["modality"], row["protocol"], row["seeds"]) == ("video", "fc-only", 1)
