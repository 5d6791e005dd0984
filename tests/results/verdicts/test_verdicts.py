"""Verdicts on results made by hand."""

import itertools

import pandas as pd
import pytest

from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.items import read_items
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.results.verdicts.claims import CLAIMS
from xdc_lab.results.verdicts.verdicts import claims_of, clusters_follow_their_modality, verdicts
from xdc_lab.runs.execution import Execution


def table_1(**values: float) -> pd.DataFrame:
    """Two seeds by sight and by sound; the second is a point higher, for rows of the lower half a point lower."""
    cells = list(itertools.product(values, ("video", "audio"), (0, 1)))
    table = pd.DataFrame(cells, columns=["method", "modality", "seed"])
    middle = pd.Series(values).median()
    signs = [1 if values[method] > middle else -1 for method, _, _ in cells]
    table["value"] = table["method"].map(values) + signs * table["seed"]
    table["run"] = [f"{method}-{modality}-{seed}" for method, modality, seed in cells]
    return table.assign(
        pretraining="demo", pretraining_size=960, k=32, downstream="demo", protocol="fc-only", score="top1"
    )


def verdict(table: pd.DataFrame, words: str) -> dict:
    found = verdicts({1: table}, claims=claims_of("Study 1"))
    return next(row for row in found.to_dict("records") if words in row["claim"])


def test_what_came_out_in_every_place_and_seed():
    row = verdict(table_1(Scratch=10.0, SDC=20.0, MDC=30.0, CDC=40.0, XDC=50.0), "better than Scratch")
    assert row["agrees"] == "yes"
    assert row["holds in"] == "4 of 4"
    assert row["seeds"] == 2
    assert row["ours"] == "video +10.0 ± 0.0, audio +10.0 ± 0.0 points"
    assert row["paper"] == "UCF101 +7.3, HMDB51 +7.3, ESC50 +12.2 points"
    assert row["protocol"] == "fc-only"


def test_what_did_not_come_out_is_said():
    row = verdict(table_1(Scratch=10.0, SDC=20.0, MDC=60.0, CDC=40.0, XDC=50.0), "best of the four")
    assert (row["agrees"], row["holds in"]) == ("no", "0 of 4")
    assert row["ours"].startswith("video -10.0")


def test_the_first_of_the_means_is_the_first_though_another_wins_in_each_seed():
    table = table_1(SDC=20.0, MDC=30.0, CDC=30.0, XDC=55.0)
    for method, values in {"MDC": (60.0, 40.0), "CDC": (40.0, 60.0), "XDC": (55.0, 55.0)}.items():
        for seed, value in enumerate(values):
            table.loc[(table["method"] == method) & (table["seed"] == seed), "value"] = value
    row = verdict(table, "best of the four")
    assert (row["agrees"], row["holds in"], row["seeds"]) == ("yes", "0 of 4", 2)
    assert row["ours"] == "video +5.0 ± 0.0, audio +5.0 ± 0.0 points"


def test_a_mean_is_of_the_seeds_that_have_all_rows():
    table = table_1(Scratch=10.0, Superv=80.0, XDC=70.0)
    table.loc[(table["method"] == "XDC") & (table["seed"] == 1), "value"] = 99.0
    table = table[(table["method"] != "Superv") | (table["seed"] == 0)]
    row = verdict(table, "upper bound")
    assert (row["ours"], row["seeds"]) == ("video +10.0, audio +10.0 points", 1)


