"""Verdicts on results made by hand."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from xdc_lab.analysis.result import load_result
from xdc_lab.datasets.items import read_items
from xdc_lab.pretraining.engine import pretrain
from xdc_lab.results.verdicts.claims import CLAIMS
from xdc_lab.results.verdicts.verdicts import claims_of, clusters_follow_their_modality, verdicts
from xdc_lab.runs.execution import Execution


def table_1(**values: float) -> pd.DataFrame:
    """Three seeds of video and of audio, each a point above the one before; rows move a little on their own, too."""
    cells = list(itertools.product(values, ("video", "audio"), (0, 1, 2)))
    table = pd.DataFrame(cells, columns=["method", "modality", "seed"])
    own = np.random.default_rng(0).normal(scale=0.1, size=len(cells))
    table["value"] = table["method"].map(values) + table["seed"] + own
    table["run"] = [f"{method}-{modality}-{seed}" for method, modality, seed in cells]
    return table.assign(
        pretraining="demo", pretraining_size=960, k=32, downstream="demo", protocol="fc-only", score="top1"
    )


def verdict(table: pd.DataFrame, words: str) -> dict:
    found = verdicts({1: table}, claims=claims_of("Study 1"))
    return next(row for row in found.to_dict("records") if words in row["claim"])


def test_what_came_out_in_every_place():
    row = verdict(table_1(Scratch=10.0, SDC=20.0, MDC=30.0, CDC=40.0, XDC=50.0), "better than Scratch")
    assert (row["verdict"], row["seeds"], row["protocol"]) == ("agrees", 3, "fc-only")
    weakest = r"SDC - Scratch \+(9|10)\.\d \[(8|9)\.\d, 1\d\.\d\] points \(3 seeds\)"
    assert re.fullmatch(f"video {weakest}, audio {weakest}", row["ours"])
    assert row["paper"] == "UCF101 +7.3, HMDB51 +7.3, ESC50 +12.2 points"


def test_what_did_not_come_out_is_said():
    row = verdict(table_1(Scratch=10.0, SDC=20.0, MDC=60.0, CDC=40.0, XDC=50.0), "best of the four")
    assert row["verdict"] == "contradicts"
    assert row["ours"].startswith("video XDC - MDC -")


def test_the_first_of_the_means_is_not_the_best_where_seeds_differ_as_much():
    table = table_1(SDC=20.0, MDC=50.0, CDC=30.0, XDC=55.0)
    table.loc[table["method"] == "MDC", "value"] += [20.0, -20.0, 0.0] * 2
    row = verdict(table, "best of the four")
    assert row["verdict"] == "can't tell"
    assert re.match(
        r"video XDC - MDC \+[45]\.\d \[-\d+\.\d, \d+\.\d\] points \(3 seeds; about \d+ would be", row["ours"]
    )


def test_one_seed_cant_tell():
    row = verdict(table_1(Superv=80.0, XDC=50.0).query("seed == 0"), "upper bound")
    assert (row["verdict"], row["seeds"]) == ("can't tell", 1)
    assert re.fullmatch(r"video \+(29|30)\.\d points \(1 seed\), audio \+(29|30)\.\d points \(1 seed\)", row["ours"])


def test_margins_are_of_the_seeds_that_have_all_rows():
    table = table_1(Scratch=10.0, Superv=80.0, XDC=70.0)
    table = table[(table["method"] != "Superv") | (table["seed"] == 0)]
    assert verdict(table, "upper bound")["seeds"] == 1


def test_what_came_out_on_one_modality_only():
    table = table_1(Superv=80.0, XDC=50.0)
    table.loc[(table["method"] == "XDC") & (table["modality"] == "audio"), "value"] += 40.0
    assert verdict(table, "upper bound")["verdict"] == "in part"


def test_a_best_k_is_said_in_doublings():
    values = [(modality, seed, k) for modality in ("video", "audio") for seed in range(3) for k in (8, 16, 32)]
    table = pd.DataFrame(values, columns=["modality", "seed", "k"])
    high = (table["k"] == 8) == (table["modality"] == "video")
    table["value"] = 70.0 + 10 * high + table["seed"] * table["k"] / 32
    table["run"] = [f"run {number}" for number in table.index]
    table = table.query("k != 16").assign(method="XDC", pretraining="demo", pretraining_size=960, downstream="demo")
    row = verdicts({2: table.assign(protocol="fc-only", score="top1")}, claims=claims_of("Study 2")).iloc[0]
    assert row[["verdict", "ours"]].tolist() == ["agrees", "demo +2.0 doublings (3 seeds)"]


def test_each_protocol_has_a_verdict_of_its_own():
    first = table_1(Superv=80.0, XDC=50.0)
    full = table_1(Superv=80.0, XDC=90.0).assign(protocol="full finetuning")
    full["run"] += "-full"
    found = verdicts({1: pd.concat([first, full])}, claims=claims_of("Study 1"))
    bound = found[found["claim"].str.contains("upper bound")].set_index("protocol")["verdict"]
    assert bound.to_dict() == {"fc-only": "agrees", "full finetuning": "contradicts"}


def test_what_was_not_measured_says_the_command_that_measures_it():
    found = verdicts({1: table_1(Superv=80.0, XDC=50.0), 2: pd.DataFrame()})
    assert len(found) == len(CLAIMS) + 1
    ours = found.set_index("claim")["ours"].to_dict()
    words = found.set_index("claim")["verdict"].to_dict()
    scratch = "SDC, MDC, CDC and XDC are each better than Scratch"
    assert (words[scratch], ours[scratch]) == ("not measured", "xdc-lab table 1")
    assert "two sizes" in ours["the best k gets larger with the pretraining data"]
    assert found["where"].iloc[-1] == "Section 7"
    assert found["paper"].iloc[-1] == "THUMOS14 +0.2 points"
    assert found["ours"].iloc[-1] == "xdc-lab table 8"


@pytest.mark.slow
def test_clusters_are_asked_whether_they_follow_their_sense(tiny_set, smallest, tmp_path):
    items = read_items(tiny_set).query("split == 'train'").head(32)
    run = pretrain(items, tmp_path / "xdc", settings=smallest.pretraining, execution=Execution(progress=False))
    row = clusters_follow_their_modality([load_result(run.path)])
    assert (row["seeds"], row["verdict"]) == (1, "can't tell")
    assert clusters_follow_their_modality([])["verdict"] == "not measured"
