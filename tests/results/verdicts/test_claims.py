"""The claims are held against the paper's own tables and its own words before ours are held against them."""

import pandas as pd
import pytest

from xdc_lab.results.paper_results import paper_results
from xdc_lab.results.verdicts.claims import CLAIMS, Claim
from xdc_lab.results.verdicts.findings import Margin
from xdc_lab.results.verdicts.margins import Pick, above, closer_to, gap_of_kinds, grows, kind_of


def paper_margins(claim: Claim) -> dict[str, float]:
    rows = pd.concat([paper_results(number) for number in claim.tables]).drop_duplicates(ignore_index=True)
    margins: dict[str, float] = {}
    for margin in claim.margins(rows):
        value = round(margin.value, 2)
        margins[margin.downstream] = min(value, margins.get(margin.downstream, value))
    return margins


def claim(words: str) -> Claim:
    return next(one for one in CLAIMS if words in one.says)


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: f"{one.where}: {one.says}")
def test_every_claim_holds_in_the_papers_own_tables(one):
    margins = paper_margins(one)
    assert margins
    assert all(value > 0 for value in margins.values())


def test_margins_are_those_of_the_papers_text():
    assert paper_margins(claim("XDC on more videos exceeds supervised pretraining on fewer")) == {
        "UCF101": 0.6,
        "HMDB51": 5.1,
    }
    with_32 = next(one for one in CLAIMS if one.says.startswith("with 32 frames"))
    assert paper_margins(with_32) == {"UCF101": 1.3, "HMDB51": 3.8}
    assert paper_margins(claim("at the largest size")) == {"ESC50": 1.5}
    shrinking = paper_margins(claim("shrinks with size"))
    assert shrinking == {"UCF101": 1.9, "HMDB51": 3.3}  # from 4.6 to 2.7, from 5.2 to 1.9
    assert paper_margins(claim("gets larger")) == {"UCF101": 2, "HMDB51": 1, "ESC50": 1}


def rows(*cells: tuple[str, int, float], **changes) -> pd.DataFrame:
    table = pd.DataFrame(cells, columns=["method", "seed", "value"])
    return table.assign(
        **{
            "pretraining": "demo",
            "pretraining_size": 960,
            "downstream": "demo",
            "modality": "video",
            "protocol": "fc-only",
            **changes,
        }
    )


def test_a_row_above_others_is_a_part_for_each_pair_seed_by_seed():
    judge = above(Pick(("MDC", "XDC")), Pick(("SDC",)))
    table = rows(("MDC", 0, 50.0), ("XDC", 0, 60.0), ("SDC", 0, 45.0), ("MDC", 1, 40.0), ("SDC", 1, 30.0))
    first = ("demo", "video", "fc-only", 0)  # seed 1 has no XDC yet
    assert list(judge(table)) == [Margin(*first, 5.0, "MDC - SDC"), Margin(*first, 15.0, "XDC - SDC")]


def test_rows_of_one_method_are_told_apart_by_what_differs():
    judge = above(Pick(("XDC",), size="largest"), Pick(("Superv",)))
    many = [rows(("Superv", 0, 45.0), k=None), rows(("XDC", 0, 50.0), k=32), rows(("XDC", 0, 40.0), k=64)]
    assert [margin.part for margin in judge(pd.concat(many))] == ["XDC 32 - Superv", "XDC 64 - Superv"]
    long = above(Pick(("XDC",), protocol="32 frames"), Pick(("XDC",), protocol="fc-only"))
    frames = pd.concat([rows(("XDC", 0, 50.0)), rows(("XDC", 0, 60.0), protocol="32 frames")])
    assert [(one.part, one.value) for one in long(frames)] == [("XDC 32 frames - XDC fc-only", 10.0)]


def test_nearer_to_one_than_to_the_other():
    judge = closer_to(Pick(("XDC-2-video",)), near=Pick(("SDC",)), far=Pick(("XDC",)))
    table = rows(("XDC-2-video", 0, 42.0), ("SDC", 0, 40.0), ("XDC", 0, 60.0))
    assert {one.part: one.value for one in judge(table)} == {"nearer to SDC": 16.0, "XDC - SDC": 20.0}


def test_a_gap_at_every_size_is_a_part_for_each():
    judge = gap_of_kinds("curated", "other", sizes=("every",), modality="video")
    many = [
        rows(("XDC", 0, value), pretraining=name, pretraining_size=size)
        for name, size, value in (("demo", 240, 9.0), ("demo-uncurated", 240, 5.0), ("demo", 960, 9.0))
        + (("demo-uncurated", 960, 8.0),)
    ]
    assert {one.part: one.value for one in judge(pd.concat(many))} == {"240 clips": 4.0, "960 clips": 1.0}


def test_more_data_is_demanded_where_the_claim_is_about_it():
    judge = above(Pick(("XDC",), size="largest"), Pick(("Superv",)), more_data=True)
    same = rows(("XDC", 0, 50.0), ("Superv", 0, 45.0))
    assert list(judge(same)) == []
    fewer = pd.concat([rows(("XDC", 0, 50.0)), rows(("Superv", 0, 45.0), pretraining_size=240)])
    assert [margin.value for margin in judge(fewer)] == [5.0]


def test_growth_needs_two_sizes():
    small, large = rows(("XDC", 0, 40.0), pretraining_size=240), rows(("XDC", 0, 55.0))
    assert list(grows(Pick(("XDC",)))(small)) == []
    assert [margin.value for margin in grows(Pick(("XDC",)))(pd.concat([large, small]))] == [15.0]


def test_the_uncurated_sibling_is_of_the_kind_of_ig_random():
    assert kind_of("tiny-uncurated") == kind_of("IG-Random") == kind_of("ImageNet") == "other"
    assert kind_of("tiny") == kind_of("IG-Kinetics") == "curated"
