"""What a study prints on a terminal: the paper's numbers and ours, whole and within its width."""

import itertools

import pandas as pd
import pytest

from xdc_lab.results.report import COMPARISONS, beside_the_paper, differences_in_words


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


def lines(text: str) -> dict[str, str]:
    """The rows of a text table by their first word."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.strip()}


def test_differences_are_said_with_the_seeds_in_which_a_row_is_above():
    table = results(seeds=3).query("protocol == 'fc-only'")
    table.loc[(table["method"] == "XDC") & (table["modality"] == "video"), "value"] += [3.0, 4.0, -1.0]
    text = differences_in_words(1, table)
    assert "Above Scratch, seed by seed" in text
    assert max(map(len, text.splitlines())) <= 100
    assert lines(text)["XDC"] == "+2.0 ± 1.5, 2 of 3 +0.0 ± 0.0, 0 of 3"
    assert "Scratch" not in lines(text)
    one = differences_in_words(1, table.query("seed == 0"))
    assert lines(one)["XDC"] == "+3.0, 1 of 1 +0.0, 0 of 1"


def test_data_are_compared_at_one_size_against_those_that_stand_last():
    many = [
        results(methods=("XDC",)).assign(pretraining=name, pretraining_size=size)
        for size in (240, 960)
        for name in ("demo-uncurated", "demo")
    ]
    random = results(methods=("Scratch",)).assign(pretraining="none", pretraining_size=0)
    text = differences_in_words(4, pd.concat([*many, random]))
    assert "Above demo, seed by seed" in text
    assert [line.split()[:3] for line in text.splitlines() if line.strip().startswith("demo-uncurated")] == [
        ["demo-uncurated", "XDC", "240"],
        ["demo-uncurated", "XDC", "960"],
    ]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7])
def test_where_nothing_is_compared_nothing_is_said(number):
    assert differences_in_words(number, results().head(0)) == ""
    assert differences_in_words(number, results(methods=("mine",))) == ""
    assert set(COMPARISONS) == {1, 3, 4, 5, 7, 8}
