"""What seeds say, on margins made by hand."""

import numpy as np
import pytest

from xdc_lab.results.verdicts.findings import AGREES, CANT_TELL, CONTRADICTS, IN_PART, Finding, Margin, findings, in_all

SURE, UNSURE = [9.0, 10.0, 11.0], [-9.0, 1.0, 11.0]
AGAINST = [-value for value in SURE]


def found(**parts: list[float]) -> Finding:
    """The finding of one place."""
    asked = [
        Margin("demo", "video", "fc-only", seed, value, part)
        for part, values in parts.items()
        for seed, value in enumerate(values)
    ]
    (one,) = findings(asked)
    return one


@pytest.mark.parametrize(
    ("parts", "word", "decides"),
    [
        ({"a": SURE}, AGREES, ""),
        ({"a": UNSURE}, CANT_TELL, ""),
        ({"a": AGAINST}, CONTRADICTS, ""),
        ({"a": SURE[:1]}, CANT_TELL, ""),
        ({"a": [10.0, 10.0, 10.0]}, CANT_TELL, ""),
        ({"a": [10.0] * 6}, AGREES, ""),
        ({"a": SURE, "b": [5.0, 6.0, 7.0]}, AGREES, "b"),
        ({"a": SURE, "b": UNSURE}, CANT_TELL, "b"),
        ({"a": UNSURE, "b": AGAINST}, CONTRADICTS, "b"),
    ],
)
def test_a_claim_holds_where_each_of_its_parts_does(parts, word, decides):
    one = found(**parts)
    assert (one.word, one.part) == (word, decides)


def test_what_contradicts_is_corrected_for_the_number_of_parts():
    slightly = [-1.0, -2.5, -4.0, -5.5]  # its interval ends at -0.2
    assert found(a=slightly).word == CONTRADICTS
    assert found(a=slightly, b=SURE, c=SURE).word == CANT_TELL


def test_a_finding_says_interval_seeds_and_how_many_would_be_needed():
    assert found(a=SURE).in_words("points") == "+10.0 [7.5, 12.5] points (3 seeds)"
    assert found(a=UNSURE).in_words("points") == "+1.0 [-23.8, 25.8] points (3 seeds; more than 200 would be needed)"
    assert found(a=[1.0, 2.0, 9.0]).needed == "about 12"
    assert found(a=[3.0]).in_words("tau") == "+3.00 tau (1 seed)"


def test_a_seed_that_two_tables_share_counts_once():
    twice = [Margin("demo", "video", "", seed, value) for value in (0.0, 2.0) for seed in (0, 1, 2)]
    (one,) = findings(twice)
    assert (one.value, one.seeds) == (1.0, 3)


def test_each_place_and_protocol_is_a_finding():
    asked = [Margin("demo", sense, protocol, 0, 1.0) for sense in ("video", "audio") for protocol in ("a", "b")]
    assert len(findings(asked)) == 4


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ([AGREES, AGREES], AGREES),
        ([AGREES, CANT_TELL], IN_PART),
        ([AGREES, CONTRADICTS], IN_PART),
        ([CONTRADICTS, CANT_TELL], CONTRADICTS),
        ([CANT_TELL, CANT_TELL], CANT_TELL),
    ],
)
def test_places_that_differ(words, verdict):
    assert in_all([Finding("demo", "", "", 0.0, 3, word) for word in words]) == verdict


def test_noise_agrees_and_contradicts_as_seldom_as_it_may():
    """Over nothing at all, one claim of one part each: 2.5 % on either side."""
    draws = np.random.default_rng(0).normal(size=(400, 5))
    words = [found(a=list(values)).word for values in draws]
    assert words.count(AGREES) / 400 == pytest.approx(0.025, abs=0.02)
    assert words.count(CONTRADICTS) / 400 == pytest.approx(0.025, abs=0.02)
