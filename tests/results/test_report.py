"""What a study prints on a terminal: the paper's numbers and ours, whole and within its width."""

import itertools

import pandas as pd
import pytest

from xdc_lab.results.report import Comparison, differences_in_words, left_out_in_words, table_latex, table_text

TABLE_1 = Comparison(("Scratch", "SDC", "XDC"))


def results(*, seeds: int = 2, methods=("Scratch", "Superv", "XDC")) -> pd.DataFrame:
    cells = itertools.product(methods, ("video", "audio"), ("fc-only", "full finetuning"), range(seeds))
    table = pd.DataFrame(list(cells), columns=["method", "modality", "protocol", "seed"])
    table["value"] = 60.0 + 2 * table["seed"]
    return table.assign(downstream="demo", pretraining="demo-uncurated", pretraining_size=960, k=128)


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5, 7])
def test_every_table_fits_a_terminal_and_no_name_is_broken(number):
    text = table_text(results(methods=("Superv", "XDC")[number in (2, 4) :]), number=number)
    assert max(map(len, text.splitlines())) <= 100
    assert "61.0 ± 1.4" in text
    assert "over 2 seeds" in text
    assert "nan" not in text
    names = {1: "XDC-2-video", 2: "AudioSet-240K", 3: "demo-uncurated", 4: "65,000,000", 5: "IG-Kinetics"}
    assert names.get(number, "Random Forest") in text


def test_rows_that_both_have_stand_in_one_table():
    text = table_text(results(seeds=1), number=1)
    row = next(line for line in text.splitlines() if line.strip().startswith("Superv"))
    assert row.split() == ["Superv", "90.9", "58.0", "82.3", "60.0", "60.0", "60.0", "60.0"]


def test_numbers_of_seeds_that_differ_are_said_in_each_cell():
    few = pd.concat([results(methods=("XDC",)), results(methods=("SDC",), seeds=3)])
    text = table_text(few, number=1)
    assert "(2)" in text
    assert "(3)" in text


def test_without_results_there_is_the_papers_table_alone():
    text = table_text(results().head(0), number=2)
    assert "Table 2, paper" in text
    assert "ours" not in text


def test_a_table_for_latex_has_the_papers_numbers_and_ours_below_their_names():
    text = table_latex(results(), number=1)
    assert r"\caption{Table 1, paper and ours (mean ± standard deviation over 2 seeds).}" in text
    assert r"\label{tab:table1}" in text and r"\multicolumn{3}{l}{paper} & \multicolumn{4}{l}{ours}" in text
    row = next(line for line in text.splitlines() if line.startswith("Superv"))
    assert row == r"Superv & 90.9 & 58.0 & 82.3 & 61.0 ± 1.4 & 61.0 ± 1.4 & 61.0 ± 1.4 & 61.0 ± 1.4 \\"
    assert table_latex(results(methods=("XDC",)), number=2).count(r"\begin{table}") == 2


def lines(text: str) -> dict[str, str]:
    """The rows of a text table by their first word."""
    return {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.strip()}


def test_differences_are_said_with_their_intervals_and_seeds():
    table = results(seeds=3).query("protocol == 'fc-only'")
    table.loc[(table["method"] == "XDC") & (table["modality"] == "video"), "value"] += [3.0, 4.0, -1.0]
    text = differences_in_words(table, comparison=TABLE_1)
    assert "Above Scratch, seed by seed" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "mean difference [95 % interval] over 3 seeds" in " ".join(text.split())
    assert lines(text)["XDC"] == "+2.0 [-4.6, 8.6] +0.0"
    assert "Scratch" not in lines(text)
    one = differences_in_words(table.query("seed == 0"), comparison=TABLE_1)
    assert lines(one)["XDC"] == "+3.0 +0.0" and "over 1 seed " in " ".join(one.split())
    fewer = table[(table["seed"] > 0) | (table["modality"] == "video")]
    assert lines(differences_in_words(fewer, comparison=TABLE_1))["XDC"] == "+2.0 [-4.6, 8.6] (3) +0.0 (2)"


def test_data_are_compared_at_one_size_against_those_that_stand_last():
    many = [
        results(methods=("XDC",)).assign(pretraining=name, pretraining_size=size)
        for size in (240, 960)
        for name in ("demo-uncurated", "demo")
    ]
    random = results(methods=("Scratch",)).assign(pretraining="none", pretraining_size=0)
    by_data = Comparison(column="pretraining", within=("method", "pretraining_size"))
    text = differences_in_words(pd.concat([*many, random]), comparison=by_data)
    assert "Above demo, seed by seed" in text
    assert [line.split()[:3] for line in text.splitlines() if line.strip().startswith("demo-uncurated")] == [
        ["demo-uncurated", "XDC", "240"],
        ["demo-uncurated", "XDC", "960"],
    ]


def test_where_nothing_is_compared_nothing_is_said():
    assert differences_in_words(results().head(0), comparison=TABLE_1) == ""
    assert differences_in_words(results(methods=("mine",)), comparison=TABLE_1) == ""
    assert differences_in_words(results(), comparison=None) == ""


LEFT_OUT = pd.DataFrame(
    {
        "method": ["Superv", "Superv", "XDC"],
        "pretraining": ["mine", "mine", "mine"],
        "pretraining_size": pd.array([None, None, 1_000_000], dtype="Int64"),
        "k": None,
        "downstream": "demo",
        "modality": ["video", "audio", "audio"],
        "protocol": "fc-only",
        "reason": ["needs labels", "needs labels", "has 240 clips"],
    }
)


def test_what_is_left_out_is_said_once_for_each_reason():
    assert left_out_in_words(LEFT_OUT).splitlines() == [
        "left out: Superv on mine: needs labels (2 cells)",
        "left out: XDC on 1,000,000 clips of mine: has 240 clips (1 cell)",
    ]
    assert left_out_in_words(LEFT_OUT.head(0)) == left_out_in_words(None) == ""


def test_a_reason_stands_where_a_number_would():
    ours = results(methods=("SDC",)).query("protocol == 'fc-only'")
    text = table_text(ours, number=1, left_out=LEFT_OUT.head(2))
    row = next(line for line in text.splitlines() if line.strip().startswith("Superv"))
    assert row.split() == ["Superv", "90.9", "58.0", "82.3", "needs", "labels", "needs", "labels"]
    failed = LEFT_OUT.head(1).assign(reason="failed: a long story; with parts")
    row = next(line for line in table_text(ours, number=1, left_out=failed).splitlines() if " Superv" in line)
    assert row.split()[-1] == "failed"


def test_a_study_of_ones_own_has_a_row_for_what_differs():
    many = [results(methods=("XDC",)).assign(k=k) for k in (8, 16)]
    text = table_text(pd.concat([*many, results(methods=("Scratch",)).assign(k=None)]), number=None)
    assert [line.split()[:2] for line in text.splitlines() if " XDC " in line] == [["XDC", "8"], ["XDC", "16"]]
    assert "paper" not in text


def test_two_networks_are_two_rows():
    both = [results(methods=("XDC",)).assign(network=name) for name in ("r2plus1d_18", "resnet3d_18")]
    text = table_text(pd.concat(both), number=1)
    assert "XDC (r2plus1d_18)" in text and "XDC (resnet3d_18)" in text
