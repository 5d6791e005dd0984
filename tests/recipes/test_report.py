"""What a study prints on a terminal: the paper's numbers and ours, whole and within its width."""

import itertools

import pandas as pd
import pytest

from xdc_lab.recipes.report import beside_the_paper


def results(*, seeds: int = 2, methods=("Scratch", "Superv", "XDC")) -> pd.DataFrame:
    cells = itertools.product(methods, ("video", "audio"), ("fc-only", "full finetuning"), range(seeds))
    table = pd.DataFrame(list(cells), columns=["method", "modality", "protocol", "seed"])
    table["value"] = 60.0 + 2 * table["seed"]
    return table.assign(downstream="demo", pretraining="demo-uncurated", pretraining_size=960, k=128)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7])
def test_every_table_fits_a_terminal_and_no_name_is_broken(number):
    text = beside_the_paper(number, results(methods=("Superv", "XDC")[number in (2, 4) :]))
    assert max(map(len, text.splitlines())) <= 100
    assert "61.0 ± 1.4" in text
    assert "over 2 seeds" in text
    assert "nan" not in text
    names = {1: "XDC-2-video", 2: "AudioSet-240K", 3: "demo-uncurated", 4: "65,000,000", 5: "IG-Kinetics"}
    assert names.get(number, "Random Forest") in text


def test_rows_that_both_have_stand_in_one_table():
    text = beside_the_paper(1, results(seeds=1))
    row = next(line for line in text.splitlines() if line.strip().startswith("Superv"))
    assert row.split() == ["Superv", "90.9", "58.0", "82.3", "60.0", "60.0", "60.0", "60.0"]


def test_numbers_of_seeds_that_differ_are_said_in_each_cell():
    few = pd.concat([results(methods=("XDC",)), results(methods=("SDC",), seeds=3)])
    text = beside_the_paper(1, few)
    assert "(2)" in text
    assert "(3)" in text


def test_without_results_there_is_the_papers_table_alone():
    text = beside_the_paper(2, results().head(0))
    assert "Table 2, paper" in text
    assert "ours" not in text