def table_2(**curves: list[list[float]]) -> pd.DataFrame:
    """Curves over k 8, 16, 32, one a seed, by sense."""
    rows = [
        (modality, seed, k, value)
        for modality, seeds in curves.items()
        for seed, curve in enumerate(seeds)
        for k, value in zip((8, 16, 32), curve, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["modality", "seed", "k", "value"])
    table["run"] = [f"run {number}" for number in range(len(table))]
    return table.assign(
        method="XDC", pretraining="demo", pretraining_size=960, downstream="demo", protocol="fc-only", score="top1"
    )


FLAT = [[70.0, 71.0, 70.0], [70.0, 69.0, 72.0], [71.0, 73.0, 70.0]]  # the best mean is at 16, ahead of 8 by 2 / 3
LOW, HIGH = ([[80.0 + seed, 70.0, 60.0] for seed in range(3)], [[60.0 + seed, 70.0, 80.0] for seed in range(3)])


@pytest.mark.parametrize(
    ("curves", "differ", "labels"),
    [
        ({"video": LOW, "audio": HIGH}, "yes", "yes"),
        ({"video": FLAT, "audio": HIGH}, "no", "in part"),
        ({"video": FLAT, "audio": [[curve[0] + 1, *curve[1:]] for curve in FLAT]}, "no", "no"),
        ({"video": LOW[:1], "audio": HIGH[:1]}, "one seed", "one seed"),
    ],
    ids=["clear", "in part", "noise", "one seed"],
)
def test_a_best_k_is_one_that_is_ahead_by_more_than_seeds_differ(curves, differ, labels):
    found = verdicts({2: table_2(**curves)}, claims=claims_of("Study 2")).set_index("where")
    assert found["agrees"].to_dict() == {"Study 2 (I)": differ, "Study 2 (II)": labels, "Study 2 (III)": "not measured"}
    assert found["seeds"].to_dict()["Study 2 (I)"] == len(curves["video"])
    if differ == "one seed":
        assert (
            found["ours"]
            .to_dict()["Study 2 (I)"]
            .endswith("doublings by one seed, which may be luck; several tell: xdc-lab table 2")
        )


def test_what_came_out_in_one_sense_only():
    table = table_1(Superv=80.0, XDC=50.0)
    table.loc[(table["method"] == "XDC") & (table["modality"] == "audio"), "value"] = 90.0
    assert verdict(table, "upper bound")["agrees"] == "in part"


def test_each_protocol_has_a_verdict_of_its_own():
    first = table_1(Superv=80.0, XDC=50.0)
    full = table_1(Superv=80.0, XDC=90.0).assign(protocol="full finetuning")
    full["run"] += "-full"
    found = verdicts({1: pd.concat([first, full])}, claims=claims_of("Study 1"))
    bound = found[found["claim"].str.contains("upper bound")].set_index("protocol")["agrees"]
    assert bound.to_dict() == {"fc-only": "yes", "full finetuning": "no"}


def test_what_was_not_measured_says_the_command_that_measures_it():
    found = verdicts({1: table_1(Superv=80.0, XDC=50.0), 2: pd.DataFrame()})
    assert len(found) == len(CLAIMS) + 1
    ours = found.set_index("claim")["ours"].to_dict()
    agrees = found.set_index("claim")["agrees"].to_dict()
    scratch = "SDC, MDC, CDC and XDC are each better than Scratch"
    assert (agrees[scratch], ours[scratch]) == ("not measured", "xdc-lab table 1")
    assert "two sizes" in ours["the best k gets larger with the pretraining data"]
    assert found["where"].iloc[-1] == "Section 7"
    assert found["paper"].iloc[-1] == "THUMOS14 +0.3 ± 0.2 points"
    assert found["ours"].iloc[-1] == "xdc-lab table 8"


@pytest.mark.slow
def test_clusters_are_asked_whether_they_follow_their_sense(tiny_set, smallest, tmp_path):
    items = read_items(tiny_set).query("split == 'train'").head(32)
    run = pretrain(items, tmp_path / "xdc", settings=smallest.pretraining, execution=Execution(progress=False))
    row = clusters_follow_their_modality([load_result(run.path)])
    assert row["seeds"] == 1
    assert row["holds in"].endswith("of 2")
    assert row["agrees"] in ("yes", "no", "in part")
    assert clusters_follow_their_modality([])["agrees"] == "not measured"
