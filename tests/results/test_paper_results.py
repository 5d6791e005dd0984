"""The paper's tables in the columns of ours, held against its own text."""

import pytest

from xdc_lab.errors import SettingError
from xdc_lab.results.paper import TABLES
from xdc_lab.results.paper_results import RESULT_COLUMNS, SCORES, paper_results


@pytest.mark.parametrize("number", SCORES)
def test_every_score_has_its_place(number):
    table = paper_results(number)
    assert tuple(table.columns) == RESULT_COLUMNS
    assert table["value"].between(0, 100).all()
    assert set(table["modality"]) == ({"video"} if number == 8 else {"video", "audio"})
    needed = table.drop(columns=["k", "pretraining_size", "pretraining"])
    assert needed.dropna().shape == needed.shape
    untrained = table[table["method"].isin(["Scratch", "Random"])]
    assert set(untrained["pretraining"]) <= {"none"}


def test_table_1_was_pretrained_on_kinetics_and_table_7_says_how_it_was_evaluated():
    first = paper_results(1).set_index(["method", "downstream"])
    assert first.loc[("XDC", "UCF101"), "pretraining_size"] == 240_000
    assert set(first["pretraining"]) == {"none", "Kinetics"}
    seventh = paper_results(7).groupby("downstream")["protocol"].unique().map(list).to_dict()
    assert seventh == {
        "UCF101": ["32 frames"],
        "HMDB51": ["32 frames"],
        "ESC50": ["full finetuning"],
        "DCASE": ["linear SVM"],
    }


def test_the_thresholds_of_table_8_are_protocols():
    table = paper_results(8).set_index(["method", "pretraining", "protocol"])
    assert len(table) == 15
    assert table.loc[("XDC", "IG-Kinetics", "tIoU 0.5"), "value"] == 37.2
    assert set(table["downstream"]) == {"THUMOS14"}


def test_the_printed_differences_of_table_4_are_no_results():
    assert set(paper_results(4)["pretraining"]) == {"IG-Random", "IG-Kinetics"}


@pytest.mark.parametrize("number", sorted(set(TABLES) - set(SCORES)))
def test_other_tables_are_refused(number):
    with pytest.raises(SettingError, match="no scores of encoders"):
        paper_results(number)
